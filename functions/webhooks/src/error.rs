//! Why an event could not be handled, or a timer not fired.

use ports::SecretError;
use store::StoreError;

/// Why a use case did not go through. It is worth trying again.
///
/// What a git host refuses is no error here: it is kept beside what it concerns, shown, and tried again by the clock.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store, after trying again where somebody else was quicker.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An API token cannot be opened.
    #[error(transparent)]
    Secrets(#[from] SecretError),
}
