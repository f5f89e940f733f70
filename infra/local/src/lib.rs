#![doc = include_str!("../README.md")]

pub mod artifacts;
mod clock;
mod files;
pub mod host;
mod logs;
mod problem;
mod proxy;
mod random;
pub mod secrets;
pub mod signals;

pub use artifacts::LocalArtifacts;
pub use clock::Now;
pub use host::{LocalTarget, OnChange, TargetConfig};
pub use secrets::KeyFileSecrets;
pub use signals::MeasuredSignals;
