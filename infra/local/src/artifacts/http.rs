//! `PUT /api/artifacts/{digest}/content`: the address in the ticket of an upload.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_RANGE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use domain::Digest;
use serde_json::json;

use super::{LocalArtifacts, ReceiveError};

/// The route to which the bytes of announced artifacts are sent.
///
/// It checks no permission: whoever mounts it does.
pub fn content_router(store: LocalArtifacts) -> Router {
    Router::new().route("/api/artifacts/{digest}/content", put(put_content)).with_state(store)
}

async fn put_content(
    State(store): State<LocalArtifacts>,
    Path(digest): Path<Digest>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(offset) = headers.get(CONTENT_RANGE).map_or(Ok(0), first_byte) else {
        return problem(StatusCode::BAD_REQUEST, "`Content-Range` must read `bytes first-last/size`", None);
    };
    match store.receive(&digest, offset, body.into_data_stream()).await {
        Ok(received) => axum::Json(json!({ "received": received })).into_response(),
        Err(error) => refusal(&error),
    }
}

/// The first byte of `bytes first-last/size`; what follows is checked by the bytes themselves.
fn first_byte(value: &HeaderValue) -> Result<u64, ()> {
    let text = value.to_str().map_err(|_| ())?;
    let (range, _) = text.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).ok_or(())?;
    let (first, last) = range.split_once('-').ok_or(())?;
    let (first, last): (u64, u64) = (first.parse().map_err(|_| ())?, last.parse().map_err(|_| ())?);
    if first <= last { Ok(first) } else { Err(()) }
}

fn refusal(error: &ReceiveError) -> Response {
    let detail = error.to_string();
    match error {
        ReceiveError::NotAnnounced => problem(StatusCode::NOT_FOUND, &detail, None),
        ReceiveError::Busy => problem(StatusCode::CONFLICT, &detail, None),
        ReceiveError::Gap { received } => {
            problem(StatusCode::RANGE_NOT_SATISFIABLE, &detail, Some(*received))
        }
        ReceiveError::TooLong { .. } => problem(StatusCode::PAYLOAD_TOO_LARGE, &detail, None),
        ReceiveError::BrokenOff { received } => problem(StatusCode::BAD_REQUEST, &detail, Some(*received)),
        ReceiveError::Unavailable(error) => {
            tracing::error!(%error, "an artifact's bytes cannot be written");
            problem(StatusCode::SERVICE_UNAVAILABLE, "the artifact store does not answer", None)
        }
    }
}

fn problem(status: StatusCode, detail: &str, received: Option<u64>) -> Response {
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    if let Some(received) = received {
        body["received"] = received.into();
    }
    let content_type = [("content-type", "application/problem+json")];
    (status, content_type, body.to_string()).into_response()
}
