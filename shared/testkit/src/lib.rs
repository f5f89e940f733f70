#![doc = include_str!("../README.md")]

mod client;
mod embedded;
mod fakes;
pub mod github;
mod samples;
mod world;

pub use client::{Answer, Call, Client};
pub use embedded::embedded_store;
pub use fakes::{FakeDeployer, FakeSignals, MemoryArtifacts, PlainSecrets};
pub use samples::{START, digest, digest_of, manifest, sha, user};
pub use world::World;
