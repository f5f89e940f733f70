#![doc = include_str!("../README.md")]

pub mod aws;
mod captured_log;
mod client;
mod embedded;
mod eventually;
mod fakes;
pub mod git_hosts;
pub mod github;
pub mod hosts;
pub mod issuer;
mod rows;
mod samples;
mod world;

pub use captured_log::CapturedLog;
pub use client::{Answer, Call, Client};
pub use embedded::embedded_store;
pub use eventually::eventually;
pub use fakes::{FakeDeployer, FakeSignals, MemoryArtifacts, PlainSecrets};
pub use samples::{START, digest, digest_of, manifest, sha, user};
pub use world::World;
