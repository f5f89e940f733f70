//! The bytes of artifacts in a content-addressed folder.
//!
//! `artifacts/sha256/ab/<hex>` is whole, verified and read-only; `<hex>.<size>.part` beside it is an upload on its
//! way, with the size that was announced in its name, so that no other file has to agree with it.

mod http;
mod upload;

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::Digest;
use ports::{ArtifactError, Artifacts, UploadTicket};
use ring::digest::{Context, SHA256};

use crate::crash::{self, CrashPoint};
use crate::files;

pub(crate) use self::http::receive_content;
pub use upload::ReceiveError;

/// The artifacts on this machine. Clones share the folder.
#[derive(Debug, Clone)]
pub struct LocalArtifacts {
    folder: PathBuf,
    /// Digests that are being written or verified: one at a time each.
    busy: Arc<Mutex<HashSet<Digest>>>,
}

impl LocalArtifacts {
    /// The artifacts in `<dir>/artifacts`.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn in_folder(dir: &Path) -> io::Result<Self> {
        let folder = dir.join("artifacts").join("sha256");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, busy: Arc::default() })
    }

    /// Where the artifact's bytes are once they are complete.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.folder.join(&hex[..2]).join(hex)
    }

    /// The upload on its way and the size announced for it.
    fn part(&self, digest: &Digest) -> io::Result<Option<(PathBuf, u64)>> {
        let whole = self.path(digest);
        let prefix = format!("{}.", digest.hex());
        let Some(folder) = whole.parent() else { return Ok(None) };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let size = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".part"));
            if let Some(size) = size.and_then(|size| size.parse().ok()) {
                return Ok(Some((entry.path(), size)));
            }
        }
        Ok(None)
    }

    /// Keeps everyone else off a digest until dropped; `None` if somebody has it.
    fn claim(&self, digest: &Digest) -> Option<Claim> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(*digest).then(|| Claim { digest: *digest, busy: self.busy.clone() })
    }

    fn announce_now(&self, digest: &Digest, size: u64) -> io::Result<Option<u64>> {
        let whole = self.path(digest);
        if whole.exists() {
            return Ok(None);
        }
        if let Some(folder) = whole.parent() {
            fs::create_dir_all(folder)?;
        }
        if let Some((part, announced)) = self.part(digest)? {
            if announced == size {
                return Ok(Some(fs::metadata(part)?.len()));
            }
            // Announced anew with another size: whatever came cannot be trusted.
            fs::remove_file(part)?;
        }
        File::create(whole.with_added_extension(format!("{size}.part")))?.sync_all()?;
        Ok(Some(0))
    }

    fn complete_now(&self, digest: &Digest, size: u64) -> io::Result<Result<(), ArtifactError>> {
        let whole = self.path(digest);
        if whole.exists() {
            return Ok(Ok(()));
        }
        let incomplete = |received| Ok(Err(ArtifactError::Incomplete { received, expected: size }));
        let folder = whole.parent().unwrap_or(&self.folder);
        if !folder.exists() {
            return incomplete(0);
        }
        let Some((part, _)) = self.part(digest)? else { return incomplete(0) };
        let received = fs::metadata(&part)?.len();
        if received != size {
            return incomplete(received);
        }
        let mut file = File::open(&part)?;
        let actual = hash(&mut file)?;
        if actual != *digest {
            fs::remove_file(&part)?;
            return Ok(Err(ArtifactError::Mismatch { announced: *digest, actual }));
        }
        file.set_permissions(Permissions::from_mode(0o444))?;
        file.sync_all()?;
        crash::at(CrashPoint::BeforeArtifact);
        fs::rename(&part, &whole)?;
        crash::at(CrashPoint::AfterArtifact);
        files::sync_folder(folder)?;
        Ok(Ok(()))
    }
}

/// A digest that is being written or verified.
struct Claim {
    digest: Digest,
    busy: Arc<Mutex<HashSet<Digest>>>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.digest);
    }
}

/// The digest of everything that can be read.
pub(crate) fn hash(bytes: &mut impl Read) -> io::Result<Digest> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match bytes.read(&mut buffer)? {
            0 => return finish(context),
            n => context.update(&buffer[..n]),
        }
    }
}

/// The digest of everything that the context has seen.
pub(crate) fn finish(context: Context) -> io::Result<Digest> {
    let bytes = <[u8; 32]>::try_from(context.finish().as_ref()).map_err(io::Error::other)?;
    Ok(Digest::from_bytes(bytes))
}

fn unavailable(error: io::Error) -> ArtifactError {
    ArtifactError::Unavailable(error.to_string())
}

#[async_trait]
impl Artifacts for LocalArtifacts {
    async fn announce(&self, digest: &Digest, size: u64) -> Result<Option<UploadTicket>, ArtifactError> {
        let (this, wanted) = (self.clone(), *digest);
        let offset = files::blocking(move || this.announce_now(&wanted, size)).await.map_err(unavailable)?;
        let url = format!("/api/artifacts/{digest}/content");
        Ok(offset.map(|offset| UploadTicket::own(url, offset)))
    }

    async fn complete(&self, digest: &Digest, size: u64) -> Result<(), ArtifactError> {
        let Some(claim) = self.claim(digest) else {
            return Err(ArtifactError::Unavailable("its bytes are still being written".to_owned()));
        };
        let (this, wanted) = (self.clone(), *digest);
        files::blocking(move || {
            let _claim = claim;
            this.complete_now(&wanted, size)
        })
        .await
        .map_err(unavailable)?
    }
}

#[cfg(test)]
mod tests;
