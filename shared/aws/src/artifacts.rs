//! The bytes of artifacts in a versioned bucket, each under its digest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ChecksumMode;
use domain::Digest;
use ports::{ArtifactError, Artifacts, UploadTicket};

use crate::Connection;
use crate::error::told;
use crate::hash::{base64_of, digest_of};

/// How long an upload's address can be used: a build may wait in front of a slow line.
const UPLOAD: Duration = Duration::from_secs(3_600);
/// Headers that whoever uploads sends anyhow.
const IMPLIED: [&str; 2] = ["content-length", "host"];

/// The bytes of artifacts in a bucket.
///
/// An upload's address is signed for the SHA-256 of exactly these bytes and for a place where nothing is yet: S3 hashes
/// what arrives itself, refuses anything else, and keeps the hash, so that nobody has to read 2 GiB again to know what
/// is there.
#[derive(Debug, Clone)]
pub struct S3Artifacts {
    client: Client,
    bucket: Arc<str>,
}

/// Where an artifact lies in the bucket.
pub(crate) fn key(digest: &Digest) -> String {
    format!("artifacts/{}", digest.hex())
}

/// What lies in the place of an artifact.
enum Found {
    Nothing,
    /// The bytes of that artifact, as S3 hashed them, and how many.
    Itself(u64),
    /// Bytes with another hash.
    Other(Digest),
    /// Bytes that were put there past Keelson: nobody hashed them.
    Unknown,
}

impl S3Artifacts {
    /// The artifacts in a bucket.
    pub fn new(connection: &Connection, bucket: &str) -> Self {
        let client = Client::from_conf(connection.s3());
        Self { client, bucket: bucket.into() }
    }

    async fn find(&self, digest: &Digest) -> Result<Found, ArtifactError> {
        let head = self.client.head_object().bucket(self.bucket.as_ref()).key(key(digest));
        let head = match head.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(head) => head,
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(ArtifactError::Unavailable(told(&error))),
        };
        let Some(actual) = head.checksum_sha256().and_then(digest_of) else { return Ok(Found::Unknown) };
        let size = head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        Ok(if actual == *digest { Found::Itself(size) } else { Found::Other(actual) })
    }

    async fn ticket(&self, digest: &Digest, size: u64, replace: bool) -> Result<UploadTicket, ArtifactError> {
        let unavailable = |error: &dyn std::error::Error| ArtifactError::Unavailable(error.to_string());
        let for_an_hour = PresigningConfig::expires_in(UPLOAD).map_err(|error| unavailable(&error))?;
        let signed = self
            .client
            .put_object()
            .bucket(self.bucket.as_ref())
            .key(key(digest))
            .content_length(i64::try_from(size).unwrap_or(i64::MAX))
            .checksum_sha256(base64_of(digest))
            .set_if_none_match((!replace).then(|| "*".to_owned()))
            .presigned(for_an_hour)
            .await
            .map_err(|error| ArtifactError::Unavailable(told(&error)))?;
        let headers: BTreeMap<String, String> = signed
            .headers()
            .filter(|(name, _)| !IMPLIED.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(UploadTicket { url: signed.uri().to_owned(), offset: 0, headers })
    }
}

#[async_trait]
impl Artifacts for S3Artifacts {
    async fn announce(&self, digest: &Digest, size: u64) -> Result<Option<UploadTicket>, ArtifactError> {
        match self.find(digest).await? {
            Found::Itself(_) => Ok(None),
            Found::Nothing => self.ticket(digest, size, false).await.map(Some),
            // Not what Keelson's own address lets in. The bucket keeps it as an older version.
            Found::Other(_) | Found::Unknown => self.ticket(digest, size, true).await.map(Some),
        }
    }

    async fn complete(&self, digest: &Digest, size: u64) -> Result<(), ArtifactError> {
        match self.find(digest).await? {
            Found::Itself(received) if received == size => Ok(()),
            Found::Itself(received) => Err(ArtifactError::Incomplete { received, expected: size }),
            Found::Other(actual) => Err(ArtifactError::Mismatch { announced: *digest, actual }),
            Found::Nothing | Found::Unknown => Err(ArtifactError::Incomplete { received: 0, expected: size }),
        }
    }
}
