#![doc = include_str!("../README.md")]

mod artifacts;
mod connection;
mod declared;
mod deploy;
mod error;
mod secrets;

pub use artifacts::S3Artifacts;
pub use connection::Connection;
pub use declared::Declared;
pub use deploy::{AwsTargets, Pace, TargetLogs};
pub use secrets::{ManagedSecret, RotationEvent, RotationStep, rotate};
