//! One log line per request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::RequestContext;
use crate::authorize::CallerLabel;
use crate::error::Failure;

/// Logs the request when it is answered. Its id is in every line that is logged until then.
///
/// The route is logged as it is declared: what callers fill in, and queries, may be secret. So may details of
/// problems, which quote requests.
pub(super) async fn record(request: Request, next: Next) -> Response {
    let context = request.extensions().get::<RequestContext>().cloned().unwrap_or_default();
    let request_id = context.id.map(tracing::field::display);
    let trace_id = context.traceparent.as_deref().and_then(|parent| parent.split('-').nth(1));
    let span = tracing::error_span!("request", request_id, trace_id);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let line = Line { method: method.as_str(), route: route.as_ref().map(MatchedPath::as_str), started };
    span.in_scope(|| line.write(&response));
    response
}

struct Line<'a> {
    method: &'a str,
    route: Option<&'a str>,
    started: Instant,
}

impl Line<'_> {
    fn write(&self, response: &Response) {
        let Self { method, started, .. } = *self;
        let route = self.route.unwrap_or("none");
        let status = response.status().as_u16();
        let caller = response.extensions().get::<CallerLabel>().map_or("anonymous", |label| label.0.as_str());
        let latency_ms = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
        let failure = response.extensions().get::<Failure>();
        let problem = failure.map(|failure| failure.problem.kind.as_str());
        let error = failure.and_then(|failure| failure.internal.as_ref()).map(|error| format!("{error:#}"));
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    caller,
                    method,
                    route,
                    status,
                    latency_ms,
                    problem,
                    error,
                    "{method} {route} {status}"
                )
            };
        }
        match status {
            500.. => line!(error),
            400..500 => line!(warn),
            _ => line!(info),
        }
    }
}
