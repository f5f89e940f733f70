//! The one HTTP server: every function's routes, the uploads, and the panel.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use api::routes::FINISH_OIDC;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use edge::Core;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::LocalArtifacts;
use crate::wake::Wake;
use crate::wire::{self, Explained, Goodbye};
use crate::{panel_files, uploads};

/// How long a connection may sit idle between two requests, and how long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// How long to wait when a connection cannot be accepted, which is when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the server answers with.
pub(crate) struct Served {
    pub(crate) promotions: promotions::App,
    pub(crate) panel: panel::App,
    pub(crate) webhooks: webhooks::App,
    pub(crate) artifacts: LocalArtifacts,
    pub(crate) panel_files: Option<PathBuf>,
}

/// Takes an address for the server.
///
/// # Errors
/// If it is taken already, or not this machine's.
pub(crate) async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be listened on: stop what does, or choose another with --listen")
    })
}

/// Every route of the installation.
pub(crate) fn router(core: &Core, served: Served, wake: Wake) -> Router {
    let Served { promotions, panel, webhooks, artifacts, panel_files } = served;
    let routes = Router::new()
        .merge(uploads::router(promotions.clone(), artifacts))
        .merge(promotions::router(promotions))
        .merge(panel::router(panel))
        .merge(webhooks::router(webhooks))
        .fallback_service(panel_files::fallback(panel_files))
        .layer(from_fn_with_state(wake, wake_after));
    edge::middleware::stack(core, routes).layer(from_fn(wire::finish))
}

/// Whatever is not a question may have written events; so may the way back from the identity provider.
async fn wake_after(State(wake): State<Wake>, request: Request, next: Next) -> Response {
    let is_question = request.method().is_safe() && request.uri().path() != FINISH_OIDC.route.path;
    let response = next.run(request).await;
    if !is_question {
        wake.wake();
    }
    response
}

/// Serves until told to stop; then answers what is under way.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(answer(stream, peer, router.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Answers the requests on one connection.
async fn answer(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // Without this a small answer may wait for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(Explained::new(Goodbye::new(stream))), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // A connection that ends in an error is a client that went away.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
