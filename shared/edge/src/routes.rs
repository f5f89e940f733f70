//! Endpoints and their handlers.

use api::endpoint::Endpoint;
use api::{Access, Method, Route};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, on};

use crate::authorize::{Guard, guard};
use crate::idempotency::{Once, once};
use crate::rate::{Limited, class, limit as limit_rate};
use crate::{Core, etag, version};

/// How many bytes a request's body may have, unless its endpoint says otherwise.
const BODY_LIMIT: usize = 1024 * 1024;

/// The endpoints of one function, each with its handler.
///
/// Method, path and access rule are the endpoint's. A route that is not public is guarded: its handler runs only for
/// callers who may call it as far as the path tells, and can have the [`Caller`](crate::Caller).
#[must_use = "routes do nothing until they are built"]
pub struct Routes<S> {
    core: Core,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No endpoints yet.
    pub fn new(core: &Core) -> Self {
        Self { core: core.clone(), router: Router::new() }
    }

    /// Answers an endpoint, which takes bodies of up to 1 MiB.
    pub fn on<Q, R, H, T>(self, endpoint: &Endpoint<Q, R>, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.on_with_limit(endpoint, BODY_LIMIT, handler)
    }

    /// Answers an endpoint that takes bodies of up to so many bytes.
    pub fn on_with_limit<Q, R, H, T>(self, endpoint: &Endpoint<Q, R>, limit: usize, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.mount(endpoint.route, limit, handler)
    }

    pub(crate) fn mount<H, T>(self, route: Route, limit: usize, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let mut methods = on(filter(route.method), handler).layer(DefaultBodyLimit::max(limit));
        if route.method == Method::Get {
            methods = methods.route_layer(from_fn(etag::conditional));
        }
        if route.method == Method::Put {
            methods = methods.route_layer(from_fn(version::tag));
        }
        // Public routes need no key: a webhook is recorded once by its own, and a sign-in link works once.
        if route.method == Method::Post && route.access != Access::Public {
            let state = Once { core: self.core.clone(), limit };
            methods = methods.route_layer(from_fn_with_state(state, once));
        }
        if route.access != Access::Public {
            let state = Guard { core: self.core.clone(), route };
            methods = methods.route_layer(from_fn_with_state(state, guard));
        }
        if let Some(class) = class(&route) {
            let state = Limited { core: self.core.clone(), route, class };
            methods = methods.route_layer(from_fn_with_state(state, limit_rate));
        }
        Self { router: self.router.route(route.path, methods), ..self }
    }

    /// The router, for [`middleware::stack`](crate::middleware::stack) to be laid around.
    pub fn build(self, state: S) -> Router {
        self.router.with_state(state)
    }
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    }
}
