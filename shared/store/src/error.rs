//! Why the store did not do what was asked.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;

/// What went wrong below, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what was asked.
///
/// Whatever the reason, a transaction has then either happened as a whole or not at all; only after
/// [`StoreError::Unavailable`] it is not known which.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first, or what should be new is there already. Load again, decide again.
    #[error("somebody else changed this at the same time")]
    Conflict,
    /// The page token is damaged, or comes from another list.
    #[error("this page token does not belong to this list")]
    InvalidCursor,
    /// The store did not answer in time, or is overloaded. Trying again later may help.
    #[error("the store is not available")]
    Unavailable(#[source] Cause),
    /// What is stored cannot be read.
    #[error("what is stored at {at} cannot be read")]
    Corrupt {
        /// The row.
        at: String,
        /// Why not.
        source: Cause,
    },
    /// The store does not take the request: an item above 400 KB, a missing table. Trying again does not help.
    #[error("the store refused the request")]
    Refused(#[source] Cause),
}

impl StoreError {
    /// Whether loading and deciding again may succeed.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

/// Error codes that mean "not now".
const BUSY: [&str; 6] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionInProgressException",
];
/// The same, as the reasons of a canceled transaction spell them.
const BUSY_REASONS: [&str; 2] = ["ProvisionedThroughputExceeded", "ThrottlingError"];
/// Error codes, and reasons of a canceled transaction, that mean "somebody else was first".
const CONFLICTS: [&str; 4] = [
    "ConditionalCheckFailed",
    "ConditionalCheckFailedException",
    "TransactionConflict",
    "TransactionConflictException",
];

/// Sorts an SDK error of any operation but a transaction.
pub(crate) fn failed<E>(error: SdkError<E>) -> StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let Some(answer) = error.as_service_error() else {
        return StoreError::Unavailable(Box::new(error));
    };
    match answer.code() {
        Some(code) if CONFLICTS.contains(&code) => StoreError::Conflict,
        Some(code) if BUSY.contains(&code) => StoreError::Unavailable(Box::new(error)),
        _ => StoreError::Refused(Box::new(error)),
    }
}

/// Sorts an SDK error of a transaction, which has a reason for each of its writes.
pub(crate) fn transaction_failed(error: SdkError<TransactWriteItemsError>) -> StoreError {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => match outcome(canceled) {
            Canceled::Conflict => StoreError::Conflict,
            Canceled::Busy => StoreError::Unavailable(Box::new(error)),
            Canceled::Invalid => StoreError::Refused(Box::new(error)),
        },
        _ => failed(error),
    }
}

enum Canceled {
    Conflict,
    Busy,
    Invalid,
}

fn outcome(canceled: &TransactionCanceledException) -> Canceled {
    let given = |wanted: &[&str]| {
        canceled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| reason.code())
            .any(|code| wanted.contains(&code))
    };
    if given(&["ValidationError"]) {
        Canceled::Invalid
    } else if given(&CONFLICTS) {
        Canceled::Conflict
    } else if given(&BUSY_REASONS) {
        Canceled::Busy
    } else {
        Canceled::Invalid
    }
}
