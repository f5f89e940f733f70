//! One connection to a release, driven by the request that uses it.
//!
//! The connection has no task of its own: whoever waits for an answer also does the reading and writing. So nothing
//! is handed from thread to thread on the way of a request, which is most of what a proxy costs.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Empty};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a connection on this machine may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// What is sent to a release: nothing, or the client's own stream.
pub(super) type RequestBody = Either<Empty<Bytes>, Incoming>;

/// One connection to a release.
pub(super) struct Connection {
    sender: SendRequest<RequestBody>,
    driver: Driver,
}

/// The reading and writing.
struct Driver {
    http: http1::Connection<TokioIo<TcpStream>, RequestBody>,
    has_ended: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there, or does not accept in time.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, ConnectError> {
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await??;
        // Without this a small request may wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        let (sender, http) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver: Driver { http, has_ended: false } })
    }

    /// Whether an idle connection is still open, as far as this end knows.
    pub(super) async fn is_open(&mut self) -> bool {
        poll_fn(|context| Poll::Ready(self.is_idle(context))).await
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// With the request if nothing of it was sent.
    pub(super) async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, TrySendError<Request<RequestBody>>> {
        let mut answer = pin!(self.sender.try_send_request(request));
        let driver = &mut self.driver;
        poll_fn(|context| {
            driver.poll(context);
            answer.as_mut().poll(context)
        })
        .await
    }

    /// Reads and writes what can be read and written now.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        self.driver.poll(context);
    }

    /// Whether the connection is ready for another request.
    pub(super) fn is_idle(&mut self, context: &mut Context<'_>) -> bool {
        self.drive(context);
        !self.driver.has_ended && self.sender.is_ready()
    }

    /// The bare connection, for a tunnel, and what has been read from it already.
    pub(super) fn into_stream(self) -> (TcpStream, Bytes) {
        let parts = self.driver.http.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }
}

impl Driver {
    fn poll(&mut self, context: &mut Context<'_>) {
        // How it ended is told to whoever waits for an answer on it.
        if !self.has_ended {
            self.has_ended = Pin::new(&mut self.http).poll(context).is_ready();
        }
    }
}

/// Why a release cannot be reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("no connection in time")]
    TimedOut(#[from] tokio::time::error::Elapsed),
    #[error(transparent)]
    Refused(#[from] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}
