//! A deploy target that does at once what it is asked for, unless the test says otherwise.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use domain::drift::ReadBack;
use domain::manifest::Target;
use domain::rollout::{
    Condition, FailureReport, ReleaseStatus, Share, TargetPhase, TargetRequest, TargetStatus,
};
use domain::{Digest, EnvironmentName, ServiceName, Weight};
use edge::Clock;
use jiff::Timestamp;
use ports::{Deployer, LogLine, LogQuery, TargetError};

use super::lock;

/// A deploy target that settles every request at once, unless it is told to hold or to fail.
#[derive(Debug)]
pub struct FakeDeployer {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    environments: BTreeMap<(ServiceName, EnvironmentName), Environment>,
    requests: Vec<TargetRequest>,
    logs: Vec<(ServiceName, EnvironmentName, LogLine)>,
    holds: bool,
    fails_next: Option<FailureReport>,
    outage: Option<String>,
}

#[derive(Debug)]
struct Environment {
    status: TargetStatus,
    /// What was asked for last.
    shares: Vec<Share>,
}

impl FakeDeployer {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// From now on requests stay on their way until [`FakeDeployer::settle`] or [`FakeDeployer::fail`].
    pub fn hold(&self) {
        lock(&self.state).holds = true;
    }

    /// Settles what is on its way. Later requests are still held.
    pub fn settle(&self) {
        let now = self.clock.now();
        lock(&self.state).on_their_way().for_each(|environment| environment.settle(now));
    }

    /// Settles what is on its way, and every later request at once.
    pub fn resume(&self) {
        self.settle();
        lock(&self.state).holds = false;
    }

    /// What is on its way fails; or the next request, if nothing is.
    pub fn fail(&self, report: FailureReport) {
        let mut state = lock(&self.state);
        let mut is_any = false;
        for environment in state.on_their_way() {
            environment.fail(&report);
            is_any = true;
        }
        if !is_any {
            state.fails_next = Some(report);
        }
    }

    /// A release stops without being asked to, wherever it runs.
    pub fn exit(&self, artifact: &Digest, report: &FailureReport) {
        let mut state = lock(&self.state);
        let releases =
            state.environments.values_mut().flat_map(|environment| &mut environment.status.releases);
        for release in releases.filter(|release| release.artifact == *artifact) {
            release.condition = Condition::Exited { report: report.clone() };
        }
    }

    /// What is read back of a release is from now on this, wherever it runs, until the next request.
    pub fn set_read_back(&self, artifact: &Digest, read_back: &ReadBack) {
        let mut state = lock(&self.state);
        let releases =
            state.environments.values_mut().flat_map(|environment| &mut environment.status.releases);
        for release in releases.filter(|release| release.artifact == *artifact) {
            release.read_back = Some(read_back.clone());
        }
    }

    /// From now on the target does not answer, for that reason; or again, with `None`.
    pub fn set_outage(&self, reason: Option<&str>) {
        lock(&self.state).outage = reason.map(str::to_owned);
    }

    /// Every request that was new, in order.
    pub fn requests(&self) -> Vec<TargetRequest> {
        lock(&self.state).requests.clone()
    }

    /// The environment as it is now.
    ///
    /// # Panics
    /// If a name is none.
    pub fn status(&self, service: &str, environment: &str) -> Option<TargetStatus> {
        let names = (service.parse().expect("a service"), environment.parse().expect("an environment"));
        lock(&self.state).environments.get(&names).map(|environment| environment.status.clone())
    }

    /// A release writes a line.
    ///
    /// # Panics
    /// If a name is none.
    pub fn write_log(&self, service: &str, environment: &str, artifact: &Digest, text: &str) {
        let mut state = lock(&self.state);
        let line = LogLine {
            number: state.logs.len() as u64 + 1,
            at: self.clock.now(),
            artifact: *artifact,
            stream: "stdout".to_owned(),
            text: text.to_owned(),
            level: None,
            message: None,
        };
        let names = (service.parse().expect("a service"), environment.parse().expect("an environment"));
        state.logs.push((names.0, names.1, line));
    }
}

impl State {
    fn on_their_way(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.environments.values_mut().filter(|environment| environment.status.phase == TargetPhase::Applying)
    }

