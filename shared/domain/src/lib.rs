#![doc = include_str!("../README.md")]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod access_records;
pub mod analysis;
pub mod artifact;
pub mod audit;
pub mod change;
pub mod check;
pub mod ci_identity;
pub mod ci_path;
pub mod connection;
mod digest;
pub mod dora;
pub mod drift;
pub mod event;
pub mod figure;
pub mod gates;
pub mod health;
pub mod host_setup;
mod id;
pub mod lane;
pub mod manifest;
mod name;
pub mod note;
pub mod promotion;
mod quantity;
pub mod rate;
pub mod report;
pub mod rollout;
pub mod saturation;
pub mod service;
pub mod sign_in;
pub mod standing;
pub mod train;
pub mod watch;

pub use digest::{CommitPrefix, CommitSha, Digest, InvalidDigest};
pub use id::{EventId, InvalidId, PromotionId, RequestId, TokenId, TrainId};
pub use name::{ConnectionName, EnvironmentName, InvalidName, Login, ServiceName, TeamName};
pub use quantity::{InvalidPeriod, InvalidWeight, Period, Weight};
