//! Secrets that are sealed by name only.

use async_trait::async_trait;
use ports::{Sealed, SecretError, Secrets};

/// Writes the context and the secret side by side. A secret opens with its own context only.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainSecrets;

#[async_trait]
impl Secrets for PlainSecrets {
    async fn seal(&self, context: &str, secret: &[u8]) -> Result<Sealed, SecretError> {
        Ok(Sealed(format!("plain:{}:{}", hex::encode(context), hex::encode(secret))))
    }

    async fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
        let prefix = format!("plain:{}:", hex::encode(context));
        let secret = sealed.0.strip_prefix(&prefix).and_then(|text| hex::decode(text).ok());
        secret.ok_or_else(|| SecretError("it was sealed for something else".to_owned()))
    }
}
