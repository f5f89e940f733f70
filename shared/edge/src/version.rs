//! Versions of what is answered and replaced: `ETag` and `If-Match`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::{IntoResponseParts, Response, ResponseParts};
use http::HeaderValue;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use store::Version;

use crate::ApiError;

/// The version of what a handler answers, as a part of its response: `(At(version), Json(value))`.
///
/// It becomes the beginning of the `ETag`, before a dot and the hash of the answer. So an answer that says more than
/// what can be replaced still changes its tag with whatever it says, while [`IfMatch`] compares the version alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub Version);

impl IntoResponseParts for At {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

impl At {
    /// How a tag of this version begins.
    pub(crate) fn spelled(self) -> String {
        format!("v{}", self.0)
    }
}

/// Gives the answer to a replacement the tag of the version it made.
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let at = response.extensions().get::<At>().copied().filter(|_| response.status().is_success());
    if let Some(tag) = at.and_then(|at| HeaderValue::from_str(&format!("\"{}\"", at.spelled())).ok()) {
        response.headers_mut().entry(ETAG).or_insert(tag);
    }
    response
}

/// What the caller expects of what they replace; nothing without `If-Match`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Demands that what is replaced is as the caller expects it. `known` is the version that was read, which the
    /// transaction must name as well.
    ///
    /// # Errors
    /// [`ApiError::precondition_failed`] if it is not.
    pub fn check(&self, what: &str, known: Option<Version>) -> Result<(), ApiError> {
        let Some(expected) = &self.0 else { return Ok(()) };
        let mut tags = expected.split(',').map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'));
        let is_met = known.is_some_and(|known| {
            let known = At(known).spelled();
            tags.any(|tag| tag == "*" || tag.split('.').next() == Some(&known))
        });
        if is_met {
            return Ok(());
        }
        let now = known
            .map_or("it is not there".to_owned(), |known| format!("it is at \"{}\"", At(known).spelled()));
        Err(ApiError::precondition_failed(format!(
            "The {what} is not as `If-Match` says: {now} now. Nothing was changed. Read it again, and decide again."
        )))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let values = parts.headers.get_all(IF_MATCH).iter().map(|value| value.to_str());
        let values = values.collect::<Result<Vec<_>, _>>();
        let values = values.map_err(|_| ApiError::invalid("`If-Match` is not a list of entity tags."))?;
        Ok(Self((!values.is_empty()).then(|| values.join(","))))
    }
}
