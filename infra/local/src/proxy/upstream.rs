//! One release as the proxy sees it: an address, its open connections, and the requests that are on it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::Digest;
use http_body_util::{Either, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::signals::Recorder;

/// A connection idle for longer is not used again: services close theirs after 5 s, and the two must not cross.
const IDLE: Duration = Duration::from_secs(2);
/// Idle connections kept per release.
const MOST_IDLE: usize = 128;
/// How long a connection on this machine may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long requests that are cut off may take to notice.
const CUT_TIMEOUT: Duration = Duration::from_secs(1);

/// What is sent to a release: nothing, or the client's own stream.
pub(super) type RequestBody = Either<Empty<Bytes>, Incoming>;
/// One open connection to a release.
pub(super) type Connection = SendRequest<RequestBody>;

/// One release as the proxy sees it.
pub(crate) struct Upstream {
    artifact: Digest,
    address: SocketAddr,
    recorder: Arc<Recorder>,
    idle: Mutex<Vec<(Connection, Instant)>>,
    visits: TaskTracker,
    draining: CancellationToken,
    cut: CancellationToken,
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upstream({:?} at {}, {} requests)", self.artifact, self.address, self.visits.len())
    }
}

impl Upstream {
    /// A release that listens there.
    pub(crate) fn new(artifact: Digest, address: SocketAddr, recorder: Arc<Recorder>) -> Arc<Self> {
        Arc::new(Self {
            artifact,
            address,
            recorder,
            idle: Mutex::default(),
            visits: TaskTracker::new(),
            draining: CancellationToken::new(),
            cut: CancellationToken::new(),
        })
    }

    /// The release's artifact.
    pub(crate) fn artifact(&self) -> &Digest {
        &self.artifact
    }

    /// Waits until the last request has left; cuts off those that stay past the deadline.
    ///
    /// To be called when no lane leads here any more. A WebSocket is closed at once, since it has no end of its own.
    pub(crate) async fn drain(&self, deadline: Duration) {
        self.draining.cancel();
        self.visits.close();
        if tokio::time::timeout(deadline, self.visits.wait()).await.is_err() {
            tracing::warn!(artifact = %self.artifact, requests = self.visits.len(), "requests are cut off");
            self.cut.cancel();
            let _ = tokio::time::timeout(CUT_TIMEOUT, self.visits.wait()).await;
        }
        // Now, not earlier: a request under way may have needed a second connection.
        self.close_idle();
    }

    pub(super) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    pub(super) fn visits(&self) -> &TaskTracker {
        &self.visits
    }

    /// Fires when no new request comes: whatever has no end of its own should come to one.
    pub(super) fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Fires when the time for draining is over.
    pub(super) fn cut(&self) -> &CancellationToken {
        &self.cut
    }

    /// An idle connection, the most recently used first.
    pub(super) fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((connection, since)) = idle.pop() {
            if since.elapsed() > IDLE {
                // It was the youngest, so all others are too old as well.
                idle.clear();
            } else if connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Takes a connection back once its answer has been read to the end.
    pub(super) fn give_back(self: &Arc<Self>, mut connection: Connection) {
        let this = self.clone();
        tokio::spawn(async move {
            if connection.ready().await.is_err() {
                return;
            }
            let mut idle = this.idle.lock().unwrap_or_else(PoisonError::into_inner);
            // Looked at under the lock, so that none slips in after a drain has closed the others.
            if idle.len() < MOST_IDLE && !this.draining.is_cancelled() {
                idle.push((connection, Instant::now()));
            }
        });
    }

    pub(super) fn close_idle(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<Connection, ConnectError> {
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(self.address)).await??;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Its end is seen by whoever sends on it.
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
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
