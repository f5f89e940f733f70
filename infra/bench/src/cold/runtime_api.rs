//! Lambda's side of a function: as much of its Runtime API as one invocation takes.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The version of the API that its paths begin with.
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";

/// A Runtime API that hands out one invocation at a time.
pub(super) struct RuntimeApi {
    address: String,
    state: Arc<Mutex<State>>,
}

/// The invocation that is to be handed out next, and who waits for its answer.
#[derive(Default)]
struct State {
    payload: Option<String>,
    asked: Option<Instant>,
    handed: Option<Instant>,
    answer: Option<oneshot::Sender<Result<Times>>>,
}

/// When a function asked for an invocation, got it, and had answered it.
type Times = (Instant, Instant, Instant);

/// An invocation that will be answered.
pub(super) struct Expected(oneshot::Receiver<Result<Times>>);

impl Expected {
    /// # Errors
    /// If the function answered that it failed.
    pub(super) async fn answered(&mut self) -> Result<Times> {
        (&mut self.0).await.context("nobody answers any more")?
    }
}

impl RuntimeApi {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let state: Arc<Mutex<State>> = Arc::default();
        tokio::spawn(serve(listener, state.clone()));
        Ok(Self { address, state })
    }

    /// Where it is, as a function is told.
    pub(super) fn address(&self) -> String {
        self.address.clone()
    }

    /// Hands this out to whoever asks first.
    pub(super) fn expect(&self, payload: String) -> Expected {
        let (answer, answered) = oneshot::channel();
        *lock(&self.state) = State { payload: Some(payload), answer: Some(answer), ..State::default() };
        Expected(answered)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, state.clone()));
    }
}

async fn connection(stream: TcpStream, state: Arc<Mutex<State>>) {
    // Without this an answer waits for the acknowledgement of the one before: 40 ms that no function takes.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let state = state.clone();
        async move { Ok::<_, Infallible>(answer(&state, request).await) }
    });
    // A connection that ends in an error is a function that was ended.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(state: &Mutex<State>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if parts.method == Method::GET {
        return match next(state) {
            Some(invocation) => invocation,
            // Lambda has a function wait for as long as there is nothing to do.
            None => std::future::pending().await,
        };
    }
    let said = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut state = lock(state);
    if let (Some(waiting), Some(asked), Some(handed)) = (state.answer.take(), state.asked, state.handed) {
        // Nobody waits any more if it took too long.
        let _ = waiting.send(outcome(&path, &said, (asked, handed, Instant::now())));
    }
    with_status(StatusCode::ACCEPTED)
}

/// The invocation, if it was not handed out yet.
fn next(state: &Mutex<State>) -> Option<Response<Full<Bytes>>> {
    let asked = Instant::now();
    let mut state = lock(state);
    let payload = state.payload.take()?;
    let mut response = Response::new(Full::from(payload));
    for (name, value) in [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:123456789012:function:keelson"),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),
        ("content-type", "application/json"),
    ] {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    state.asked = Some(asked);
    state.handed = Some(Instant::now());
    Some(response)
}

fn outcome(path: &str, said: &[u8], times: Times) -> Result<Times> {
    if path.starts_with(INVOCATION) && path.ends_with("/response") {
        return Ok(times);
    }
    bail!("the function failed: {}", String::from_utf8_lossy(said))
}

fn with_status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
