//! The one way to the server: typed by the endpoints of [`api::routes`].

use std::fmt::Display;
use std::marker::PhantomData;

use api::endpoint::percent_encode;
use api::{Endpoint, Method, Problem, ProblemKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

/// How long the server may take, in milliseconds. It is near: what takes longer is lost.
const PATIENCE: u32 = 15_000;

/// Something to read: the path and query of an endpoint that takes nothing and answers `R`.
pub(crate) struct Address<R> {
    path: String,
    response: PhantomData<fn() -> R>,
}

impl<R> Clone for Address<R> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), response: PhantomData }
    }
}

impl<R> PartialEq for Address<R> {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl<R> Address<R> {
    /// The endpoint with its path parameters.
    pub(crate) fn of(endpoint: Endpoint<(), R>, parameters: &[&str]) -> Self {
        Self { path: endpoint.path(parameters), response: PhantomData }
    }

    /// With a query parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{separator}{name}={}", self.path, percent_encode(&value.to_string()));
        self
    }

    /// With a query parameter, if there is a value for it.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// What reading brought.
pub(crate) enum Answer<R> {
    /// It is this now, under this entity tag.
    Fresh(R, Option<String>),
    /// It is what it was under the entity tag given.
    Unchanged,
}

/// Reads; with the entity tag of what is known, only if that has changed.
///
/// # Errors
/// The server's problem, or one made here when there was no answer, or none that can be read.
pub(crate) async fn read<R: DeserializeOwned>(
    address: &Address<R>,
    known: Option<&str>,
) -> Result<Answer<R>, Problem> {
    let raw = exchange(Method::Get, &address.path, None, known).await?;
    if raw.status == 304 {
        return Ok(Answer::Unchanged);
    }
    let value = parse(&raw.body).map_err(|error| unreadable(&error.to_string()))?;
    Ok(Answer::Fresh(value, raw.etag))
}

/// Reads once.
///
/// # Errors
/// See [`read`].
pub(crate) async fn get<R: DeserializeOwned>(address: &Address<R>) -> Result<R, Problem> {
    match read(address, None).await? {
        Answer::Fresh(value, _) => Ok(value),
        Answer::Unchanged => Err(unreadable("it says that nothing has changed, without having been asked")),
    }
}

/// Calls an endpoint that changes something.
///
/// # Errors
/// See [`read`].
pub(crate) async fn call<Q: Serialize, R: DeserializeOwned>(
    endpoint: Endpoint<Q, R>,
    parameters: &[&str],
    request: &Q,
) -> Result<R, Problem> {
    let body = serde_json::to_string(request).map_err(|error| unreadable(&error.to_string()))?;
    // `()` is written as `null` and means that there is nothing to say.
    let body = (body != "null").then_some(body);
    let raw = exchange(endpoint.route.method, &endpoint.path(parameters), body, None).await?;
    parse(&raw.body).map_err(|error| unreadable(&error.to_string()))
}

fn parse<R: DeserializeOwned>(body: &str) -> Result<R, serde_json::Error> {
    serde_json::from_str(if body.is_empty() { "null" } else { body })
}

/// A response before it is read, not generic so that it is compiled once.
struct Raw {
    status: u16,
    etag: Option<String>,
    body: String,
}

async fn exchange(
    method: Method,
    path: &str,
    body: Option<String>,
    known: Option<&str>,
) -> Result<Raw, Problem> {
    let request = request(method, path, body, known).map_err(|_| unreachable_server())?;
    let window = web_sys::window().ok_or_else(unreachable_server)?;
    let answer =
        JsFuture::from(window.fetch_with_request(&request)).await.map_err(|_| unreachable_server())?;
    let response: Response = answer.dyn_into().map_err(|_| unreachable_server())?;
    let text = response.text().map_err(|_| unreachable_server())?;
    let body = JsFuture::from(text).await.map_err(|_| unreachable_server())?.as_string().unwrap_or_default();
    let status = response.status();
    if response.ok() || status == 304 {
        return Ok(Raw { status, etag: response.headers().get("etag").ok().flatten(), body });
    }
    Err(problem(status, &body))
}

fn request(
    method: Method,
    path: &str,
    body: Option<String>,
    known: Option<&str>,
) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    if let Some(etag) = known {
        headers.set("if-none-match", etag)?;
    }
    let init = RequestInit::new();
    init.set_method(method.as_str());
    init.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
    if let Some(body) = body {
        headers.set("content-type", "application/json")?;
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_headers(&headers);
    Request::new_with_str_and_init(path, &init)
}

fn problem(status: u16, body: &str) -> Problem {
    serde_json::from_str(body).unwrap_or_else(|_| Problem {
        status,
        ..Problem::new(
            ProblemKind::Unavailable,
            format!(
                "The server answered {status} without saying why. Whether anything was changed is not known."
            ),
        )
    })
}

fn unreachable_server() -> Problem {
    Problem::new(
        ProblemKind::Unavailable,
        "Keelson does not answer. It may be restarting, or the network is away. This page goes on trying.",
    )
}

fn unreadable(why: &str) -> Problem {
    Problem::new(
        ProblemKind::Internal,
        format!(
            "The server's answer cannot be read: {why}. Reload the page; the panel may be older than the server."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_path_and_the_query_encoded() {
        let address = Address::of(api::routes::GET_SHIPS, &["store front"])
            .with("environment", "production")
            .with_some("artifact", Some("sha256:ab"))
            .with_some("after", None::<u64>);
        assert_eq!(
            address.path,
            "/api/services/store%20front/ships?environment=production&artifact=sha256:ab"
        );
    }

    #[test]
    fn an_empty_answer_is_nothing() {
        assert!(parse::<()>("").is_ok());
    }

    #[test]
    fn a_failure_without_a_problem_becomes_one() {
        let made = problem(502, "<html>Bad gateway</html>");
        assert_eq!(made.status, 502);
        let told = problem(
            409,
            r#"{"type":"/problems/conflict","title":"It cannot be done now","status":409,"detail":"Held."}"#,
        );
        assert_eq!(told.detail, "Held.");
    }
}
