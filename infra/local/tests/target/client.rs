//! An HTTP client that keeps one connection and shows everything.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// One connection.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What the client would send as its cookie from now on.
    pub(crate) fn cookie(&self) -> Option<String> {
        let cookie = self.headers.get("set-cookie")?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_owned())
    }
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection.with_upgrades());
        Self { sender }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    pub(crate) async fn send(&mut self, request: http::request::Builder, body: &str) -> Answer {
        self.try_send(request, body).await.unwrap()
    }

    pub(crate) async fn try_send(
        &mut self,
        request: http::request::Builder,
        body: &str,
    ) -> Result<Answer, hyper::Error> {
        let response = self.open(request, body).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// Sends a request and returns with the head of the answer.
    pub(crate) async fn open(
        &mut self,
        request: http::request::Builder,
        body: &str,
    ) -> Result<http::Response<Incoming>, hyper::Error> {
        self.sender.ready().await?;
        let request = request.header("host", "shop.test").body(Full::from(body.to_owned())).unwrap();
        let answered = self.sender.send_request(request);
        tokio::time::timeout(Duration::from_secs(60), answered).await.expect("an answer in time")
    }
}
