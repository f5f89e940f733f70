#![doc = include_str!("../README.md")]

mod address;
mod authenticate;
mod authorize;
mod caller;
mod ci;
mod clock;
mod context;
mod core;
pub mod credentials;
mod error;
mod etag;
mod extract;
mod idempotency;
mod ids;
pub mod middleware;
pub mod rate;
mod routes;
pub mod settings;
pub mod telemetry;
mod version;

pub use address::PeerAddress;
pub use axum::response::NoContent;
pub use caller::Caller;
pub use ci::CiVerifier;
pub use clock::Clock;
pub use context::RequestContext;
pub use core::Core;
pub use error::{ApiError, ApiResult};
pub use extract::{Json, Path, Query};
pub use ids::Ids;
pub use routes::Routes;
pub use settings::{PublicUrl, Settings};
pub use version::{At, IfMatch};
