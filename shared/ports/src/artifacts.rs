//! Where the bytes of artifacts are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Digest;
use serde::{Deserialize, Serialize};

/// Why bytes are not there.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Nothing, or not everything, was uploaded.
    #[error("{received} of {expected} bytes have been uploaded")]
    Incomplete {
        /// Bytes that arrived.
        received: u64,
        /// Bytes announced.
        expected: u64,
    },
    /// The bytes are not those announced; they have been thrown away.
    #[error("the uploaded bytes are {actual}, not {announced}")]
    Mismatch {
        /// The digest announced.
        announced: Digest,
        /// The digest of the bytes.
        actual: Digest,
    },
    /// The store does not answer; asking again later may help.
    #[error("the artifact store does not answer: {0}")]
    Unavailable(String),
}

/// Where and how to upload an artifact's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadTicket {
    /// The address to `PUT` to. Absolute for another host; a path for Keelson's own.
    pub url: String,
    /// Bytes already there: continue from here with `Content-Range`. Always 0 where resuming is not offered.
    pub offset: u64,
    /// Headers to send with the bytes, which another host's address was signed for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl UploadTicket {
    /// A ticket for Keelson's own host, which wants no headers.
    pub fn own(url: String, offset: u64) -> Self {
        Self { url, offset, headers: BTreeMap::new() }
    }
}

/// Where the bytes of artifacts are: a content-addressed folder on one machine, S3 on AWS.
#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Where to upload the bytes; `None` if they are there already, verified.
    async fn announce(&self, digest: &Digest, size: u64) -> Result<Option<UploadTicket>, ArtifactError>;

    /// Re-hashes what was uploaded and keeps it, immutable, under its digest. Doing it again is harmless.
    async fn complete(&self, digest: &Digest, size: u64) -> Result<(), ArtifactError>;
}
