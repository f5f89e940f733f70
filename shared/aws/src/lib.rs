#![doc = include_str!("../README.md")]

mod artifacts;
mod connection;
mod declared;
mod deploy;
mod error;
mod hash;
mod logs;
mod secrets;
mod signals;
mod versions;

pub use artifacts::S3Artifacts;
pub use connection::Connection;
pub use declared::Declared;
pub use deploy::{AwsTargets, Pace, TargetLogs};
pub use logs::CloudWatchLogs;
pub use secrets::{ManagedSecret, RotationEvent, RotationStep, rotate};
pub use signals::{CloudWatchSignals, Now};
