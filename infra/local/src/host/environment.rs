//! One environment: brings about what was asked for last, one step at a time.
//!
//! A single task owns the state, so nothing here can happen at the same time. After every event it asks the
//! [`State`] what follows, writes that down, and only then does it; so a crash at any line is followed by the same
//! steps again.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Period;
use domain::drift::{ReadBack, phrases};
use domain::rollout::{FailureReport, TargetPhase, TargetRequest, TargetStatus};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::process::{ARTIFACT_VARIABLE, Happening, Origin, Surroundings, supervise};
use super::procfs::Running;
use super::state::{Fresh, Process, Stage, State};
use super::{Shared, housekeeping, port};
use crate::crash::{self, CrashPoint};
use crate::proxy::{Lane, Lanes, Proxy, Upstream};
use crate::{files, random};

/// How soon to try again to listen on a port that somebody else has.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// How long requests in flight may take when everything is stopped.
const LAST_DRAIN: Duration = Duration::from_secs(5);

/// What the outside shares with the task of an environment.
pub(super) struct Inbox {
    /// The newest request.
    pub(super) requests: watch::Receiver<TargetRequest>,
    /// What callers see.
    pub(super) status: Arc<Mutex<TargetStatus>>,
    /// Fires when every process shall end.
    pub(super) stop: CancellationToken,
}

/// The task of one environment.
pub(super) struct Environment {
    shared: Arc<Shared>,
    surroundings: Arc<Surroundings>,
    inbox: Inbox,
    path: PathBuf,
    state: State,
    /// What of the state is on disk.
    saved: Vec<u8>,
    lanes: Arc<Lanes>,
    listeners: Vec<Proxy>,
    handles: HashMap<String, Handle>,
    /// Whether the processes of an earlier Keelson have yet to show that they are well.
    restoring: bool,
    happenings: mpsc::UnboundedReceiver<(String, Happening)>,
    happened: mpsc::UnboundedSender<(String, Happening)>,
    drained: mpsc::UnboundedReceiver<Arc<Upstream>>,
    has_drained: mpsc::UnboundedSender<Arc<Upstream>>,
}

/// A process that is being watched.
struct Handle {
    stop: CancellationToken,
    /// Where the proxy reaches it; replaced when a draining process is taken back.
    upstream: Option<Arc<Upstream>>,
    /// The ways to it that nothing new takes. There are several when it was taken back and left again, while a request
    /// of the first time is still under way: it may end only when the last of them is empty.
    draining: Vec<Arc<Upstream>>,
}

impl Environment {
    pub(super) fn new(
        shared: Arc<Shared>,
        surroundings: Surroundings,
        inbox: Inbox,
        path: PathBuf,
        state: State,
    ) -> Self {
        let (happened, happenings) = mpsc::unbounded_channel();
        let (has_drained, drained) = mpsc::unbounded_channel();
        Self {
            lanes: Lanes::new(&surroundings.service, &surroundings.environment),
            surroundings: Arc::new(surroundings),
            shared,
            inbox,
            path,
            state,
            saved: Vec::new(),
            listeners: Vec::new(),
            handles: HashMap::new(),
            restoring: false,
            happenings,
            happened,
            drained,
            has_drained,
        }
    }

    /// Works until Keelson lets go or everything shall stop. `found` are the processes of an earlier Keelson.
    pub(super) async fn run(mut self, found: HashMap<String, Running>) {
        self.adopt(found);
        let (stop, let_go) = (self.inbox.stop.clone(), self.surroundings.let_go.clone());
        loop {
            let newest = self.inbox.requests.borrow_and_update().clone();
            self.state.accept(newest);
            self.advance().await;
            let pause = self.pause();
            tokio::select! {
                changed = self.inbox.requests.changed() => if changed.is_err() { return },
                Some((run, happening)) = self.happenings.recv() => self.take_in(&run, happening),
                Some(upstream) = self.drained.recv() => self.take_in_drained(&upstream),
                () = tokio::time::sleep(pause) => {}
                () = let_go.cancelled() => return,
                () = stop.cancelled() => return self.stop_everything().await,
            }
        }
    }

    /// Takes over what still runs; the rest is as good as stopped by itself, and starts anew if it is needed.
    fn adopt(&mut self, mut found: HashMap<String, Running>) {
        self.restoring = self.state.processes.iter().any(|process| process.serves);
        if self.restoring {
            self.lanes.expect();
        }
        let mut kept = Vec::new();
        for process in std::mem::take(&mut self.state.processes) {
            let running = found.remove(&process.run).or_else(|| identified(&process));
            let genuine = running
                .filter(|running| running.variable(ARTIFACT_VARIABLE) == Some(process.artifact.to_string()));
            match (running, genuine) {
                (_, Some(running)) => {
                    self.watch(process.clone(), Origin::Found(running));
                    kept.push(process);
                }
                (stray, None) => {
                    // It has ended, or it is ours but not what it is recorded as.
                    housekeeping::end_strays(stray.into_iter().collect(), self.surroundings.grace);
                    let log = self.surroundings.log.clone();
                    tokio::spawn(log.spool(&process.run).finish(log, process.artifact));
                    if process.serves {
                        kept.push(process.again((self.shared.now)(), fresh()));
                    }
                }
            }
        }
        self.state.processes = kept;
        housekeeping::clear_temporary(&self.surroundings.releases);
    }

