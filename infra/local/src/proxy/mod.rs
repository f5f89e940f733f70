//! The way in to one environment: a listener that forwards every request to the release chosen for it.
//!
//! The choice is made per request, not per connection, so a client that keeps its connection moves to a new release
//! with its next request.

mod body;
mod connection;
mod exchange;
mod forward;
mod headers;
mod idle;
mod lanes;
mod tunnel;
mod upstream;
mod websocket;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub(crate) use lanes::{Lane, Lanes};
pub(crate) use upstream::Upstream;

use crate::wire::Goodbye;

/// How long a connection may sit idle between two requests, and how long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a connection may still bring a request when the listener closes; the answer tells its client to connect
/// anew. Closing it at once could cross with a request on its way.
const LAST_REQUEST: Duration = Duration::from_secs(1);
/// How long requests may take that are under way when the listener closes.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when a connection cannot be accepted, which is when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener. Dropping it closes it; requests under way may finish.
pub(crate) struct Proxy {
    address: SocketAddr,
    closed: CancellationToken,
}

impl Proxy {
    /// Listens on a port and forwards to the given lanes.
    pub(crate) async fn listen(address: IpAddr, port: u16, lanes: Arc<Lanes>) -> io::Result<Self> {
        let listener = TcpListener::bind((address, port)).await?;
        let closed = CancellationToken::new();
        let proxy = Self { address: listener.local_addr()?, closed: closed.clone() };
        tokio::spawn(accept(listener, lanes, closed));
        Ok(proxy)
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

async fn accept(listener: TcpListener, lanes: Arc<Lanes>, closed: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closed.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::spawn(serve(stream, peer, lanes.clone(), closed.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, lanes: Arc<Lanes>, closed: CancellationToken) {
    // Without this a small answer may wait for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| async {
        let mut response = forward::forward(&lanes, peer.ip(), request).await;
        if closed.is_cancelled() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok::<_, Infallible>(response)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(Goodbye::new(stream)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        // A connection that ends in an error is a client that went away.
        _ = connection.as_mut() => return,
        () = closed.cancelled() => {}
    }
    if tokio::time::timeout(LAST_REQUEST, connection.as_mut()).await.is_ok() {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(CLOSING_TIMEOUT, connection).await;
}
