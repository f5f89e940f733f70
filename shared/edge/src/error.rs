//! Errors with two sides: the problem that the caller sees, and the reason that only the log sees.

use std::fmt;
use std::sync::Arc;

use api::{FieldError, Problem, ProblemKind};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use store::StoreError;

/// What a handler answers: a value as JSON, or a problem.
pub type ApiResult<T> = Result<crate::Json<T>, ApiError>;

/// The media type of problem details (RFC 9457).
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request is not answered as asked.
///
/// It is logged once, at the edge: nobody who makes or passes one on needs to.
pub struct ApiError(Box<Inner>);

struct Inner {
    kind: ProblemKind,
    problem: Problem,
    internal: Option<anyhow::Error>,
    headers: HeaderMap,
}

/// What the middleware learns of an error through the response's extensions.
#[derive(Clone)]
pub(crate) struct Failure {
    pub(crate) problem: Problem,
    pub(crate) internal: Option<Arc<anyhow::Error>>,
}

impl ApiError {
    fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let problem = Problem::new(kind, detail);
        Self(Box::new(Inner { kind, problem, internal: None, headers: HeaderMap::new() }))
    }

    /// 400: the request is not what the endpoint takes. `detail` says what would be right.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::InvalidRequest, detail)
    }

    /// 400, with what is wrong with each part.
    pub fn invalid_fields(detail: impl Into<String>, errors: Vec<FieldError>) -> Self {
        let mut error = Self::invalid(detail);
        error.0.problem.errors = errors;
        error
    }

    /// 401: nobody is signed in, or the credentials or signature are wrong. `detail` says which.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        // RFC 9110 asks for a challenge with every 401. Browsers show no dialog for this one.
        Self::new(ProblemKind::Unauthenticated, detail)
            .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"keelson\""))
    }

    /// 403: the caller is known, and may not. `detail` says what they would need.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Forbidden, detail)
    }

    /// 404: there is no such thing, such as `not_found("promotion", id)`.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(ProblemKind::NotFound, format!("There is no {what} `{id}`."))
    }

    /// 409: it cannot be done in the present state. `detail` says what is in the way.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Conflict, detail)
    }

    /// 412: what is to be replaced is not as the caller expects it. `detail` says how it is.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::PreconditionFailed, detail)
    }

    /// 413: the body is too large. `detail` says how large it may be.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::TooLarge, detail)
    }

    /// 415: the body is of another type. `detail` says of which it should be.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::UnsupportedMediaType, detail)
    }

    /// 422: the `Idempotency-Key` was used for another request.
    pub(crate) fn key_reused(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::KeyReused, detail)
    }

    /// 429: there were too many requests. `detail` says of what; a `Retry-After` belongs to it.
    pub fn too_many_requests(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::TooManyRequests, detail)
    }

    /// 500: a mistake on Keelson's side. The error goes into the log, and nowhere else.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        let detail = "Keelson made a mistake; its log says more under this request's id. What was asked for may or \
                      may not have happened: look before you try again.";
        Self::new(ProblemKind::Internal, detail).because(error)
    }

    /// 503: something Keelson needs does not answer. The error goes into the log, and nowhere else.
    pub fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        let detail = "Something that Keelson needs does not answer. Try again in a moment.";
        Self::new(ProblemKind::Unavailable, detail)
            .because(error)
            .with_header(RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// 503: more is asked at once than there is room for. `detail` says that nothing was done.
    pub fn busy(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Unavailable, detail).with_header(RETRY_AFTER, HeaderValue::from_static("5"))
    }

    /// A problem of any kind, for what has no constructor of its own.
    pub(crate) fn of_kind(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self::new(kind, detail)
    }

    fn because(mut self, error: impl Into<anyhow::Error>) -> Self {
        self.0.internal = Some(error.into());
        self
    }

    /// The same error with a header on its response.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// What the caller sees.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Which kind of problem it is.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.0.internal.as_ref().map_or(Ok(()), |internal| write!(f, " ({internal:#})"))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.problem.title, self.0.problem.detail)
    }
}

impl std::error::Error for ApiError {}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::conflict(
                "Somebody else changed this at the same time, and nothing was changed by this request. Try again.",
            ),
            StoreError::InvalidCursor => Self::invalid(
                "`after` does not belong to this list. Begin with its first page, without `after`.",
            ),
            StoreError::Unavailable(_) => Self::unavailable(error),
            StoreError::Corrupt { .. } | StoreError::Refused(_) => Self::internal(error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Inner { kind, problem, internal, headers } = *self.0;
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, headers, problem_body(&problem)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        response.extensions_mut().insert(Failure { problem, internal: internal.map(Arc::new) });
        response
    }
}

/// A problem as JSON. Texts and numbers always make JSON.
pub(crate) fn problem_body(problem: &Problem) -> Vec<u8> {
    serde_json::to_vec(problem).unwrap_or_default()
}