    /// Decides, writes down, does.
    async fn advance(&mut self) {
        self.listen().await;
        let now = (self.shared.now)();
        let reached = self.state.advance(now, fresh);
        if reached && let Some(port) = self.state.target().and_then(|target| target.port) {
            self.state.port = Some(port);
        }
        self.save().await;
        crash::at(CrashPoint::Decided);
        self.realize();
        self.publish();
        if reached {
            self.tidy();
            // A port that is left is left now, not with whatever happens next.
            self.listen().await;
        }
    }

    /// Starts, takes back, drains and stops processes, and moves traffic, as the state says.
    fn realize(&mut self) {
        for process in self.state.processes.clone() {
            if !self.handles.contains_key(&process.run) && matches!(process.stage, Stage::Starting) {
                let archive = self.shared.artifacts.path(&process.artifact);
                self.watch(process.clone(), Origin::New(archive));
            }
            let Some(handle) = self.handles.get_mut(&process.run) else { continue };
            match process.stage {
                Stage::Ready if handle.upstream.is_none() => {
                    handle.upstream = Some(upstream(&self.shared, &self.surroundings, &process));
                }
                Stage::Stopping => {
                    crash::at(CrashPoint::BeforeStop);
                    handle.stop.cancel();
                }
                Stage::Starting | Stage::Ready | Stage::Draining | Stage::Exited { .. } => {}
            }
        }
        self.route();
        if self.state.processes.iter().any(|process| process.stage == Stage::Draining) {
            crash::at(CrashPoint::BeforeDrain);
        }
        for process in &self.state.processes {
            let Some(handle) = self.handles.get_mut(&process.run) else { continue };
            // Only now, when no lane leads there any more.
            if process.stage == Stage::Draining
                && let Some(upstream) = handle.upstream.take()
            {
                handle.draining.push(upstream.clone());
                let (requests, streams) = (process.target.drain.std(), process.target.drain_streams.std());
                let done = self.has_drained.clone();
                tokio::spawn(async move {
                    upstream.drain(requests, streams).await;
                    let _ = done.send(upstream);
                });
            }
        }
    }

    fn route(&mut self) {
        let lane = |(process, weight): (&Process, _)| {
            let upstream = self.handles.get(&process.run)?.upstream.clone()?;
            Some(Lane { upstream, weight })
        };
        let lanes: Vec<Lane> = self.state.serving().filter_map(lane).collect();
        // After a restart requests wait until the first release has been found again.
        self.restoring &= lanes.is_empty();
        if !self.restoring {
            self.lanes.switch(lanes);
        }
    }

    fn watch(&mut self, process: Process, origin: Origin) {
        let run = process.run.clone();
        let stop = supervise(self.surroundings.clone(), process, origin, self.happened.clone());
        self.handles.insert(run, Handle { stop, upstream: None, draining: Vec::new() });
    }

    fn take_in(&mut self, run: &str, happening: Happening) {
        let now = (self.shared.now)();
        match happening {
            Happening::Started(identity, folder) => {
                if let Some(process) = self.state.process(run) {
                    process.identity = Some(identity);
                    process.folder = folder;
                }
            }
            Happening::ReadBack(found) => {
                self.report_read_back(run, &found);
                if let Some(process) = self.state.process(run) {
                    process.read_back = Some(found);
                }
            }
            Happening::Ready => self.state.became_ready(run),
            Happening::LostPort(report) => {
                self.handles.remove(run);
                if self.state.lost_port(run, now, fresh) {
                    tracing::warn!(
                        run,
                        "somebody else took the port of a process, which is started again on another"
                    );
                } else {
                    self.take_in_exit(run, report, now);
                }
            }
            Happening::Exited(report) => {
                self.handles.remove(run);
                self.take_in_exit(run, report, now);
            }
            Happening::Stopped => {
                self.handles.remove(run);
                self.state.stopped(run);
            }
        }
    }

    fn take_in_exit(&mut self, run: &str, report: FailureReport, now: Timestamp) {
        self.restoring = false;
        self.report_exit(run, &report);
        self.state.exited(run, report, now);
    }

    fn take_in_drained(&mut self, upstream: &Arc<Upstream>) {
        for (run, handle) in &mut self.handles {
            let before = handle.draining.len();
            handle.draining.retain(|one| !Arc::ptr_eq(one, upstream));
            if handle.draining.len() < before && handle.draining.is_empty() {
                self.state.drained(run);
            }
        }
    }

    fn report_exit(&self, run: &str, report: &FailureReport) {
        let Surroundings { service, environment, .. } = &*self.surroundings;
        tracing::warn!(%service, %environment, run, "{}", report.summary);
    }

    fn report_read_back(&self, run: &str, found: &ReadBack) {
        let Surroundings { service, environment, .. } = &*self.surroundings;
        if found.departs() {
            let what = phrases(&found.findings, found.more);
            tracing::warn!(%service, %environment, run, "what runs is not what was promoted: {what}");
        }
    }

