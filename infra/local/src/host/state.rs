//! What is known of an environment and what shall become of it: decisions only, no process and no file.
//!
//! Everything here but [`Stage`] is kept on disk. After every event [`State::advance`] is asked what follows; it is
//! idempotent, so it may be asked at any time.

use domain::drift::ReadBack;
use domain::manifest::ProcessTarget;
use domain::rollout::{Condition, FailureReport, ReleaseStatus, Share, TargetPhase, TargetRequest};
use domain::{Digest, Period, Weight};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The wait before a process that stopped is started again; it doubles with every failure in a row.
const FIRST_PAUSE: Period = Period::millis(200);
const LONGEST_PAUSE: Period = Period::seconds(30);
/// How often in a row a process whose port somebody else took is started on another.
const MOST_PORTS_LOST: u8 = 3;
/// A process that served for so long is not counted as failing in a row.
const STEADY: Period = Period::seconds(60);

/// One environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The newest request taken up.
    pub(super) request: TargetRequest,
    /// How far it is.
    pub(super) phase: TargetPhase,
    /// Whether the request asks for the same shares run differently, so that running processes do not do.
    replace: bool,
    /// The shares in force: those of the last request that was reached.
    pub(super) in_force: Vec<Share>,
    /// The processes, those first started first.
    pub(super) processes: Vec<Process>,
    /// The proxy's port in force.
    pub(super) port: Option<u16>,
}

/// One process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Process {
    /// Names this process among all that ever ran here.
    pub(super) run: String,
    pub(super) artifact: Digest,
    /// How it was started. A request that moves shares leaves it as it is.
    pub(super) target: ProcessTarget,
    /// Where it listens.
    pub(super) port: u16,
    /// Its pid and start time, once it is started.
    pub(super) identity: Option<Identity>,
    /// Since when it runs.
    pub(super) since: Timestamp,
    /// Whether users depend on it.
    pub(super) serves: bool,
    /// Failures in a row.
    failures: u32,
    /// How often in a row somebody else had taken its port before it listened there.
    #[serde(skip)]
    ports_lost: u8,
    /// Whether its files were tampered with when a newer request came: another process takes its place.
    #[serde(default)]
    stale: bool,
    /// The folder below the environment's releases that it runs in, once that is known.
    #[serde(default)]
    pub(super) folder: Option<String>,
    #[serde(skip)]
    pub(super) stage: Stage,
    /// What was last found of its files and its answers.
    #[serde(skip)]
    pub(super) read_back: Option<ReadBack>,
}

/// What identifies a process until the next boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) pid: u32,
    /// Clock ticks since boot.
    pub(super) started: u64,
}

/// Where a process is in its life.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Stage {
    /// To be started, or found again, or not ready yet.
    #[default]
    Starting,
    Ready,
    /// Gets no new requests.
    Draining,
    /// Told to stop.
    Stopping,
    /// Stopped by itself.
    Exited {
        report: FailureReport,
        /// When it is started again, if it is.
        retry_at: Option<Timestamp>,
    },
}

/// What a new process needs from outside: a name and a port.
pub(super) struct Fresh {
    pub(super) run: String,
    pub(super) port: u16,
}

impl State {
    /// An environment in which nothing runs yet.
    pub(super) fn new(request: TargetRequest) -> Self {
        Self {
            request,
            phase: TargetPhase::Applying,
            replace: false,
            in_force: Vec::new(),
            processes: Vec::new(),
            port: None,
        }
    }

    /// Takes up a newer request. Whatever the one before was waiting for is off.
    pub(super) fn accept(&mut self, request: TargetRequest) {
        if request.sequence <= self.request.sequence {
            return;
        }
        // A request that moves shares must not restart what runs: a rollback would wait for it. One that moves none
        // has come because of how to run them.
        let unfinished = self.replace && self.phase != TargetPhase::Settled;
        let runs_otherwise = request.target != self.request.target || unfinished;
        self.replace = request.shares == self.in_force && runs_otherwise;
        self.request = request;
        self.phase = TargetPhase::Applying;
        self.processes.retain(|process| process.serves || !matches!(process.stage, Stage::Exited { .. }));
        for process in &mut self.processes {
            // Whatever is asked for, files that somebody has changed are not what is meant.
            process.stale |= process.read_back.as_ref().is_some_and(ReadBack::departs);
            if let Stage::Exited { retry_at: Some(at), .. } = &mut process.stage {
                *at = Timestamp::MIN;
            }
        }
    }

    /// How the request says to run a release. `None` for what is no process, which was refused before it came here.
    pub(super) fn target(&self) -> Option<&ProcessTarget> {
        self.request.target.process()
    }

