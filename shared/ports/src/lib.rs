#![doc = include_str!("../README.md")]

mod artifacts;
mod deployer;
mod keyring;
mod sealing;
mod secrets;
mod signals;
mod structure;

pub use artifacts::{ArtifactError, Artifacts, UploadTicket};
pub use deployer::{Deployer, LogLine, LogQuery, TargetError};
pub use keyring::{KeyringSecrets, SecretSource};
pub use sealing::SealingKey;
pub use secrets::{Sealed, SecretError, Secrets};
pub use signals::{SignalError, Signals, TrafficPoint};
pub use structure::structure;