    /// Sees to it that the proxy listens where it should.
    async fn listen(&mut self) {
        if self.state.phase != TargetPhase::Applying
            && let Some(port) = self.state.port
        {
            // The request has been reached, or never will be: the other's port is left.
            self.listeners.retain(|listener| listener.port() == port);
        }
        if self.listens() {
            return;
        }
        let Some(port) = self.port().or_else(|| port::free(self.shared.bind).ok()) else { return };
        match Proxy::listen(self.shared.bind, port, self.lanes.clone()).await {
            Ok(listener) => {
                self.state.port.get_or_insert(port);
                self.listeners.push(listener);
            }
            Err(error) => {
                tracing::warn!(port, %error, "the proxy cannot listen");
                if self.state.target().and_then(|target| target.port).is_none() {
                    // A port of our own choice may change; one that the team has chosen may not.
                    self.state.port = None;
                } else if self.state.phase == TargetPhase::Applying {
                    let summary = format!("The proxy cannot listen on port {port}: {error}.");
                    self.state.fail(FailureReport { summary, ..FailureReport::default() });
                }
            }
        }
    }

    /// Where the proxy should listen; anywhere if that does not matter yet.
    fn port(&self) -> Option<u16> {
        let (given, in_force) = (self.state.target().and_then(|target| target.port), self.state.port);
        match self.state.phase {
            TargetPhase::Applying => given.or(in_force),
            TargetPhase::Settled | TargetPhase::Failed { .. } => in_force.or(given),
        }
    }

    fn listens(&self) -> bool {
        self.port().is_some_and(|port| self.listeners.iter().any(|listener| listener.port() == port))
    }

    /// How long nothing needs doing unless something happens.
    fn pause(&self) -> Duration {
        let now = (self.shared.now)();
        let retry = self.state.next_retry().map(|at| Period::between(now, at).std());
        let listen = (!self.listens()).then_some(LISTEN_AGAIN);
        retry.into_iter().chain(listen).min().unwrap_or(Duration::MAX)
    }

    async fn save(&mut self) {
        let Ok(bytes) = serde_json::to_vec_pretty(&self.state) else { return };
        if bytes == self.saved {
            return;
        }
        let (path, content) = (self.path.clone(), bytes.clone());
        match files::blocking(move || files::write_durably(&path, &content)).await {
            Ok(()) => self.saved = bytes,
            // Serving goes before remembering; the next step tries again.
            Err(error) => tracing::error!(%error, "the state of an environment cannot be written"),
        }
    }

    /// Tells callers what has become of their request.
    fn publish(&self) {
        let port = self.state.port.filter(|port| self.listeners.iter().any(|it| it.port() == *port));
        let status = TargetStatus {
            sequence: self.state.request.sequence,
            phase: self.state.phase.clone(),
            releases: self.state.releases(),
            address: port.map(|port| format!("http://{}", SocketAddr::new(self.shared.public(), port))),
        };
        {
            let mut published = self.inbox.status.lock().unwrap_or_else(PoisonError::into_inner);
            // A request that came meanwhile has been promised already.
            if *published == status || published.sequence > status.sequence {
                return;
            }
            *published = status;
        }
        (self.shared.on_change)(&self.surroundings.service, &self.surroundings.environment);
    }

    /// Removes releases that are long gone.
    fn tidy(&self) {
        let used =
            self.state.processes.iter().map(|process| (process.artifact, process.folder.clone())).collect();
        let now = (self.shared.now)().into();
        housekeeping::remove_old_releases(self.surroundings.releases.clone(), used, now);
    }

    /// Ends every process, each after its requests. What was asked for stays asked for, so a later start resumes it.
    async fn stop_everything(mut self) {
        self.listeners.clear();
        self.lanes.switch(Vec::new());
        for handle in self.handles.values() {
            let (stop, upstream) = (handle.stop.clone(), handle.upstream.clone());
            tokio::spawn(async move {
                if let Some(upstream) = upstream {
                    upstream.drain(LAST_DRAIN, LAST_DRAIN / 5).await;
                }
                stop.cancel();
            });
        }
        while !self.handles.is_empty() {
            let Some((run, happening)) = self.happenings.recv().await else { return };
            if let Happening::Exited(_) | Happening::LostPort(_) | Happening::Stopped = happening {
                self.handles.remove(&run);
            }
        }
    }
}

fn fresh() -> Fresh {
    // Port 0 cannot be listened on, so a machine without free ports shows in the process's own words.
    Fresh { run: random::hex::<8>(), port: port::free(Ipv4Addr::LOCALHOST.into()).unwrap_or_default() }
}

fn upstream(shared: &Shared, surroundings: &Surroundings, process: &Process) -> Arc<Upstream> {
    let Surroundings { service, environment, .. } = surroundings;
    let recorder = shared.signals.recorder(service, environment, process.artifact);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process.port));
    Upstream::new(process.artifact, address, recorder)
}

/// The recorded process, if it still runs.
fn identified(process: &Process) -> Option<Running> {
    let identity = process.identity?;
    Running::find(identity.pid).filter(|running| running.started == identity.started)
}
