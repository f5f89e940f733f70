#![doc = include_str!("../README.md")]

mod artifacts;
mod deployer;
mod secrets;
mod signals;

pub use artifacts::{ArtifactError, Artifacts, UploadTicket};
pub use deployer::{Deployer, LogLine, LogQuery, TargetError};
pub use secrets::{Sealed, SecretError, Secrets};
pub use signals::{SignalError, Signals, TrafficPoint};
