//! Where the bytes of an artifact lie, exactly.

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use domain::Digest;

use super::fault::Fault;
use crate::Connection;
use crate::artifacts::key;

/// One version of an object: what lies under its key now may be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: Option<String>,
    /// Changes with the bytes.
    pub(super) etag: Option<String>,
}

/// The bucket of artifacts, for those who fetch from it themselves.
#[derive(Debug, Clone)]
pub(super) struct Bytes {
    client: Client,
    bucket: Arc<str>,
}

impl Bytes {
    pub(super) fn new(connection: &Connection, bucket: &str) -> Self {
        Self { client: Client::from_conf(connection.s3()), bucket: bucket.into() }
    }

    pub(super) async fn locate(&self, digest: &Digest) -> Result<Located, Fault> {
        let key = key(digest);
        let head = self.client.head_object().bucket(self.bucket.as_ref()).key(&key).send().await;
        match head {
            Ok(head) => Ok(Located {
                bucket: self.bucket.to_string(),
                key,
                version: head.version_id().map(str::to_owned),
                etag: head.e_tag().map(|etag| etag.trim_matches('"').to_owned()),
            }),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Err(
                Fault::Final(format!("the bytes of {} are not in the bucket of artifacts", digest.short())),
            ),
            Err(error) => Err(Fault::of(format_args!("look for the bytes of {}", digest.short()), &error)),
        }
    }
}
