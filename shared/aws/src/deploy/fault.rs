//! What goes wrong on the way to a target.

use std::fmt;

use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use ports::TargetError;

use crate::error::told;

/// What AWS says when it is too busy, or busy with the same thing, or when a role's credentials are just renewed.
const LATER: [&str; 12] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalFailure",
    "InternalServerError",
    "LimitExceededException",
    "RequestTimeout",
    "ResourceConflictException",
    "ServerException",
    "ServiceException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
];

/// Why a request is not brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Asking again later may help.
    Later(String),
    /// It will be the same however often it is asked: the rollout has failed.
    Final(String),
}

impl Fault {
    /// What an SDK's error means, after an attempt to do what `what` says.
    pub(super) fn of<E, R>(what: impl fmt::Display, error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: fmt::Debug,
    {
        let text = format!("cannot {what}: {}", told(error));
        let is_later = |code: &str| LATER.contains(&code) || code.starts_with("TooManyRequests");
        match error {
            SdkError::ServiceError(context) => match context.err().code() {
                Some(code) if !is_later(code) => Self::Final(text),
                Some(_) | None => Self::Later(text),
            },
            SdkError::ConstructionFailure(_) => Self::Final(text),
            _ => Self::Later(text),
        }
    }
}

impl From<Fault> for TargetError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Later(text) => Self::Unavailable(text),
            Fault::Final(text) => Self::Refused(text),
        }
    }
}

/// The code of what AWS answered, if it answered.
pub(super) fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}
