//! The whole runtime, over HTTP, in a folder of its own.

mod secrets;
mod serving;
mod shipping;
mod starting;
mod wire;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use api::Endpoint;
use axum::body::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Options, Running, start};

async fn started(dir: &Path) -> Running {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    start(Options { listen, owner: "Ada".to_owned(), ..Options::new(dir.to_owned()) }).await.unwrap()
}

/// A request to a Keelson that runs.
struct Call {
    request: http::request::Builder,
    body: Vec<u8>,
}

impl Call {
    fn new(running: &Running, method: Method, path: &str) -> Self {
        let request = Request::builder().method(method).uri(running.address().join(path));
        Self { request, body: Vec::new() }
    }

    fn get(running: &Running, path: &str) -> Self {
        Self::new(running, Method::GET, path)
    }

    fn header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self { request: self.request.header(name.as_ref(), value.as_ref()), ..self }
    }

    fn json(self, body: &impl Serialize) -> Self {
        let call = self.header(CONTENT_TYPE, "application/json");
        Self { body: serde_json::to_vec(body).unwrap(), ..call }
    }

    fn bytes(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }

    /// By whoever started it, on the command line.
    fn by_owner(self, running: &Running) -> Self {
        self.header(AUTHORIZATION, format!("Bearer {}", token(running)))
    }

    async fn send(self) -> Response<Bytes> {
        let request = self.request.body(Full::new(Bytes::from(self.body))).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (parts, body) = client.request(request).await.unwrap().into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }
}

/// Calls an endpoint by whoever started it, who expects no problem.
async fn call<Q: Serialize, R: DeserializeOwned>(
    running: &Running,
    endpoint: &Endpoint<Q, R>,
    parameters: &[&str],
    body: Option<Q>,
) -> R {
    let method = endpoint.route.method.as_str().parse().unwrap();
    let mut call = Call::new(running, method, &endpoint.path(parameters)).by_owner(running);
    if let Some(body) = body {
        call = call.json(&body);
    }
    read(&call.send().await)
}

#[track_caller]
fn read<R: DeserializeOwned>(response: &Response<Bytes>) -> R {
    let text = String::from_utf8_lossy(response.body());
    assert!(response.status().is_success(), "{} {text}", response.status());
    serde_json::from_str(if text.is_empty() { "null" } else { &text }).unwrap()
}

fn token(running: &Running) -> String {
    fs::read_to_string(running.token_file()).unwrap().lines().next().unwrap().to_owned()
}
