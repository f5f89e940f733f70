//! Requests that come in through the HTTP API, behind `CloudFront`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use domain::access_records::SecretHash;
use edge::credentials::secret_hash;
use edge::{ApiError, Core, PeerAddress, middleware};
use lambda_http::http::HeaderName;
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{Adapter, RequestExt as _};
use serde_json::value::{RawValue, to_raw_value};
use tower::ServiceExt as _;

/// The header that `CloudFront` adds, and nobody else can.
const ORIGIN: HeaderName = HeaderName::from_static("x-keelson-origin");

/// What `CloudFront` says in its header, as hashes: they are compared in place of the words, so that the time it takes
/// tells nothing of these.
#[derive(Debug, Clone)]
pub(crate) struct OriginSecrets(Arc<[SecretHash]>);

impl OriginSecrets {
    /// Reads them. There may be several, separated by spaces: the old and the new one while `CloudFront` learns the new.
    pub(crate) fn read(text: &str) -> Self {
        Self(text.split_whitespace().map(secret_hash).collect())
    }

    pub(crate) fn know(&self, said: &str) -> bool {
        let said = secret_hash(said);
        self.0.iter().filter(|known| **known == said).count() > 0
    }
}

/// Lays around a function's routes what every request needs, and refuses whatever did not come through `CloudFront`: the
/// HTTP API has an address of its own, where no rate is limited and `X-Forwarded-For` says what a caller likes.
pub(crate) fn guarded(core: &Core, secrets: &OriginSecrets, router: Router) -> Router {
    middleware::stack(core, router.layer(from_fn_with_state(secrets.clone(), came_through)))
}

async fn came_through(State(secrets): State<OriginSecrets>, mut request: Request, next: Next) -> Response {
    let said = request.headers_mut().remove(ORIGIN);
    if said.is_some_and(|said| said.to_str().is_ok_and(|said| secrets.know(said))) {
        return next.run(request).await;
    }
    let refusal = "This is not the address of this installation, and nothing was done. Ask whoever runs it for the \
                   address.";
    ApiError::forbidden(refusal).into_response()
}

/// Answers a request.
///
/// # Errors
/// When the answer cannot be written as JSON, which none is.
pub(crate) async fn answer(
    router: &Router,
    request: LambdaRequest,
    context: Context,
) -> anyhow::Result<Box<RawValue>> {
    let service = router.clone().map_request(of_lambda);
    let adapter: Adapter<'_, Response, _> = Adapter::from(service);
    let response = adapter.oneshot(LambdaEvent::new(request, context)).await;
    Ok(to_raw_value(&response.unwrap_or_else(|never| match never {}))?)
}

/// The request as the router knows requests, with the address of whoever connected.
fn of_lambda(request: lambda_http::Request) -> Request {
    let address = peer(&request);
    let mut request = request.map(Body::new);
    if let Some(address) = address {
        request.extensions_mut().insert(PeerAddress(address));
    }
    request
}

fn peer(request: &lambda_http::Request) -> Option<IpAddr> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref()?.parse().ok(),
        // No other kind of request is read.
        _ => None,
    }
}