    fn check(&self) -> Result<(), TargetError> {
        self.outage.clone().map_or(Ok(()), |reason| Err(TargetError::Unavailable(reason)))
    }
}

impl Environment {
    /// The target as it is before its first request.
    fn untouched(request: &TargetRequest) -> Self {
        let address = Some(format!("http://{}.{}.test", request.service, request.environment));
        let status = TargetStatus { sequence: 0, phase: TargetPhase::Settled, releases: Vec::new(), address };
        Self { status, shares: Vec::new() }
    }

    /// Takes a request on. What runs keeps running, and what is new starts without traffic.
    fn begin(&mut self, request: &TargetRequest, now: Timestamp) {
        self.status.sequence = request.sequence;
        self.status.phase = TargetPhase::Applying;
        self.shares.clone_from(&request.shares);
        for Share { release, .. } in &request.shares {
            if self.status.release(&release.artifact).is_none() {
                self.status.releases.push(ReleaseStatus {
                    artifact: release.artifact,
                    weight: Weight::NONE,
                    condition: Condition::Starting,
                    since: now,
                    read_back: None,
                });
            }
        }
    }

    /// Everything asked for is ready, and nothing else is there.
    fn settle(&mut self, now: Timestamp) {
        let settled = self.shares.iter().map(|Share { release, weight }| {
            let since = self.status.release(&release.artifact).map_or(now, |running| running.since);
            let condition = Condition::Ready;
            // Unpacked afresh: whatever was read back of the one before is no more.
            ReleaseStatus { artifact: release.artifact, weight: *weight, condition, since, read_back: None }
        });
        self.status.releases = settled.collect();
        self.status.phase = TargetPhase::Settled;
    }

    /// What was new is gone again; traffic is as it was.
    fn fail(&mut self, report: &FailureReport) {
        self.status.releases.retain(|release| release.condition != Condition::Starting);
        self.status.phase = TargetPhase::Failed { report: report.clone() };
    }
}

#[async_trait]
impl Deployer for FakeDeployer {
    fn supports(&self, target: &Target) -> Result<(), String> {
        match target {
            Target::Process(_) => Ok(()),
            Target::Lambda(_) | Target::Ecs(_) | Target::Server(_) => {
                Err(format!("a fake runs no `{}`; declare a `process`", target.kind()))
            }
        }
    }

    async fn apply(&self, request: &TargetRequest) -> Result<(), TargetError> {
        let mut state = lock(&self.state);
        state.check()?;
        let names = (request.service.clone(), request.environment.clone());
        let (holds, fails) = (state.holds, state.fails_next.clone());
        let environment = state.environments.entry(names).or_insert_with(|| Environment::untouched(request));
        if request.sequence <= environment.status.sequence {
            return Ok(());
        }
        environment.begin(request, self.clock.now());
        match fails {
            Some(report) => {
                environment.fail(&report);
                state.fails_next = None;
            }
            None if holds => {}
            None => environment.settle(self.clock.now()),
        }
        state.requests.push(request.clone());
        Ok(())
    }

    async fn observe(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError> {
        let state = lock(&self.state);
        state.check()?;
        let names = (service.clone(), environment.clone());
        Ok(state.environments.get(&names).map(|environment| environment.status.clone()))
    }

    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogLine>, TargetError> {
        let state = lock(&self.state);
        state.check()?;
        let wanted = |line: &&LogLine| {
            let contains = query.contains.as_ref().map(|text| text.to_lowercase());
            query.artifact.is_none_or(|artifact| line.artifact == artifact)
                && contains.is_none_or(|text| line.text.to_lowercase().contains(&text))
                && query.after.is_none_or(|after| line.number > after)
        };
        let here = state.logs.iter().filter(|(s, e, _)| *s == query.service && *e == query.environment);
        let lines: Vec<LogLine> = here.map(|(_, _, line)| line).filter(wanted).cloned().collect();
        let skipped = if query.after.is_some() { 0 } else { lines.len().saturating_sub(query.limit) };
        Ok(lines.into_iter().skip(skipped).take(query.limit).collect())
    }
}
