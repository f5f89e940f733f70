//! The three steps of registering an artifact: announce it, upload its bytes, complete it.
//!
//! An upload that breaks goes on where it broke. The address of the upload may be Keelson's own or a bucket's.

use std::io::SeekFrom;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api::routes::{ANNOUNCE_ARTIFACT, COMPLETE_ARTIFACT};
use api::service::{AnnounceArtifact, AnnouncedArtifact, ArtifactView, CompleteArtifact, Upload};
use domain::ServiceName;
use futures_util::TryStreamExt as _;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE};
use tokio::fs::File;
use tokio::io::AsyncSeekExt as _;
use tokio_util::io::ReaderStream;

use super::{Client, ClientError, NO_QUERY};

/// How patient an upload is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    /// How often it is tried without getting any further.
    pub(crate) attempts: u32,
    /// How long the first wait is; each one after it is twice as long, 30 seconds at most.
    pub(crate) first_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 8, first_wait: Duration::from_millis(500) }
    }
}

impl Retry {
    fn wait(&self, attempt: u32) -> Duration {
        const LONGEST: Duration = Duration::from_secs(30);
        self.first_wait.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST)
    }
}

/// How far an upload is.
#[derive(Debug, Clone)]
pub(crate) enum UploadProgress {
    /// So many bytes are there.
    Sent(u64),
    /// It broke, and goes on after a while.
    Waiting {
        /// For how long.
        wait: Duration,
        /// Why it broke.
        because: String,
    },
}

/// Why an artifact is not registered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The server refused or was away for too long.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The file cannot be read.
    #[error("cannot read the artifact: {0}")]
    File(#[from] std::io::Error),
}

impl UploadError {
    fn may_pass(&self) -> bool {
        match self {
            // What the store says of one part of an upload: broken off, busy with the try before, or a gap.
            // The next announcement tells where to go on.
            Self::Client(ClientError::Problem { problem, .. })
                if matches!(problem.status, 400 | 409 | 416) =>
            {
                true
            }
            Self::Client(ClientError::NotKeelson { status, .. }) if status.is_server_error() => true,
            Self::Client(error) => error.is_passing(),
            Self::File(_) => false,
        }
    }
}

type Tell = Arc<dyn Fn(UploadProgress) + Send + Sync>;

/// Registers the artifact in `file`. Doing it again is harmless and sends nothing again.
///
/// # Errors
/// See [`UploadError`]. What has arrived is kept; the next push goes on from there.
pub(crate) async fn upload(
    client: &Client,
    service: &ServiceName,
    artifact: &AnnounceArtifact,
    file: &Path,
    retry: Retry,
    tell: Tell,
) -> Result<ArtifactView, UploadError> {
    let (mut attempt, mut reached) = (0, 0);
    let announced = loop {
        let announced = announce(client, service, artifact).await?;
        let Some(upload) = announced.upload.as_ref().filter(|upload| upload.offset < artifact.size) else {
            break announced;
        };
        if upload.offset > reached {
            (attempt, reached) = (0, upload.offset);
        }
        match put(client, upload, file, artifact.size, &tell).await {
            Ok(()) => break announced,
            Err(error) if error.may_pass() && attempt + 1 < retry.attempts => {
                attempt += 1;
                let wait = retry.wait(attempt);
                tell(UploadProgress::Waiting { wait, because: error.to_string() });
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error),
        }
    };
    tell(UploadProgress::Sent(artifact.size));
    if announced.artifact.registered_at.is_some() {
        return Ok(announced.artifact);
    }
    let body = CompleteArtifact { service: service.clone() };
    Ok(client.call(&COMPLETE_ARTIFACT, &[&artifact.digest.to_string()], NO_QUERY, &body).await?)
}

async fn announce(
    client: &Client,
    service: &ServiceName,
    artifact: &AnnounceArtifact,
) -> Result<AnnouncedArtifact, ClientError> {
    client.call(&ANNOUNCE_ARTIFACT, &[service.as_str()], NO_QUERY, artifact).await
}

async fn put(
    client: &Client,
    upload: &Upload,
    file: &Path,
    size: u64,
    tell: &Tell,
) -> Result<(), UploadError> {
    let mut file = File::open(file).await?;
    file.seek(SeekFrom::Start(upload.offset)).await?;
    let (tell, mut sent) = (Arc::clone(tell), upload.offset);
    let bytes = ReaderStream::with_capacity(file, 64 * 1024).inspect_ok(move |chunk| {
        sent += u64::try_from(chunk.len()).unwrap_or(0);
        tell(UploadProgress::Sent(sent));
    });
    let url = client.server.url(&upload.url);
    let mut request = client.http.put(&url).header(CONTENT_LENGTH, size - upload.offset);
    if upload.offset > 0 {
        request = request.header(CONTENT_RANGE, format!("bytes {}-{}/{size}", upload.offset, size - 1));
    }
    for (name, value) in &upload.headers {
        request = request.header(name, value);
    }
    // A bucket's address carries its own permission, and must not see the token.
    if client.server.owns(&url) {
        request = client.authorize(request);
    }
    let response = request.body(reqwest::Body::wrap_stream(bytes)).send().await;
    let response = response.map_err(|error| ClientError::unreachable(&url, true, error))?;
    let status = response.status();
    if status == StatusCode::PRECONDITION_FAILED && !client.server.owns(&url) {
        // A bucket that has these bytes already; completing verifies them.
        return Ok(());
    }
    let body = response.bytes().await.map_err(|error| ClientError::unreachable(&url, true, error))?;
    if status.is_success() { Ok(()) } else { Err(client.refused(&url, status, &body).into()) }
}
