//! The typed client: an endpoint of [`api::routes`] and what it takes in, its answer out.

mod credentials;
mod error;
mod github_actions;
mod server;
mod session;
mod upload;

use std::sync::{Arc, Once};
use std::time::Duration;

use api::{Endpoint, Method, Page};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use credentials::{Credential, Stored, TokenFile, find_local, find_token};
pub(crate) use error::ClientError;
pub(crate) use server::{DEFAULT_SERVER, Server};
pub(crate) use session::exchange;
pub(crate) use upload::{Retry, UploadError, UploadProgress, upload};

/// How long an ordinary request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Names a request, so that it is done once however often it arrives.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// No query parameters.
pub(crate) const NO_QUERY: &[(&str, &str)] = &[];

/// A connection to one server, as one caller.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: Server,
    credential: Option<Arc<Credential>>,
}

impl Client {
    /// A client for the server, with the token if there is one.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new(server: Server, credential: Option<Credential>) -> Result<Self, ClientError> {
        Ok(Self { http: http(&server)?, server, credential: credential.map(Arc::new) })
    }

    /// The server.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Calls an endpoint. `path` fills the path's parameters in, in order.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub(crate) async fn call<Request: Serialize, Answer: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<Request, Answer>,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Request,
    ) -> Result<Answer, ClientError> {
        let url = self.server.url(&endpoint.path(path));
        let mut request = self.http.request(method(endpoint.route.method), &url).timeout(TIMEOUT);
        if !query.is_empty() {
            request = request.query(query);
        }
        let body = serde_json::to_value(body).map_err(|source| ClientError::unreadable(&url, source))?;
        if !body.is_null() {
            request = request.json(&body);
        }
        let changes = endpoint.route.method != Method::Get;
        if endpoint.route.method != Method::Post {
            return self.send(request, &url, changes).await;
        }
        // Whatever was lost on the way, what is asked for is done once: the server knows the key.
        let request = request.header(IDEMPOTENCY_KEY, key());
        let again = request.try_clone();
        match (self.send(request, &url, changes).await, again) {
            (Err(lost), Some(again)) if lost.is_lost_answer() => self.send(again, &url, changes).await,
            (answered, _) => answered,
        }
    }

    /// Reads a list that comes in pages, up to so many items.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub(crate) async fn list<Item: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<(), Page<Item>>,
        path: &[&str],
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Vec<Item>, ClientError> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let limit = most.saturating_sub(items.len()).clamp(1, 100).to_string();
            let mut query = query.to_vec();
            query.push(("limit", &limit));
            query.extend(after.as_deref().map(|after| ("after", after)));
            let page = self.call(endpoint, path, &query, &()).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() || items.len() >= most {
                items.truncate(most);
                return Ok(items);
            }
        }
    }

    async fn send<Answer: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        url: &str,
        changes: bool,
    ) -> Result<Answer, ClientError> {
        let request = self.authorize(request).header(ACCEPT, "application/json, application/problem+json");
        let response = request.send().await.map_err(|error| ClientError::unreachable(url, changes, error))?;
        self.answer(response, url, changes).await
    }

    fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        let token = self.credential.as_ref().map(|credential| credential.token.expose_secret());
        let bearer = token.and_then(bearer);
        match bearer {
            Some(bearer) => request.header(AUTHORIZATION, bearer),
            None => request,
        }
    }

    async fn answer<Answer: DeserializeOwned>(
        &self,
        response: Response,
        url: &str,
        changes: bool,
    ) -> Result<Answer, ClientError> {
        let status = response.status();
        let body = response.bytes().await.map_err(|error| ClientError::unreachable(url, changes, error))?;
        if !status.is_success() {
            return Err(self.refused(url, status, &body));
        }
        // An answer that says nothing is the answer `()`.
        let text: &[u8] = if body.is_empty() { b"null" } else { &body };
        serde_json::from_slice(text).map_err(|source| ClientError::unreadable(url, source))
    }

    fn refused(&self, url: &str, status: StatusCode, body: &[u8]) -> ClientError {
        let source = self.credential.as_ref().map(|credential| credential.source.as_str());
        ClientError::refused(url, status, body, source)
    }
}

/// The `Authorization` header for a token, which no log may show.
fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A key that nobody else uses.
fn key() -> String {
    let mut bytes = [0; 16];
    // Without randomness there is no TLS either; a key of zeros is as good as none then.
    let _ = getrandom::fill(&mut bytes);
    format!("cli-{:032x}", u128::from_be_bytes(bytes))
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// The HTTP client under it. TLS is the same everywhere: rustls over ring.
pub(crate) fn http(server: &Server) -> Result<reqwest::Client, ClientError> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Somebody else in this process may have been first; then theirs, the same, is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("keelson/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none());
    if server.is_loopback() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|source| ClientError::unreachable(server.as_str(), false, source))
}
