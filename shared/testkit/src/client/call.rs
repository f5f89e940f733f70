//! One request.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;

use api::endpoint::percent_encode;
use axum::body::{Body, to_bytes};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::Serialize;
use tower::ServiceExt as _;

use super::{Answer, Client, checks};

/// A request that is made when it is awaited.
#[must_use = "nothing is sent until it is awaited"]
pub struct Call<Q, R> {
    client: Client,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    types: PhantomData<fn(Q) -> R>,
}

impl<Q, R> Call<Q, R> {
    pub(super) fn new(client: Client, method: Method, target: String) -> Self {
        Self { client, method, target, headers: HeaderMap::new(), body: Vec::new(), types: PhantomData }
    }

    /// With that body, as JSON.
    ///
    /// # Panics
    /// If it cannot be written as JSON.
    pub fn json(self, body: &Q) -> Self
    where
        Q: Serialize,
    {
        let body = serde_json::to_vec(body).expect("a body that can be written as JSON");
        self.bytes(body).header("content-type", "application/json")
    }

    /// With that body, byte for byte, and no content type.
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With that text as body, said to be JSON, whatever it is.
    pub fn json_text(self, body: &str) -> Self {
        self.bytes(body).header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// With one more parameter in the query.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        let separator = if self.target.contains('?') { '&' } else { '?' };
        self.target.push(separator);
        self.target.push_str(&format!("{}={}", percent_encode(name), percent_encode(&value.to_string())));
        self
    }

    /// With that header, in place of one of the same name.
    ///
    /// # Panics
    /// If it is none.
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.insert(name, HeaderValue::from_str(value.as_ref()).expect("a header's value"));
        self
    }

    /// With those headers.
    pub fn headers<'a>(self, headers: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        headers.into_iter().fold(self, |call, (name, value)| call.header(name, value))
    }

    async fn send(self) -> Answer<R> {
        let what = format!("{} {}", self.method, self.target);
        let mut headers = self.client.credentials().await;
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.parse().expect("an address");
        *request.headers_mut() = headers;
        let Ok(response) = self.client.router.oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole answer");
        checks::check(&what, &parts, &body);
        Answer::new(what, parts, body)
    }
}

impl<Q, R> IntoFuture for Call<Q, R>
where
    Q: 'static,
    R: 'static,
{
    type Output = Answer<R>;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer<R>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
