//! `PUT /api/artifacts/{digest}/content`: the address in the ticket of an upload.

use axum::body::Body;
use axum::http::header::CONTENT_RANGE;
use axum::http::{HeaderMap, HeaderValue};
use domain::Digest;
use edge::{ApiError, NoContent};

use super::{LocalArtifacts, ReceiveError};

/// Takes the bytes of an announced artifact, as a request sends them.
///
/// It checks no permission: whoever mounts it does.
pub(crate) async fn receive_content(
    store: &LocalArtifacts,
    digest: &Digest,
    headers: &HeaderMap,
    body: Body,
) -> Result<NoContent, ApiError> {
    let offset = headers.get(CONTENT_RANGE).map_or(Some(0), first_byte);
    let offset =
        offset.ok_or_else(|| ApiError::invalid("`Content-Range` must read `bytes first-last/size`."))?;
    match store.receive(digest, offset, body.into_data_stream()).await {
        Ok(_) => Ok(NoContent),
        Err(error) => Err(refusal(digest, error)),
    }
}

/// The first byte of `bytes first-last/size`. What follows is checked by the bytes themselves.
fn first_byte(value: &HeaderValue) -> Option<u64> {
    let (range, _) = value.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    // One past the last byte: everything is here already, and nothing is sent.
    (first <= last.saturating_add(1)).then_some(first)
}

fn refusal(digest: &Digest, error: ReceiveError) -> ApiError {
    let detail = format!("{error}.");
    match error {
        ReceiveError::NotAnnounced => ApiError::not_found("expected upload of", digest),
        ReceiveError::Busy | ReceiveError::Gap { .. } => ApiError::conflict(detail),
        ReceiveError::TooLong { .. } => ApiError::too_large(detail),
        ReceiveError::BrokenOff { .. } => ApiError::invalid(detail),
        ReceiveError::Unavailable(error) => ApiError::unavailable(error),
    }
}
