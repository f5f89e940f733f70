//! The edge as callers and handlers meet it, through routers of a few lines.
#![cfg(test)]

mod authentication;
mod authorization;
mod errors;
mod etags;
mod extractors;
mod headers;
mod idempotency;
mod log;
mod rate;
mod versions;

use api::endpoint::Endpoint;
use api::{Access, Method};
use domain::access::Permission;

/// Answers anybody.
const OPEN: Endpoint<(), serde_json::Value> = Endpoint::new("OPEN", Method::Get, "/api/open", Access::Public);
/// Answers whoever is signed in.
const ME: Endpoint<(), String> = Endpoint::new("ME", Method::Get, "/api/me", Access::SignedIn);
/// Changes something for whoever is signed in.
const CHANGE: Endpoint<(), String> = Endpoint::new("CHANGE", Method::Post, "/api/me", Access::SignedIn);
/// Takes artifacts.
const PUSH: Endpoint<(), String> =
    Endpoint::new("PUSH", Method::Post, "/api/services/{service}/artifacts", needs(Permission::PushArtifact));

const fn needs(permission: Permission) -> Access {
    Access::Needs(permission)
}
