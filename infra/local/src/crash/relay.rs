//! Between the functions and the embedded store, when a crash before or after a write is wanted.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::CrashPoint;

/// The operations that write.
const WRITES: [&str; 4] = ["TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"];

/// Begins to pass requests on to the store, and answers where. It ends with the process.
pub(crate) async fn start(store: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new().fallback(pass).with_state(store);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the way to the store ended");
        }
    });
    Ok(address)
}

async fn pass(State(store): State<SocketAddr>, request: Request) -> Response {
    let operation = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let writes = operation.is_some_and(|it| WRITES.iter().any(|write| it.ends_with(&format!(".{write}"))));
    if writes {
        super::at(CrashPoint::BeforeCommit);
    }
    let answered = forward(store, request).await;
    match answered {
        Ok(answer) => {
            if writes && answer.status().is_success() {
                super::at(CrashPoint::AfterCommit);
            }
            answer
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn forward(
    store: SocketAddr,
    request: Request,
) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(store).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.map(Body::new))
}
