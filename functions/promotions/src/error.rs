//! Why an event could not be handled, or a timer not fired.

use domain::lane::Rejected;
use domain::train::TrainRejected;
use ports::{SignalError, TargetError};
use store::StoreError;

/// Why a use case did not go through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules refuse it. Nothing has changed.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The rules of trains refuse it. Nothing has changed.
    #[error(transparent)]
    Train(#[from] TrainRejected),
    /// The store, after trying again where somebody else was quicker.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The deploy target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The measurements.
    #[error(transparent)]
    Signals(#[from] SignalError),
    /// Something that an event or a row names is not there.
    #[error("{what} {id} is not known")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        id: String,
    },
}

impl Error {
    pub(crate) fn unknown(what: &'static str, id: impl ToString) -> Self {
        Self::Unknown { what, id: id.to_string() }
    }
}

impl From<Error> for edge::ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejected) => match rejected {
                Rejected::NotAnApprover(_) | Rejected::LockedByOther(_) | Rejected::SamePerson => {
                    Self::forbidden(format!("{rejected}. Nothing was changed."))
                }
                Rejected::Finished
                | Rejected::AlreadyRunning
                | Rejected::AlreadyProposed(_)
                | Rejected::OtherDiff(_)
                | Rejected::NotWaiting
                | Rejected::NothingBefore
                | Rejected::NotHeld
                | Rejected::NotLocked
                | Rejected::Begun
                | Rejected::NotAsked
                | Rejected::AlreadyOverridden => Self::conflict(format!("{rejected}. Nothing was changed.")),
            },
            Error::Train(rejected) => Self::conflict(format!("{rejected}. Nothing was changed.")),
            Error::Store(error) => error.into(),
            Error::Target(TargetError::Unavailable(_)) | Error::Signals(_) => {
                Self::unavailable(anyhow::Error::new(error))
            }
            Error::Target(TargetError::Refused(_)) => Self::internal(anyhow::Error::new(error)),
            Error::Unknown { what, id } => Self::not_found(what, id),
        }
    }
}