    /// Decides everything that follows from what is known. `true` if the request has just been reached.
    pub(super) fn advance(&mut self, now: Timestamp, mut fresh: impl FnMut() -> Fresh) -> bool {
        self.retry(now, &mut fresh);
        let mut reached = false;
        if self.phase == TargetPhase::Applying {
            self.begin_missing(now, &mut fresh);
            reached = self.try_switch();
        }
        self.end_surplus();
        reached
    }

    /// When to call [`Self::advance`] again though nothing has happened.
    pub(super) fn next_retry(&self) -> Option<Timestamp> {
        let retries = self.processes.iter().filter_map(|process| match process.stage {
            Stage::Exited { retry_at, .. } => retry_at,
            Stage::Starting | Stage::Ready | Stage::Draining | Stage::Stopping => None,
        });
        retries.min()
    }

    /// The request cannot be reached.
    pub(super) fn fail(&mut self, report: FailureReport) {
        self.phase = TargetPhase::Failed { report };
    }

    /// The process of that name.
    pub(super) fn process(&mut self, run: &str) -> Option<&mut Process> {
        self.processes.iter_mut().find(|process| process.run == run)
    }

    /// A process can serve requests.
    pub(super) fn became_ready(&mut self, run: &str) {
        if let Some(process) = self.process(run)
            && process.stage == Stage::Starting
        {
            process.stage = Stage::Ready;
            process.ports_lost = 0;
        }
    }

    /// A process has ended without being told to.
    pub(super) fn exited(&mut self, run: &str, report: FailureReport, now: Timestamp) {
        let Some(index) = self.processes.iter().position(|process| process.run == run) else { return };
        let applying = self.phase == TargetPhase::Applying;
        let was_starting = self.processes[index].stage == Stage::Starting;
        let asked_for = applying && self.chosen().contains(&index);
        let process = &mut self.processes[index];
        if matches!(process.stage, Stage::Draining | Stage::Stopping) {
            self.processes.remove(index);
            return;
        }
        let steady = Period::between(process.since, now) >= STEADY && !was_starting;
        process.failures = if steady { 1 } else { process.failures.saturating_add(1) };
        let retry_at = process.serves.then(|| pause(process.failures).after(now));
        let fails = asked_for && (was_starting || !process.serves);
        process.stage = Stage::Exited { report: report.clone(), retry_at };
        process.identity = None;
        if fails {
            self.fail(report);
        }
    }

    /// A process has ended before it was ready, and somebody else listens on its port: from when a port is found free
    /// until the process listens there, anybody may take it. That is not the release's failing, so it is started again
    /// on another port, but not for ever. Answers whether it is.
    pub(super) fn lost_port(&mut self, run: &str, now: Timestamp, fresh: impl FnOnce() -> Fresh) -> bool {
        let Some(process) = self.process(run) else { return false };
        if process.stage != Stage::Starting || process.ports_lost == MOST_PORTS_LOST {
            return false;
        }
        let ports_lost = process.ports_lost + 1;
        *process = Process { ports_lost, ..process.clone().again(now, fresh()) };
        true
    }

    /// A process has ended because it was told to.
    pub(super) fn stopped(&mut self, run: &str) {
        self.processes.retain(|process| process.run != run);
    }

    /// The last request has left a process.
    pub(super) fn drained(&mut self, run: &str) {
        if let Some(process) = self.process(run)
            && process.stage == Stage::Draining
        {
            process.stage = Stage::Stopping;
        }
    }

    /// The processes that get traffic, each with its share, in an order that does not change with the shares.
    pub(super) fn serving(&self) -> impl Iterator<Item = (&Process, Weight)> {
        let serving = self.processes.iter().filter(|process| process.serves && process.stage == Stage::Ready);
        serving.map(|process| (process, self.weight(&process.artifact)))
    }

    /// Every release that runs or stopped by itself, as a caller sees it.
    pub(super) fn releases(&self) -> Vec<ReleaseStatus> {
        let mut releases: Vec<ReleaseStatus> = Vec::new();
        let (serving, others): (Vec<_>, Vec<_>) = self.processes.iter().partition(|process| process.serves);
        for process in serving.into_iter().chain(others) {
            if releases.iter().any(|release| release.artifact == process.artifact) {
                continue;
            }
            let condition = match &process.stage {
                Stage::Starting => Condition::Starting,
                Stage::Ready => Condition::Ready,
                Stage::Draining | Stage::Stopping => Condition::Draining,
                Stage::Exited { report, .. } => Condition::Exited { report: report.clone() },
            };
            let gets_traffic = process.serves && process.stage == Stage::Ready;
            let weight = if gets_traffic { self.weight(&process.artifact) } else { Weight::NONE };
            let since = process.since;
            let read_back = process.read_back.clone();
            releases.push(ReleaseStatus { artifact: process.artifact, weight, condition, since, read_back });
        }
        releases
    }

