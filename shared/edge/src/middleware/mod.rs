//! What happens around every request, whatever its route.

mod context;
mod headers;
mod log;
mod problems;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::Core;

/// Lays around all routers of a process what every request needs. Once, as the outermost layer.
///
/// From the outside in: request id and trace context, the request log, security headers, and problem details for
/// whatever fails without saying so itself, panics included.
pub fn stack(core: &Core, router: Router) -> Router {
    router
        .layer(from_fn(problems::explain))
        .layer(from_fn_with_state(core.settings.public_url.is_https(), headers::protect))
        .layer(from_fn(log::record))
        .layer(from_fn_with_state(core.ids.clone(), context::begin))
}
