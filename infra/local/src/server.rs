//! The one HTTP server: every function's routes, the uploads, and the panel.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use edge::Core;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::LocalArtifacts;
use crate::wake::Wake;
use crate::{panel_files, uploads};

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
    edge::middleware::stack(core, routes)
}

/// Whatever is not a question may have written events.
async fn wake_after(State(wake): State<Wake>, request: Request, next: Next) -> Response {
    let is_question = request.method().is_safe();
    let response = next.run(request).await;
    if !is_question {
        wake.wake();
    }
    response
}

/// Serves until told to stop; then answers what is under way.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    // Without this a small answer may wait for the client's acknowledgement of the one before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection was closed before it began");
        }
    });
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the server ended");
    }
}
