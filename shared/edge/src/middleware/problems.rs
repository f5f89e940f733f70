//! Every failure is a problem, whoever failed.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use api::ProblemKind;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use crate::error::{Failure, problem_body};
use crate::{ApiError, RequestContext};

/// Turns panics and plain failures into problems, and writes the request's id into all of them.
pub(super) async fn explain(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestContext>().and_then(|context| context.id);
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|panic| panicked(panic.as_ref()).into_response());
    if let Some(error) = plain_failure(&response) {
        response = with_headers_of(error.into_response(), &response);
    }
    let Some(failure) = response.extensions_mut().get_mut::<Failure>() else { return response };
    failure.problem.instance = id.map(|id| id.to_string());
    let body = problem_body(&failure.problem);
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
    response
}

fn panicked(panic: &(dyn Any + Send)) -> ApiError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    ApiError::internal(anyhow::anyhow!("the handler panicked: {text}"))
}

/// The problem to tell in place of a failure without a body, or with a plain text: how the framework fails.
fn plain_failure(response: &Response) -> Option<ApiError> {
    let status = response.status();
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_plain = content_type.is_none_or(|text| text.starts_with("text/plain"));
    if !is_plain || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let kind = ProblemKind::ALL.into_iter().find(|kind| kind.status() == status.as_u16());
    let error = match (kind, status) {
        (Some(ProblemKind::NotFound), _) => {
            ApiError::of_kind(ProblemKind::NotFound, "There is nothing at this address.")
        }
        // The header `Allow` is added further out.
        (Some(ProblemKind::MethodNotAllowed), _) => ApiError::of_kind(
            ProblemKind::MethodNotAllowed,
            "This address takes other methods; `Allow` names them.",
        ),
        (Some(ProblemKind::TooLarge), _) => {
            ApiError::too_large("The body is larger than this address takes.")
        }
        (Some(ProblemKind::Unauthenticated), _) => {
            ApiError::unauthenticated("This address does not know you.")
        }
        (Some(kind), status) if status.is_client_error() => {
            ApiError::of_kind(kind, "The request was refused.")
        }
        (None, status) if status.is_client_error() => ApiError::invalid("The request was refused."),
        (_, status) => ApiError::internal(anyhow::anyhow!("answered {status} without a problem")),
    };
    Some(error)
}

/// Keeps the headers of the failure that is explained, but not those of its body.
fn with_headers_of(mut explained: Response, failure: &Response) -> Response {
    for (name, value) in failure.headers() {
        if ![CONTENT_TYPE, CONTENT_LENGTH].contains(name) {
            explained.headers_mut().append(name.clone(), value.clone());
        }
    }
    explained
}
