//! The deploy target of one machine: releases as processes behind the proxy.

mod environment;
mod housekeeping;
mod inspect;
mod inventory;
mod life;
mod meter;
mod port;
mod probe;
mod process;
mod procfs;
mod state;
mod unpack;

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::manifest::{ProcessTarget, Target};
use domain::rollout::{TargetPhase, TargetRequest, TargetStatus};
use domain::{Digest, EnvironmentName, ServiceName};
use ports::{Deployer, LogLine, LogQuery, TargetError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::environment::{Environment, Inbox};
use self::meter::Meter;
use self::process::{HOME_VARIABLE, RUN_VARIABLE, Surroundings};
use self::procfs::Running;
use self::state::State;
use crate::logs::LogStore;
use crate::{LocalArtifacts, MeasuredSignals, Now, files};

/// Called when anything that [`Deployer::observe`] tells of an environment has changed. Must return soon.
pub type OnChange = Arc<dyn Fn(&ServiceName, &EnvironmentName) + Send + Sync>;

/// How long to wait for another Keelson to leave the data folder.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
const LOCK_LOOK: Duration = Duration::from_millis(50);

/// How the process host works.
#[derive(Debug, Clone)]
pub struct TargetConfig {
    /// The data folder.
    pub dir: PathBuf,
    /// The address on which the proxies listen.
    pub bind: IpAddr,
    /// `PATH` for the processes; they get nothing else of Keelson's own environment.
    pub path: String,
    /// How long a process may take to end once it is told to (SIGTERM); it is killed afterwards.
    pub grace: Duration,
    /// How often to compare the files of what runs with its artifact.
    pub look: Duration,
}

impl TargetConfig {
    /// Listening on this machine only, five seconds of grace, a look every five seconds.
    pub fn new(dir: PathBuf, path: String) -> Self {
        Self {
            dir,
            bind: Ipv4Addr::LOCALHOST.into(),
            path,
            grace: Duration::from_secs(5),
            look: Duration::from_secs(5),
        }
    }
}

/// What all environments share.
struct Shared {
    home: PathBuf,
    bind: IpAddr,
    path: String,
    grace: Duration,
    look: Duration,
    artifacts: LocalArtifacts,
    signals: Arc<MeasuredSignals>,
    meter: Arc<Meter>,
    logs: LogStore,
    now: Now,
    on_change: OnChange,
    let_go: CancellationToken,
    /// Held as long as this Keelson works in the data folder.
    _lock: File,
}

impl Shared {
    /// The address at which users of this machine reach a proxy.
    fn public(&self) -> IpAddr {
        if self.bind.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { self.bind }
    }
}

type Place = (ServiceName, EnvironmentName);

/// Runs releases as processes on this machine.
///
/// Dropping it leaves the processes running, for the next one to take over.
pub struct LocalTarget {
    shared: Arc<Shared>,
    environments: tokio::sync::Mutex<HashMap<Place, Handle>>,
}

/// An environment's task, and how to reach it.
struct Handle {
    requests: watch::Sender<TargetRequest>,
    status: Arc<Mutex<TargetStatus>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl LocalTarget {
    /// Takes the data folder over: finds the processes of an earlier Keelson and continues what it was doing.
    ///
    /// # Errors
    /// If the folder cannot be read, or another Keelson works in it.
    pub async fn start(
        config: TargetConfig,
        artifacts: LocalArtifacts,
        signals: Arc<MeasuredSignals>,
        now: Now,
        on_change: OnChange,
    ) -> io::Result<Self> {
        let TargetConfig { dir, bind, path, grace, look } = config;
        fs::create_dir_all(dir.join("targets"))?;
        let home = dir.canonicalize()?;
        let lock = lock(&home.join("targets").join("lock")).await?;
        let logs = LogStore::in_folder(&home, now.clone());
        let let_go = CancellationToken::new();
        let shared = Shared {
            home,
            bind,
            path,
            grace,
            look,
            artifacts,
            signals,
            meter: Arc::default(),
            logs,
            now,
            on_change,
            let_go,
            _lock: lock,
        };
        tokio::spawn(shared.meter.clone().run(shared.let_go.clone()));
        let this = Self { shared: Arc::new(shared), environments: tokio::sync::Mutex::default() };
        this.restore().await?;
        Ok(this)
    }

    /// Lets go of the environments. With `stop_processes` every process ends first, after its requests; otherwise
    /// they stay for the next start to take over. What was asked for stays asked for either way.
    pub async fn shutdown(&self, stop_processes: bool) {
        let handles: Vec<Handle> = self.environments.lock().await.drain().map(|(_, handle)| handle).collect();
        if stop_processes {
            for handle in &handles {
                handle.stop.cancel();
            }
        } else {
            self.shared.let_go.cancel();
        }
        for handle in handles {
            // Only a panic ends a task otherwise, and there is nothing left to do about it.
            let _ = handle.task.await;
        }
        self.shared.let_go.cancel();
    }

    async fn restore(&self) -> io::Result<()> {
        let mut found = found(&self.shared.home);
        let mut environments = self.environments.lock().await;
        for request in read_requests(&self.shared.home)? {
            let state = files::read_json(&state_path(&self.shared.home, &request))?;
            let state: State = state.unwrap_or_else(|| State::new(request.clone()));
            let runs =
                state.processes.iter().filter_map(|process| found.remove_entry(&process.run)).collect();
            let place = (request.service.clone(), request.environment.clone());
            environments.insert(place, self.run(request, state, runs).await?);
        }
        // Started, but the crash came before anything else: nobody waits for these.
        housekeeping::end_strays(found.into_values().collect(), self.shared.grace);
        Ok(())
    }

    async fn run(
        &self,
        request: TargetRequest,
        state: State,
        found: HashMap<String, Running>,
    ) -> io::Result<Handle> {
        let TargetRequest { service, environment, .. } = &request;
        let shared = self.shared.clone();
        let surroundings = Surroundings {
            service: service.clone(),
            environment: environment.clone(),
            home: shared.home.clone(),
            releases: shared.home.join("releases").join(service.as_str()).join(environment.as_str()),
            data: shared.home.join("data").join(service.as_str()).join(environment.as_str()),
            look: shared.look,
            path: shared.path.clone(),
            grace: shared.grace,
            log: shared.logs.environment(service, environment).await?,
            signals: shared.signals.clone(),
            meter: shared.meter.clone(),
            let_go: shared.let_go.clone(),
        };
        let path = state_path(&shared.home, &request);
        let status = Arc::new(Mutex::new(TargetStatus {
            sequence: request.sequence,
            phase: TargetPhase::Applying,
            releases: state.releases(),
            address: None,
        }));
        let (requests, receiver) = watch::channel(request);
        let stop = CancellationToken::new();
        let inbox = Inbox { requests: receiver, status: status.clone(), stop: stop.clone() };
        let environment = Environment::new(shared, surroundings, inbox, path, state);
        Ok(Handle { requests, status, stop, task: tokio::spawn(environment.run(found)) })
    }
}

impl Drop for LocalTarget {
    fn drop(&mut self) {
        self.shared.let_go.cancel();
    }
}

#[async_trait]
impl Deployer for LocalTarget {
    fn supports(&self, target: &Target) -> Result<(), String> {
        process_of(target).map(drop)
    }

    async fn apply(&self, request: &TargetRequest) -> Result<(), TargetError> {
        check(request).map_err(TargetError::Refused)?;
        // One at a time, so that an older request cannot overtake a newer one on its way to the disk.
        let mut environments = self.environments.lock().await;
        let place = (request.service.clone(), request.environment.clone());
        let handle = environments.get(&place);
        if handle.is_some_and(|handle| handle.requests.borrow().sequence >= request.sequence) {
            return Ok(());
        }
        let path = request_path(&self.shared.home, request);
        let wanted = request.clone();
        files::blocking(move || files::write_json(&path, &wanted)).await.map_err(unavailable)?;
        match handle {
            Some(handle) => {
                {
                    let mut status = handle.status.lock().unwrap_or_else(PoisonError::into_inner);
                    // From here on nobody may take the state before this request for the state after it.
                    status.sequence = request.sequence;
                    status.phase = TargetPhase::Applying;
                }
                handle.requests.send_replace(request.clone());
            }
            None => {
                let state = State::new(request.clone());
                let handle = self.run(request.clone(), state, HashMap::new()).await.map_err(unavailable)?;
                environments.insert(place, handle);
            }
        }
        Ok(())
    }

    async fn observe(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError> {
        let environments = self.environments.lock().await;
        let handle = environments.get(&(service.clone(), environment.clone()));
        Ok(handle.map(|handle| handle.status.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogLine>, TargetError> {
        let log =
            self.shared.logs.environment(&query.service, &query.environment).await.map_err(unavailable)?;
        let query = query.clone();
        files::blocking(move || log.query(&query)).await.map_err(unavailable)
    }
}

fn unavailable(error: io::Error) -> TargetError {
    TargetError::Unavailable(error.to_string())
}

/// How to run a process, if that is what is wanted.
fn process_of(target: &Target) -> Result<&ProcessTarget, String> {
    match target {
        Target::Process(process) => Ok(process),
        Target::Lambda(_) | Target::Ecs(_) | Target::Server(_) => Err(format!(
            "this Keelson runs on one machine, and only one on AWS reaches a target of kind `{}`; declare a \
             `process`",
            target.kind()
        )),
    }
}

/// What no target could ever do.
fn check(request: &TargetRequest) -> Result<(), String> {
    let target = process_of(&request.target)?;
    if target.command.is_empty() {
        return Err("the command is empty".to_owned());
    }
    if !target.ready.starts_with('/') {
        return Err(format!("the readiness path `{}` does not begin with a slash", target.ready));
    }
    let sum: u32 = request.shares.iter().map(|share| u32::from(share.weight.percent())).sum();
    if sum != 100 && !request.shares.is_empty() {
        return Err(format!("the weights sum to {sum}, not to 100"));
    }
    let mut artifacts: Vec<&Digest> = request.shares.iter().map(|share| &share.release.artifact).collect();
    artifacts.sort();
    artifacts.dedup();
    if artifacts.len() < request.shares.len() {
        return Err("an artifact has two shares".to_owned());
    }
    Ok(())
}

fn request_path(home: &Path, request: &TargetRequest) -> PathBuf {
    let folder = home.join("targets").join(request.service.as_str());
    folder.join(format!("{}.json", request.environment))
}

/// Beside the request. A name has no dot in it, so the two never meet.
fn state_path(home: &Path, request: &TargetRequest) -> PathBuf {
    request_path(home, request).with_extension("state.json")
}

fn read_requests(home: &Path) -> io::Result<Vec<TargetRequest>> {
    let mut requests = Vec::new();
    for service in fs::read_dir(home.join("targets"))? {
        let service = service?.path();
        if !service.is_dir() {
            continue;
        }
        for file in fs::read_dir(service)? {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let environment = name.strip_suffix(".json").unwrap_or_default();
            if !environment.is_empty() && !environment.contains('.') {
                requests.extend(files::read_json::<TargetRequest>(&path)?);
            }
        }
    }
    Ok(requests)
}

/// The processes that an earlier Keelson started for this data folder, by the names of their runs.
fn found(home: &Path) -> HashMap<String, Running> {
    let ours = |running: &Running| running.variable(HOME_VARIABLE).is_some_and(|it| Path::new(&it) == home);
    let leaders = procfs::group_leaders().into_iter().filter(ours);
    leaders.filter_map(|running| Some((running.variable(RUN_VARIABLE)?, running))).collect()
}

async fn lock(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    let locked = async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_LOOK).await,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    };
    let in_use = || io::Error::new(io::ErrorKind::ResourceBusy, "another Keelson works in this folder");
    tokio::time::timeout(LOCK_TIMEOUT, locked).await.map_err(|_| in_use())??;
    Ok(file)
}
