//! The one shape of errors: RFC 9457 problem details.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of problem, with a fixed title and status. Callers may branch on it; texts may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The request is not what the endpoint takes.
    InvalidRequest,
    /// Nobody is signed in, or the token or signature is wrong.
    Unauthenticated,
    /// The caller may not do that there.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The path takes other methods.
    MethodNotAllowed,
    /// It cannot be done in the present state.
    Conflict,
    /// It is not as the caller expects it (`If-Match`).
    PreconditionFailed,
    /// The body is too large.
    TooLarge,
    /// The body is of another type.
    UnsupportedMediaType,
    /// The `Idempotency-Key` was used for another request.
    KeyReused,
    /// It is asked for too often.
    TooManyRequests,
    /// Something on Keelson's side went wrong.
    Internal,
    /// Something Keelson needs does not answer; trying again may help.
    Unavailable,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::KeyReused,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::KeyReused => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The stable `type`, a path on this installation.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::InvalidRequest => "/problems/invalid-request",
            Self::Unauthenticated => "/problems/unauthenticated",
            Self::Forbidden => "/problems/forbidden",
            Self::NotFound => "/problems/not-found",
            Self::MethodNotAllowed => "/problems/method-not-allowed",
            Self::Conflict => "/problems/conflict",
            Self::PreconditionFailed => "/problems/precondition-failed",
            Self::TooLarge => "/problems/too-large",
            Self::UnsupportedMediaType => "/problems/unsupported-media-type",
            Self::KeyReused => "/problems/idempotency-key-reused",
            Self::TooManyRequests => "/problems/too-many-requests",
            Self::Internal => "/problems/internal",
            Self::Unavailable => "/problems/unavailable",
        }
    }

    /// The fixed title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request is not valid",
            Self::Unauthenticated => "You are not signed in",
            Self::Forbidden => "You may not do that",
            Self::NotFound => "There is no such thing",
            Self::MethodNotAllowed => "This address takes other methods",
            Self::Conflict => "It cannot be done now",
            Self::PreconditionFailed => "It is not as you expect it",
            Self::TooLarge => "The request is too large",
            Self::UnsupportedMediaType => "The request has another type than expected",
            Self::KeyReused => "The Idempotency-Key was used for another request",
            Self::TooManyRequests => "That is too often",
            Self::Internal => "Something went wrong in Keelson",
            Self::Unavailable => "Keelson cannot answer now",
        }
    }
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// Which part, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
    /// The line of a manifest, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column of a manifest, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// An error as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// Stable; [`ProblemKind::uri`].
    #[serde(rename = "type")]
    pub kind: String,
    /// Fixed for each type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened here, what was not changed, and what to do.
    pub detail: String,
    /// The request's id, to quote to whoever runs the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What is wrong with the parts of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of that kind.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind: kind.uri().to_owned(),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: detail.into(),
            instance: None,
            errors: Vec::new(),
        }
    }
}
