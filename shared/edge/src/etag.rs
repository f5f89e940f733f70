//! Answers that did not change are not sent again: `ETag` and `If-None-Match`.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::{ApiError, At};

/// Browsers may keep the answer, but must ask every time whether it still holds; nobody else may keep it.
const ASK_EVERY_TIME: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Gives a successful answer an `ETag`, and answers 304 without a body to who has that one already.
pub(crate) async fn conditional(request: Request, next: Next) -> Result<Response, ApiError> {
    let known = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    // A body of unknown length is a stream, which must not wait for its own end.
    if response.status() != StatusCode::OK || response.body().size_hint().exact().is_none() {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(ApiError::internal)?;
    let tag = match parts.headers.get(ETAG) {
        Some(tag) => tag.clone(),
        None => tag_of(parts.extensions.get::<At>().copied(), &bytes),
    };
    let is_known = matches(&known, &tag);
    parts.headers.insert(ETAG, tag);
    parts.headers.entry(CACHE_CONTROL).or_insert(ASK_EVERY_TIME);
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        forget_the_body(&mut parts.headers);
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn tag_of(at: Option<At>, bytes: &[u8]) -> HeaderValue {
    let version = at.map_or(String::new(), |at| format!("{}.", at.spelled()));
    let hash = hex::encode(&Sha256::digest(bytes)[..16]);
    // Letters and digits in quotes always make a header.
    HeaderValue::from_str(&format!("\"{version}{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Whether one of the listed tags is this one. Proxies that compress make tags weak, which is no difference here.
fn matches(known: &[HeaderValue], tag: &HeaderValue) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tag = tag.to_str().map(strong).unwrap_or_default();
    let listed = known.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    listed.map(strong).any(|one| one == "*" || one == tag)
}

fn forget_the_body(headers: &mut HeaderMap) {
    headers.remove(CONTENT_TYPE);
    headers.remove(CONTENT_LENGTH);
}
