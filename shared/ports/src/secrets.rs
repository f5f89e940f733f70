//! How secrets are kept.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Why a secret cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[error("the secret cannot be read or kept: {0}")]
pub struct SecretError(pub String);

/// A secret that only this installation can open; safe to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// How secrets are kept: with a key file on one machine, KMS on AWS.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Seals a secret. `context` is bound to it: opening needs the same one.
    async fn seal(&self, context: &str, secret: &[u8]) -> Result<Sealed, SecretError>;

    /// Opens what [`Secrets::seal`] sealed with the same context.
    async fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretError>;
}
