//! The one way to the server: typed by the endpoints of [`api::routes`].

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use api::endpoint::percent_encode;
use api::{Endpoint, Method, ProblemKind};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

use crate::wire::{Problem, Wire, read_text};

/// How long the server may take, in milliseconds. It is near: what takes longer is lost.
const PATIENCE: u32 = 15_000;

/// What was read, whatever its type: one type for everything that keeps itself fresh.
pub(crate) type Shared = Arc<dyn Any + Send + Sync>;

/// How the text of an answer becomes a value.
type Reader = fn(&str) -> Result<Shared, String>;

/// Something to read: a path with its query, and how to read what is there.
#[derive(Clone)]
pub(crate) struct Place {
    path: String,
    reader: Reader,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

/// A [`Place`] that answers `R`.
pub(crate) struct Address<R> {
    place: Place,
    response: PhantomData<fn() -> R>,
}

impl<R> Clone for Address<R> {
    fn clone(&self) -> Self {
        Self { place: self.place.clone(), response: PhantomData }
    }
}

impl<R: Wire + Any + Send + Sync> Address<R> {
    /// The endpoint with its path parameters.
    pub(crate) fn of(endpoint: Endpoint<(), R::Api>, parameters: &[&str]) -> Self {
        let reader: Reader = |text| Ok(Arc::new(read_text::<R>(text)?));
        Self { place: Place { path: endpoint.path(parameters), reader }, response: PhantomData }
    }
}

impl<R> Address<R> {
    /// With a query parameter.
    pub(crate) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.place.add(name, &value.to_string());
        self
    }

    /// With a query parameter, if there is a value for it.
    pub(crate) fn with_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same without the type.
    pub(crate) fn place(self) -> Place {
        self.place
    }
}

impl Place {
    fn add(&mut self, name: &str, value: &str) {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(name);
        self.path.push('=');
        self.path.push_str(&percent_encode(value));
    }

    /// What asks for it, once.
    pub(crate) fn once(&self) -> Outgoing {
        Outgoing { method: Method::Get, path: self.path.clone(), body: Ok(None) }
    }

    /// Asks; with the entity tag of what is known, only if that has changed: then there is no answer.
    ///
    /// # Errors
    /// The server's problem, or one made here when there was no answer.
    pub(crate) async fn ask(&self, known: Option<&str>) -> Result<Option<Raw>, Problem> {
        let raw = exchange(Method::Get, &self.path, None, known).await?;
        Ok((raw.status != 304).then_some(raw))
    }

    /// The value of an answer.
    ///
    /// # Errors
    /// A problem made here when it cannot be read.
    pub(crate) fn read(&self, raw: &Raw) -> Result<Shared, Problem> {
        (self.reader)(&raw.body).map_err(|why| unreadable(&why))
    }
}

/// A call of an endpoint, ready to be made, that answers `R`.
pub(crate) struct Call<R> {
    /// What is sent.
    pub(crate) request: Outgoing,
    response: PhantomData<fn() -> R>,
}

/// What a [`Call`] sends, whatever it answers.
pub(crate) struct Outgoing {
    method: Method,
    path: String,
    body: Result<Option<String>, serde_json::Error>,
}

impl Outgoing {
    /// Makes the call.
    ///
    /// # Errors
    /// See [`Place::ask`].
    pub(crate) async fn send(self) -> Result<Raw, Problem> {
        let body = self.body.map_err(|why| unreadable(&why.to_string()))?;
        exchange(self.method, &self.path, body, None).await
    }
}

impl<R: Wire> Call<R> {
    /// A call of an endpoint that changes something.
    pub(crate) fn of<Q: Serialize>(endpoint: Endpoint<Q, R::Api>, parameters: &[&str], request: &Q) -> Self {
        // `()` is written as `null` and means that there is nothing to say.
        let body = serde_json::to_string(request).map(|body| (body != "null").then_some(body));
        let request = Outgoing { method: endpoint.route.method, path: endpoint.path(parameters), body };
        Self { request, response: PhantomData }
    }

    /// The value of the answer.
    ///
    /// # Errors
    /// A problem made here when it cannot be read.
    pub(crate) fn read(raw: &Raw) -> Result<R, Problem> {
        read_text(&raw.body).map_err(|why| unreadable(&why))
    }
}

/// A response before it is read, not generic so that it is compiled once.
pub(crate) struct Raw {
    status: u16,
    /// The entity tag, if it has one.
    pub(crate) etag: Option<String>,
    /// The text.
    pub(crate) body: String,
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
    read_text(body).unwrap_or_else(|_| Problem {
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
        let address = Address::<crate::wire::Ships>::of(api::routes::GET_SHIPS, &["store front"])
            .with("environment", "production")
            .with_some("artifact", Some("sha256:ab"))
            .with_some("after", None::<u64>);
        assert_eq!(
            address.place.path,
            "/api/services/store%20front/ships?environment=production&artifact=sha256:ab"
        );
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
