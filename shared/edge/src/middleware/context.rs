//! Gives every request its id, and takes part in its trace.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};

use crate::{Ids, RequestContext};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Begins the request's context and tells the caller about it.
pub(super) async fn begin(State(ids): State<Ids>, mut request: Request, next: Next) -> Response {
    let incoming = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    let context = RequestContext::begin(&ids, incoming);
    request.extensions_mut().insert(context.clone());
    let mut response = next.run(request).await;
    let told = [(REQUEST_ID, context.id.map(|id| id.to_string())), (TRACEPARENT, context.traceparent)];
    for (name, value) in told {
        if let Some(value) = value.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
