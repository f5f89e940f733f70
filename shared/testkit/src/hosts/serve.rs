//! HTTP for the hosts: a request taken apart, a reply put together.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use domain::connection::HostKind;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::state::State;
use super::{TOKEN, bitbucket, gitea, github, gitlab};

/// A request, taken apart.
pub(super) struct Ask {
    pub(super) method: String,
    /// The parts of the path below the API's own, unescaped.
    pub(super) path: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
    pub(super) if_none_match: Option<String>,
    pub(super) url: String,
}

impl Ask {
    /// The page that is asked for, of a list, and whether there is another after it.
    pub(super) fn page<T: Clone>(&self, all: &[T], size: &str, default: usize) -> (Vec<T>, bool) {
        let number = |name: &str| self.query.get(name).and_then(|text| text.parse::<usize>().ok());
        let (size, page) = (number(size).unwrap_or(default).max(1), number("page").unwrap_or(1).max(1));
        let end = (page * size).min(all.len());
        (all.get((page - 1) * size..end).unwrap_or_default().to_vec(), end < all.len())
    }
}

/// What is answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    pub(super) fn created(body: Value) -> Self {
        Self { status: 201, ..Self::ok(body) }
    }

    pub(super) fn refused(status: u16, message: &str) -> Self {
        Self { status, ..Self::ok(json!({ "message": message })) }
    }

    pub(super) fn not_found() -> Self {
        Self::refused(404, "Not Found")
    }

    /// Something with a mark, which is not told again to whoever has it.
    pub(super) fn marked(ask: &Ask, body: Value) -> Self {
        let etag = format!("W/\"{:x}\"", hash(&body.to_string()));
        let headers = vec![("etag", etag.clone())];
        match ask.if_none_match.as_ref() == Some(&etag) {
            true => Self { status: 304, headers, body: Value::Null },
            false => Self { status: 200, headers, body },
        }
    }
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Serves a host, until what is given back is dropped.
pub(super) async fn serve(kind: HostKind, state: Arc<Mutex<State>>) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(move |request: Request| {
        let state = state.clone();
        async move { answer(kind, &state, request).await }
    });
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let until_dropped = async {
            stopped.await.ok();
        };
        axum::serve(listener, router).with_graceful_shutdown(until_dropped).await.ok();
    });
    (address, stop)
}

async fn answer(kind: HostKind, state: &Mutex<State>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap_or_default();
    let header =
        |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // `/api/v3` and the like are two parts, Bitbucket's `/2.0` is one.
    let own = if kind == HostKind::Bitbucket { 1 } else { 2 };
    let path = parts.uri.path().split('/').skip(1 + own).map(unescaped).collect();
    let query = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let ask = Ask {
        method: parts.method.to_string(),
        path,
        query: query.map(|(name, value)| (unescaped(name), unescaped(value))).collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        if_none_match: header("if-none-match"),
        url: parts.uri.path().to_owned(),
    };
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let line = format!("{} /{}", ask.method, ask.path.join("/"));
    state.requests.push(line.clone());
    let is_lost = state.lose.as_ref().is_some_and(|part| line.contains(part));
    let refused = state.refuse.iter().find(|(part, _)| line.contains(*part)).map(|(_, status)| *status);
    let reply = if let Some((status, headers)) = state.refuse_all.clone() {
        Reply { headers, ..Reply::refused(status, "no") }
    } else if let Some(status) = refused {
        Reply::refused(status, "no")
    } else if header("authorization").is_none_or(|given| !is_token(kind, &given)) {
        Reply::refused(401, "Bad credentials")
    } else {
        match kind {
            HostKind::GitHub => github::answer(&mut state, &ask),
            HostKind::GitLab => gitlab::answer(&mut state, &ask),
            HostKind::Gitea => gitea::answer(&mut state, &ask),
            HostKind::Bitbucket => bitbucket::answer(&mut state, &ask),
        }
    };
    if is_lost {
        state.lose = None;
        return response(Reply::refused(502, "the answer is lost"));
    }
    response(reply)
}

fn is_token(kind: HostKind, given: &str) -> bool {
    match kind {
        HostKind::GitHub | HostKind::GitLab => given == format!("Bearer {TOKEN}"),
        HostKind::Gitea => given == format!("token {TOKEN}"),
        HostKind::Bitbucket => {
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("keelson:{TOKEN}"));
            given == format!("Bearer {TOKEN}") || given == format!("Basic {basic}")
        }
    }
}

fn response(reply: Reply) -> Response {
    let mut response = Response::builder().status(reply.status).header("content-type", "application/json");
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = if reply.body.is_null() { Body::empty() } else { Body::from(reply.body.to_string()) };
    response.body(body).expect("a response")
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut left = text.bytes();
    while let Some(byte) = left.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: String = left.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'%')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
