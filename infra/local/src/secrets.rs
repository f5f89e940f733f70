//! Secrets sealed under a key that lies beside the data, readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use async_trait::async_trait;
use ports::{Sealed, SealingKey, SecretError, Secrets};

use crate::{files, random};

/// Names the layout, so that it can change without guessing: what [`SealingKey`] makes.
const VERSION: &str = "v1.";

/// Secrets under the key in `<dir>/key`.
#[derive(Debug)]
pub struct KeyFileSecrets {
    key: SealingKey,
}

impl KeyFileSecrets {
    /// Reads the key of this folder; makes one first if there is none.
    ///
    /// # Errors
    /// If the key file cannot be read or made, or is not a key.
    pub fn in_folder(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let path = dir.join("key");
        create_key(dir, &path)?;
        let bytes = fs::read(&path)?;
        let bytes: [u8; SealingKey::LENGTH] = bytes.try_into().map_err(|bytes: Vec<u8>| {
            invalid(&format!("{} is not a key: it has {} bytes", path.display(), bytes.len()))
        })?;
        Ok(Self { key: SealingKey::new(&bytes) })
    }

    fn seal_now(&self, context: &str, secret: &[u8]) -> Result<Sealed, SecretError> {
        Ok(Sealed(format!("{VERSION}{}", self.key.seal(context, secret)?)))
    }

    fn open_now(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
        let text = sealed.0.strip_prefix(VERSION);
        self.key
            .open(context, text.ok_or_else(|| SecretError("it was not sealed by this version".to_owned()))?)
    }
}

/// Makes the key file, whole and durable, unless there is one. Two makers at once agree on the first.
fn create_key(dir: &Path, path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let temporary = dir.join(format!("key.{}.tmp", random::hex::<8>()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(&random::bytes::<{ SealingKey::LENGTH }>())?;
    file.sync_all()?;
    // A hard link, unlike a rename, never replaces the key that another maker has put there meanwhile.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => files::sync_folder(dir),
    }
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[async_trait]
impl Secrets for KeyFileSecrets {
    async fn seal(&self, context: &str, secret: &[u8]) -> Result<Sealed, SecretError> {
        self.seal_now(context, secret)
    }

    async fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
        self.open_now(context, sealed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_comes_back_with_its_context_and_only_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = KeyFileSecrets::in_folder(dir.path()).unwrap();
        let sealed = secrets.seal_now("connection/github", b"whsec").unwrap();
        assert!(sealed.0.starts_with("v1.") && !sealed.0.contains("whsec"));
        assert_eq!(secrets.open_now("connection/github", &sealed).unwrap(), b"whsec");
        assert!(secrets.open_now("connection/gitlab", &sealed).is_err());
    }

    #[test]
    fn the_key_is_made_once_and_readable_by_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let sealed = KeyFileSecrets::in_folder(dir.path()).unwrap().seal_now("a", b"b").unwrap();
        assert_eq!(KeyFileSecrets::in_folder(dir.path()).unwrap().open_now("a", &sealed).unwrap(), b"b");
        assert_eq!(fs::metadata(dir.path().join("key")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_or_foreign_text_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = KeyFileSecrets::in_folder(dir.path()).unwrap();
        for text in ["", "v2.AAAA", "v1.AAAA", "v1.not base64!"] {
            assert!(secrets.open_now("a", &Sealed(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_of_the_wrong_length_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("key"), b"short").unwrap();
        assert!(KeyFileSecrets::in_folder(dir.path()).is_err());
    }
}
