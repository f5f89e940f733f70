#![doc = include_str!("../README.md")]

pub mod git_api;
pub mod git_host;
pub mod oidc;
mod outgoing;
pub mod vault;
