//! The wire: which service a request is for, and how it is answered or refused.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Shared, State, codedeploy, lambda, s3};

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

    /// A refusal, as each protocol tells it: the code in a header and in the body.
    pub(super) fn refused(status: u16, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let body = json!({ "__type": code, "Message": message, "message": message });
        Self { status, headers: vec![("x-amzn-errortype", code.to_owned())], body }
    }
}

/// A request, taken apart.
pub(super) struct Ask {
    /// The operation's name.
    pub(super) call: String,
    /// The parts of the path.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Ask {
    /// A text of the body; empty if it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

pub(super) async fn serve(shared: Arc<Shared>) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(move |request: Request| {
        let shared = shared.clone();
        async move { answer(&shared, request).await }
    });
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        // Whoever was killed still holds a connection: nothing to wait for.
        tokio::select! {
            _ = stopped => {}
            served = axum::serve(listener, router) => drop(served),
        }
    });
    (address, stop)
}

async fn answer(shared: &Shared, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap_or_default();
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let path: Vec<String> = parts.uri.path().trim_matches('/').split('/').map(unescaped).collect();
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let mut ask = Ask {
        call: String::new(),
        path,
        query: query.into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    ask.call = match &target {
        Some(target) => target.split('.').next_back().unwrap_or_default().to_owned(),
        None if ask.path.first().is_some_and(|first| first == lambda::API) => {
            lambda::call(parts.method.as_str(), &ask.path).to_owned()
        }
        None => "HeadObject".to_owned(),
    };
    let reply = {
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let kill = state.kill;
        match kill {
            Some(kill) if kill.after == 0 => {
                if kill.has_effect {
                    reply(&mut state, &ask, target.as_deref());
                }
                None
            }
            Some(mut kill) => {
                kill.after -= 1;
                state.kill = Some(kill);
                Some(reply(&mut state, &ask, target.as_deref()))
            }
            None => Some(reply(&mut state, &ask, target.as_deref())),
        }
    };
    match reply {
        Some(reply) => response(reply, target.is_some()),
        None => {
            shared.killed.notify_one();
            std::future::pending().await
        }
    }
}

fn reply(state: &mut State, ask: &Ask, target: Option<&str>) -> Reply {
    state.calls.push(ask.call.clone());
    state.settle();
    if let Some((status, code, message)) = state.refuse.get(&ask.call) {
        return Reply::refused(*status, code, message);
    }
    match target {
        Some(target) if target.starts_with("CodeDeploy_20141006.") => codedeploy::answer(state, ask),
        Some(target) => Reply::refused(400, "UnknownOperationException", format!("{target} is not here")),
        None if ask.path.first().is_some_and(|first| first == lambda::API) => lambda::answer(state, ask),
        None => s3::answer(state, ask),
    }
}

fn response(reply: Reply, is_json_1_1: bool) -> Response {
    let kind = if is_json_1_1 { "application/x-amz-json-1.1" } else { "application/json" };
    let mut response = Response::builder().status(reply.status).header("content-type", kind);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = if reply.body.is_null() { Body::empty() } else { Body::from(reply.body.to_string()) };
    response.body(body).expect("a response")
}

/// A part of a path without its escapes.
fn unescaped(part: &str) -> String {
    // A plus sign in a path is itself.
    let part = part.replace('+', "%2B");
    form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
