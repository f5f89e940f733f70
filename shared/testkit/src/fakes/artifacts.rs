//! Artifacts in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use domain::Digest;
use ports::{ArtifactError, Artifacts, UploadTicket};

use super::lock;
use crate::digest_of;

/// Keeps what the test uploads, and hashes it as the real ones do.
#[derive(Debug, Default)]
pub struct MemoryArtifacts(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    uploaded: BTreeMap<Digest, Vec<u8>>,
    complete: BTreeSet<Digest>,
    outage: Option<String>,
}

impl MemoryArtifacts {
    /// Uploads bytes under their own digest, which is given back.
    pub fn put(&self, bytes: &[u8]) -> Digest {
        let digest = digest_of(bytes);
        self.upload(&digest, bytes);
        digest
    }

    /// Uploads bytes under a digest, whether it is theirs or not: some of them, all, or others.
    pub fn upload(&self, digest: &Digest, bytes: &[u8]) {
        lock(&self.0).uploaded.insert(*digest, bytes.to_owned());
    }

    /// Whether the bytes are there, verified.
    pub fn has(&self, digest: &Digest) -> bool {
        lock(&self.0).complete.contains(digest)
    }

    /// From now on nothing can be stored, for that reason; or again, with `None`.
    pub fn set_outage(&self, reason: Option<&str>) {
        lock(&self.0).outage = reason.map(str::to_owned);
    }
}

impl Kept {
    fn check(&self) -> Result<(), ArtifactError> {
        self.outage.clone().map_or(Ok(()), |reason| Err(ArtifactError::Unavailable(reason)))
    }
}

#[async_trait]
impl Artifacts for MemoryArtifacts {
    async fn announce(&self, digest: &Digest, _: u64) -> Result<Option<UploadTicket>, ArtifactError> {
        let kept = lock(&self.0);
        kept.check()?;
        if kept.complete.contains(digest) {
            return Ok(None);
        }
        let offset = kept.uploaded.get(digest).map_or(0, |bytes| bytes.len() as u64);
        Ok(Some(UploadTicket::own(format!("/upload/{}", digest.hex()), offset)))
    }

    async fn complete(&self, digest: &Digest, size: u64) -> Result<(), ArtifactError> {
        let mut kept = lock(&self.0);
        kept.check()?;
        if kept.complete.contains(digest) {
            return Ok(());
        }
        let bytes = kept.uploaded.get(digest).map_or(&[][..], Vec::as_slice);
        let (received, actual) = (bytes.len() as u64, digest_of(bytes));
        if received < size {
            return Err(ArtifactError::Incomplete { received, expected: size });
        }
        if actual != *digest || received > size {
            kept.uploaded.remove(digest);
            return Err(ArtifactError::Mismatch { announced: *digest, actual });
        }
        kept.complete.insert(*digest);
        Ok(())
    }
}
