#![doc = include_str!("../README.md")]

pub mod artifacts;
mod bus;
mod clock;
mod crash;
mod embedded;
mod expiry;
mod files;
pub mod host;
mod lock;
mod logs;
mod options;
mod owner;
mod panel_files;
mod problem;
mod proxy;
mod random;
mod runtime;
pub mod secrets;
mod server;
pub mod signals;
mod target_changes;
#[cfg(test)]
mod tests;
mod ticks;
mod uploads;
mod wake;
mod wire;

pub use artifacts::LocalArtifacts;
pub use clock::Now;
pub use crash::{CrashAt, CrashPoint, UnknownCrashPoint};
pub use edge::settings::SETTINGS;
pub use host::{LocalTarget, OnChange, TargetConfig};
pub use options::{DEFAULT_PORT, Options};
pub use runtime::{Running, run, start};
pub use secrets::KeyFileSecrets;
pub use signals::MeasuredSignals;
