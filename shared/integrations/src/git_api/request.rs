//! One request to a git host's API: its address from parts that cannot break out of it, its token in a header.

use http::HeaderName;
use http::header::{ACCEPT, AUTHORIZATION, ETAG, IF_NONE_MATCH};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Access, ApiError, Head};
use crate::outgoing::{Answered, Asked, Outgoing, Sent};

/// How long an answer may be, in bytes: a page of a hundred commits with their messages.
const LONGEST: usize = 8 * 1024 * 1024;

/// How a host wants to be told the token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scheme {
    Bearer,
    /// Gitea's own word for it.
    Token,
    /// `user:password` if there is a colon, else as [`Scheme::Bearer`].
    BasicOrBearer,
}

/// The API of one host.
#[derive(Debug, Clone)]
pub(super) struct Api {
    outgoing: Outgoing,
    scheme: Scheme,
    accept: &'static str,
    /// The header that says which version of the API is meant, where a host has one.
    version: Option<(&'static str, &'static str)>,
}

/// A request, without the token.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// The parts of the path; each is escaped, slashes in it too.
    pub(super) path: Vec<&'a str>,
    pub(super) query: Vec<(&'a str, String)>,
    pub(super) etag: Option<&'a str>,
    pub(super) json: Option<Value>,
}

impl<'a> Request<'a> {
    pub(super) fn get(path: Vec<&'a str>) -> Self {
        Self { method: Method::GET, path, query: Vec::new(), etag: None, json: None }
    }

    pub(super) fn post(path: Vec<&'a str>, json: Value) -> Self {
        Self { method: Method::POST, json: Some(json), ..Self::get(path) }
    }

    pub(super) fn query(mut self, name: &'a str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }
}

impl Api {
    pub(super) fn new(outgoing: Outgoing, scheme: Scheme, accept: &'static str) -> Self {
        Self { outgoing, scheme, accept, version: None }
    }

    /// The same, which says in that header which version of the API is meant.
    pub(super) fn of_version(self, header: &'static str, version: &'static str) -> Self {
        Self { version: Some((header, version)), ..self }
    }

    /// Asks for JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        access: Access<'_>,
        request: Request<'_>,
    ) -> Result<T, ApiError> {
        Ok(self.with_headers(access, request).await?.0)
    }

    /// Asks for JSON, and gives the headers too.
    pub(super) async fn with_headers<T: DeserializeOwned>(
        &self,
        access: Access<'_>,
        request: Request<'_>,
    ) -> Result<(T, HeaderMap), ApiError> {
        let what = what(&request);
        let answer = self.answer(access, request).await?;
        if !(200..300).contains(&answer.status) {
            return Err(ApiError::status(&what, &answer));
        }
        Ok((read(&what, &answer.body)?, answer.headers))
    }

    /// Asks for something to be done, and takes any success for an answer.
    pub(super) async fn done(&self, access: Access<'_>, request: Request<'_>) -> Result<(), ApiError> {
        let what = what(&request);
        let answer = self.answer(access, request).await?;
        match answer.status {
            200..300 => Ok(()),
            _ => Err(ApiError::status(&what, &answer)),
        }
    }

    /// Asks where a branch is; `commit` finds the hash in the answer.
    pub(super) async fn head<T: DeserializeOwned>(
        &self,
        access: Access<'_>,
        request: Request<'_>,
        commit: impl FnOnce(T) -> domain::CommitSha,
    ) -> Result<Head, ApiError> {
        let what = what(&request);
        let had_mark = request.etag.is_some();
        let answer = self.answer(access, request).await?;
        match answer.status {
            304 if had_mark => Ok(Head::Unchanged),
            200..300 => {
                let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
                Ok(Head::At { commit: commit(read(&what, &answer.body)?), etag })
            }
            _ => Err(ApiError::status(&what, &answer)),
        }
    }

    /// Whatever is answered.
    pub(super) async fn answer(
        &self,
        access: Access<'_>,
        request: Request<'_>,
    ) -> Result<Answered, ApiError> {
        let what = what(&request);
        let url = self.address(&request);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        headers.insert(AUTHORIZATION, self.authorization(access.token)?);
        if let Some(etag) = request.etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            headers.insert(IF_NONE_MATCH, etag);
        }
        if let Some((name, version)) = self.version {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(version));
        }
        let body = request.json.map(|json| Sent::Json(json.to_string().into_bytes()));
        let asked = Asked { method: request.method, url: &url, headers, body };
        self.outgoing.ask(asked, LONGEST).await.map_err(|error| ApiError::unreachable(&what, &error))
    }

    fn address(&self, request: &Request<'_>) -> String {
        let mut url = self.outgoing.base().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&request.path);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        url.into()
    }

    fn authorization(&self, token: &str) -> Result<HeaderValue, ApiError> {
        use base64::Engine as _;
        let text = match self.scheme {
            Scheme::Token => format!("token {token}"),
            Scheme::BasicOrBearer if token.contains(':') => {
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(token))
            }
            Scheme::Bearer | Scheme::BasicOrBearer => format!("Bearer {token}"),
        };
        let header = HeaderValue::from_str(&text);
        let mut header = header.map_err(|_| ApiError::unexpected("the API token is not one line of text"))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// For people: which request that was. Without its query, which is long.
fn what(request: &Request<'_>) -> String {
    format!("{} /{}", request.method, request.path.join("/"))
}

fn read<T: DeserializeOwned>(what: &str, body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        ApiError::unexpected(format!("the answer to {what} is not what it should be: {error}"))
    })
}

/// The parts of `owner/name`, and of a branch with slashes.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split('/')
}
