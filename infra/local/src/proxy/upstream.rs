//! One release as the proxy sees it: an address, its idle connections, and the requests that are on it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use domain::Digest;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{ConnectError, Connection};
use super::idle::Idle;
use crate::signals::Recorder;

/// How long requests that are cut off may take to notice, and a WebSocket to say goodbye.
const CUT_TIMEOUT: Duration = Duration::from_secs(2);

/// One release as the proxy sees it.
pub(crate) struct Upstream {
    artifact: Digest,
    address: SocketAddr,
    recorder: Arc<Recorder>,
    idle: Mutex<Idle<Connection>>,
    visits: TaskTracker,
    draining: CancellationToken,
    streams_over: CancellationToken,
    cut: CancellationToken,
    /// Within how long every WebSocket is closed.
    closing_span: OnceLock<Duration>,
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
            streams_over: CancellationToken::new(),
            cut: CancellationToken::new(),
            closing_span: OnceLock::new(),
        })
    }

    /// The release's artifact.
    pub(crate) fn artifact(&self) -> &Digest {
        &self.artifact
    }

    /// Waits until the last request has left, up to `requests`, and cuts off whatever stays longer. What has no end of
    /// its own gets one earlier: after `streams` event streams end, and by then every WebSocket has been closed.
    ///
    /// To be called when no lane leads here any more.
    pub(crate) async fn drain(&self, requests: Duration, streams: Duration) {
        let streams = streams.min(requests);
        let _ = self.closing_span.set(streams);
        self.draining.cancel();
        self.visits.close();
        // A request under way has a connection already; whoever needs another opens it.
        self.close_idle();
        if tokio::time::timeout(streams, self.visits.wait()).await.is_ok() {
            return;
        }
        self.streams_over.cancel();
        if tokio::time::timeout(requests - streams, self.visits.wait()).await.is_ok() {
            return;
        }
        tracing::warn!(artifact = %self.artifact, requests = self.visits.len(), "requests are cut off");
        self.cut.cancel();
        let _ = tokio::time::timeout(CUT_TIMEOUT, self.visits.wait()).await;
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

    /// Fires when event streams shall end.
    pub(super) fn streams_over(&self) -> &CancellationToken {
        &self.streams_over
    }

    /// Within how long every WebSocket is closed, once the release drains.
    pub(super) fn closing_span(&self) -> Duration {
        self.closing_span.get().copied().unwrap_or_default()
    }

    /// Fires when the time for draining is over.
    pub(super) fn cut(&self) -> &CancellationToken {
        &self.cut
    }

    /// An idle connection, the most recently used first. It is not known yet whether it is still open.
    pub(super) fn idle(&self) -> Option<Connection> {
        self.pool().take(Instant::now())
    }

    /// Takes a connection back whose answer has been read to the end.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.pool();
        // Looked at under the lock, so that none slips in after a drain has closed the others.
        if !self.draining.is_cancelled() {
            idle.put(connection, Instant::now());
        }
    }

    pub(super) fn close_idle(&self) {
        self.pool().clear();
    }

    fn pool(&self) -> MutexGuard<'_, Idle<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<Connection, ConnectError> {
        Connection::open(self.address).await
    }
}