    fn weight(&self, artifact: &Digest) -> Weight {
        let share = self.in_force.iter().find(|share| share.release.artifact == *artifact);
        share.map_or(Weight::NONE, |share| share.weight)
    }

    /// For every share the process that is to serve it, as far as there is one.
    fn chosen(&self) -> Vec<usize> {
        self.request.shares.iter().filter_map(|share| self.choose(&share.release.artifact)).collect()
    }

    fn choose(&self, artifact: &Digest) -> Option<usize> {
        let fits = |process: &Process| {
            process.artifact == *artifact
                && !process.stale
                && (!self.replace || self.target().is_some_and(|wanted| runs_alike(&process.target, wanted)))
        };
        let nearness = |process: &Process| match process.stage {
            Stage::Ready => Some(4),
            // Not told to stop yet, so it can be taken back at once: the quickest rollback there is.
            Stage::Draining => Some(3),
            Stage::Starting => Some(2),
            Stage::Exited { retry_at: Some(_), .. } => Some(1),
            Stage::Exited { retry_at: None, .. } | Stage::Stopping => None,
        };
        let candidates = self.processes.iter().enumerate().filter(|(_, process)| fits(process));
        let near = candidates.filter_map(|(index, process)| Some((nearness(process)?, index)));
        near.max().map(|(_, index)| index)
    }

    fn begin_missing(&mut self, now: Timestamp, fresh: &mut impl FnMut() -> Fresh) {
        let Some(target) = self.target().cloned() else { return };
        for share in self.request.shares.clone() {
            match self.choose(&share.release.artifact) {
                Some(index) if self.processes[index].stage == Stage::Draining => {
                    self.processes[index].stage = Stage::Ready;
                }
                Some(_) => {}
                None => {
                    let process = Process {
                        run: String::new(),
                        artifact: share.release.artifact,
                        target: target.clone(),
                        port: 0,
                        identity: None,
                        since: now,
                        serves: false,
                        failures: 0,
                        ports_lost: 0,
                        stale: false,
                        folder: None,
                        stage: Stage::Starting,
                        read_back: None,
                    };
                    self.processes.push(process.again(now, fresh()));
                }
            }
        }
    }

    /// Moves traffic if every release asked for is ready.
    fn try_switch(&mut self) -> bool {
        let chosen = self.chosen();
        let ready = |index: &usize| self.processes[*index].stage == Stage::Ready;
        if chosen.len() < self.request.shares.len() || !chosen.iter().all(ready) {
            return false;
        }
        for (index, process) in self.processes.iter_mut().enumerate() {
            process.serves = chosen.contains(&index);
        }
        self.in_force = self.request.shares.clone();
        self.phase = TargetPhase::Settled;
        true
    }

    /// Ends what neither serves nor is about to.
    fn end_surplus(&mut self) {
        let coming = if self.phase == TargetPhase::Applying { self.chosen() } else { Vec::new() };
        for (index, process) in self.processes.iter_mut().enumerate() {
            if process.serves || coming.contains(&index) {
                continue;
            }
            match process.stage {
                Stage::Starting => process.stage = Stage::Stopping,
                Stage::Ready => process.stage = Stage::Draining,
                // One that stopped by itself is kept until the next request, to be seen.
                Stage::Draining | Stage::Stopping | Stage::Exited { .. } => {}
            }
        }
    }

    fn retry(&mut self, now: Timestamp, fresh: &mut impl FnMut() -> Fresh) {
        for process in &mut self.processes {
            if let Stage::Exited { retry_at: Some(at), .. } = process.stage
                && at <= now
            {
                *process = process.clone().again(now, fresh());
            }
        }
    }
}

impl Process {
    /// The same release once more, in a new process.
    pub(super) fn again(self, now: Timestamp, fresh: Fresh) -> Self {
        let Fresh { run, port } = fresh;
        let (identity, folder, read_back) = (None, None, None);
        Self {
            run,
            port,
            identity,
            folder,
            read_back,
            stale: false,
            since: now,
            stage: Stage::Starting,
            ..self
        }
    }
}

/// Whether a process started one way does as well as one started the other way.
fn runs_alike(one: &ProcessTarget, other: &ProcessTarget) -> bool {
    one.command == other.command && one.env == other.env
}

fn pause(failures: u32) -> Period {
    let doubled = FIRST_PAUSE.as_millis().saturating_mul(1 << failures.saturating_sub(1).min(16));
    let millis = doubled.min(LONGEST_PAUSE.as_millis());
    Period::millis(u32::try_from(millis).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
