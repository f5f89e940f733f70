#![doc = include_str!("../README.md")]

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
mod ids;
pub mod middleware;
mod routes;
pub mod settings;
pub mod telemetry;

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
