#![doc = include_str!("../README.md")]

mod artifacts;
mod connection;
mod declared;
mod error;
mod secrets;

pub use artifacts::S3Artifacts;
pub use connection::Connection;
pub use declared::Declared;
pub use secrets::{ManagedSecret, RotationEvent, RotationStep, rotate};
