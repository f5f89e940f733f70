//! Watching one process from its start to its end.

use std::fs::File;
use std::net::Ipv4Addr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::drift::ReadBack;
use domain::manifest::ProcessTarget;
use domain::rollout::FailureReport;
use domain::{EnvironmentName, ServiceName};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::inspect::Inspector;
use super::life::{Exit, Life, signal_name};
use super::meter::Meter;
use super::port;
use super::probe::Probe;
use super::procfs::Running;
use super::state::{Identity, Process};
use super::unpack::{Release, release_at, unpack};
use crate::crash::{self, CrashPoint};
use crate::logs::{EnvironmentLog, Follower};
use crate::{MeasuredSignals, files};

/// Names a process among all that ever ran here; how it is found again.
pub(super) const RUN_VARIABLE: &str = "KEELSON_RUN";
/// Names the data folder, so that two Keelsons on one machine keep off each other's processes.
pub(super) const HOME_VARIABLE: &str = "KEELSON_HOME";
pub(super) const ARTIFACT_VARIABLE: &str = "KEELSON_ARTIFACT";
/// The folder with the files of its release.
const CONTENT_VARIABLE: &str = "KEELSON_CONTENT";
/// How many lines of its log a failure report shows.
const TAIL_LINES: usize = 50;

/// What all processes of an environment have in common.
pub(super) struct Surroundings {
    pub(super) service: ServiceName,
    pub(super) environment: EnvironmentName,
    /// The data folder.
    pub(super) home: PathBuf,
    /// The folder into which the environment's releases are unpacked.
    pub(super) releases: PathBuf,
    /// The folder for what the environment's processes write, whichever release they are: their `HOME`. What they
    /// write into the folder of their release is found to be drift.
    pub(super) data: PathBuf,
    /// How often to compare what runs with what was promoted.
    pub(super) look: Duration,
    /// `PATH` for the processes.
    pub(super) path: String,
    /// How long a process may take to end once it is told to.
    pub(super) grace: Duration,
    pub(super) log: Arc<EnvironmentLog>,
    /// Where what it uses of the machine is counted.
    pub(super) signals: Arc<MeasuredSignals>,
    pub(super) meter: Arc<Meter>,
    /// Fires when Keelson lets go of the processes without ending them.
    pub(super) let_go: CancellationToken,
}

/// What happens to a process.
#[derive(Debug)]
pub(super) enum Happening {
    /// With the name of the folder in which its files are, if that is known.
    Started(Identity, Option<String>),
    Ready,
    /// What was found of its files, its program and its answers, if that is news.
    ReadBack(ReadBack),
    /// It ended without being told to, or was ended because it did not become ready.
    Exited(FailureReport),
    /// It ended like that, and somebody else listens on its port.
    LostPort(FailureReport),
    /// It ended because it was told to.
    Stopped,
}

/// A process that does not exist yet, or one of an earlier Keelson.
pub(super) enum Origin {
    /// The archive to unpack.
    New(PathBuf),
    Found(Running),
}

/// Starts a process, or takes one over, and watches it. Cancelling the token ends it.
pub(super) fn supervise(
    surroundings: Arc<Surroundings>,
    process: Process,
    origin: Origin,
    happenings: mpsc::UnboundedSender<(String, Happening)>,
) -> CancellationToken {
    let stop = CancellationToken::new();
    let told_to_stop = stop.clone();
    tokio::spawn(async move {
        let run = process.run.clone();
        let tell = |happening| {
            // Nobody listens once Keelson has let go.
            let _ = happenings.send((run.clone(), happening));
        };
        tokio::select! {
            end = live(&surroundings, &process, origin, &told_to_stop, &tell) => tell(end),
            () = surroundings.let_go.cancelled() => {}
        }
    });
    stop
}

async fn live(
    surroundings: &Surroundings,
    process: &Process,
    origin: Origin,
    stop: &CancellationToken,
    tell: &impl Fn(Happening),
) -> Happening {
    let begun = match origin {
        // It runs already: told to stop or not, it must be ended.
        Origin::Found(running) => Ok(take_over(surroundings, process, running).await),
        Origin::New(archive) => begin(surroundings, process, archive, stop).await,
    };
    let (mut life, follower, release) = match begun {
        Ok(begun) => begun,
        Err(None) => return Happening::Stopped,
        Err(Some(report)) => return Happening::Exited(report),
    };
    let identity = life.identity();
    tell(Happening::Started(identity, release.as_ref().map(|release| release.name.clone())));
    crash::at(CrashPoint::AfterSpawn);
    let Surroundings { service, environment, signals, meter, .. } = surroundings;
    let _watched = meter.watch(identity.pid, signals.recorder(service, environment, process.artifact));
    let inspector =
        release.map(|release| Inspector::new(process.artifact, release, identity.pid, surroundings.look));
    let ended = watch(&mut life, process, inspector, stop, tell).await;
    // Also when it has ended by itself: what it has started may still run.
    life.end(surroundings.grace).await;
    follower.finish().await;
    surroundings.log.spool(&process.run).remove();
    match ended {
        None => Happening::Stopped,
        Some(report) => {
            let log_tail = surroundings.log.tail(&process.run, TAIL_LINES);
            let report = FailureReport { log_tail, ..report };
            if port::is_taken(Ipv4Addr::LOCALHOST.into(), process.port) {
                Happening::LostPort(report)
            } else {
                Happening::Exited(report)
            }
        }
    }
}

/// Watches a running process until it ends by itself, fails to become ready, or is told to stop, which is no failure.
async fn watch(
    life: &mut Life,
    process: &Process,
    inspector: Option<Inspector>,
    stop: &CancellationToken,
    tell: &impl Fn(Happening),
) -> Option<FailureReport> {
    let mut probe = Probe::new(process.artifact, process.port, &process.target);
    let ready = tokio::time::timeout(process.target.start_timeout.std(), probe.until_ready());
    let failed = tokio::select! {
        () = stop.cancelled() => return None,
        exit = life.exit() => Some(exited(exit, " before it was ready")),
        ready = ready => ready.is_err().then(|| not_ready_in_time(&process.target)),
    };
    if let Some(report) = failed {
        return Some(FailureReport { last_probe: probe.into_last(), ..report });
    }
    tell(Happening::Ready);
    tokio::select! {
        exit = life.exit() => Some(exited(exit, "")),
        () = stop.cancelled() => None,
        () = read_back(inspector, &probe, tell) => None,
    }
}

/// Compares a process with its artifact again and again, and tells what is news.
async fn read_back(inspector: Option<Inspector>, probe: &Probe, tell: &impl Fn(Happening)) {
    let mut told = None;
    let mut inspector = inspector;
    while let Some(current) = inspector.take() {
        let pause = current.pause();
        match current.look(probe.says().await).await {
            Ok((next, found)) => {
                match found {
                    Ok(found) if told.as_ref() == Some(&found) => {}
                    Ok(found) => {
                        tell(Happening::ReadBack(found.clone()));
                        told = Some(found);
                    }
                    Err(error) => {
                        tracing::error!(%error, "the files of a release cannot be read back; tried again");
                    }
                }
                inspector = Some(next);
            }
            Err(error) => tracing::error!(%error, "the files of a release cannot be read back"),
        }
        tokio::time::sleep(pause).await;
    }
    // Nothing to compare with: the files of an earlier version of Keelson.
    std::future::pending().await
}

async fn take_over(
    surroundings: &Surroundings,
    process: &Process,
    running: Running,
) -> (Life, Follower, Option<Release>) {
    let follower = Follower::resume(surroundings.log.clone(), process.artifact, &process.run);
    let content = running.variable(CONTENT_VARIABLE).map(PathBuf::from);
    let release = files::blocking(move || Ok(content.and_then(|content| release_at(&content))));
    (Life::found(running), follower, release.await.ok().flatten())
}

/// Unpacks, checks and starts; why not, unless it was told to stop.
async fn begin(
    surroundings: &Surroundings,
    process: &Process,
    archive: PathBuf,
    stop: &CancellationToken,
) -> Result<(Life, Follower, Option<Release>), Option<FailureReport>> {
    let failed = |summary| Some(FailureReport { summary, ..FailureReport::default() });
    let prepared = tokio::select! {
        prepared = prepare(surroundings, process, archive) => prepared,
        () = stop.cancelled() => return Err(None),
    };
    let (release, [stdout, stderr]) = prepared.map_err(failed)?;
    let follower = Follower::start(surroundings.log.clone(), process.artifact, &process.run);
    let spools = || Ok::<_, std::io::Error>([stdout.try_clone()?, stderr.try_clone()?]);
    let no_log = |error| failed(format!("No log can be kept: {error}."));
    if !process.target.check.is_empty() {
        let checked = check(surroundings, process, &release, spools().map_err(no_log)?, stop).await;
        if let Err(summary) = checked {
            follower.finish().await;
            let log_tail = surroundings.log.tail(&process.run, TAIL_LINES);
            surroundings.log.spool(&process.run).remove();
            return Err(summary.map(|summary| FailureReport {
                summary,
                log_tail,
                ..FailureReport::default()
            }));
        }
    }
    let variables = variables(surroundings, process, &release.content);
    crash::at(CrashPoint::BeforeSpawn);
    let started = Life::start(&process.target.command, &release.content, variables, [stdout, stderr]);
    match started {
        Ok(life) => Ok((life, follower, Some(release))),
        Err(error) => {
            let command = process.target.command.join(" ");
            Err(failed(format!("`{command}` cannot be started: {error}.")))
        }
    }
}

async fn prepare(
    surroundings: &Surroundings,
    process: &Process,
    archive: PathBuf,
) -> Result<(Release, [File; 2]), String> {
    let (artifact, releases) = (process.artifact, surroundings.releases.clone());
    let unpacked = files::blocking(move || Ok(unpack(&archive, &artifact, &releases))).await;
    let release = match unpacked {
        Ok(Ok(release)) => release,
        Ok(Err(error)) => return Err(format!("The artifact cannot be unpacked: {error}.")),
        Err(error) => return Err(format!("The artifact cannot be unpacked: {error}.")),
    };
    let spool = surroundings.log.spool(&process.run).create();
    let spool = spool.map_err(|error| format!("No log can be kept: {error}."))?;
    let data = &surroundings.data;
    std::fs::create_dir_all(data).map_err(|error| format!("{} cannot be made: {error}.", data.display()))?;
    Ok((release, spool))
}

/// Asks the release whether it may start beside what runs; why not, unless it was told to stop.
async fn check(
    surroundings: &Surroundings,
    process: &Process,
    release: &Release,
    spool: [File; 2],
    stop: &CancellationToken,
) -> Result<(), Option<String>> {
    let command = process.target.check.join(" ");
    let mut variables = variables(surroundings, process, &release.content);
    // A name of its own: after a crash of Keelson nobody takes it for the service, and it is ended.
    variables.push((RUN_VARIABLE, format!("{}-check", process.run)));
    let life = Life::start(&process.target.check, &release.content, variables, spool);
    let mut life =
        life.map_err(|error| Some(format!("The check `{command}` cannot be started: {error}.")))?;
    let outcome = tokio::select! {
        exit = life.exit() => match exit {
            Exit::Known(status) if status.success() => Ok(()),
            exit => Err(Some(format!("The check `{command}` says no. {}", exited(exit, "").summary))),
        },
        () = tokio::time::sleep(process.target.start_timeout.std()) => {
            Err(Some(format!("The check `{command}` took longer than {}.", process.target.start_timeout)))
        }
        () = stop.cancelled() => Err(None),
    };
    life.end(surroundings.grace).await;
    outcome
}

/// The whole environment of a process. What the manifest sets goes before the usual, Keelson's own before both.
fn variables<'a>(
    surroundings: &Surroundings,
    process: &'a Process,
    content: &Path,
) -> Vec<(&'a str, String)> {
    let mut variables = vec![
        ("PATH", surroundings.path.clone()),
        ("HOME", surroundings.data.display().to_string()),
        ("TMPDIR", std::env::temp_dir().display().to_string()),
        ("LANG", "C.UTF-8".to_owned()),
    ];
    variables.extend(process.target.env.iter().map(|(name, value)| (name.as_str(), value.clone())));
    variables.extend([
        ("PORT", process.port.to_string()),
        (ARTIFACT_VARIABLE, process.artifact.to_string()),
        ("KEELSON_SERVICE", surroundings.service.to_string()),
        ("KEELSON_ENVIRONMENT", surroundings.environment.to_string()),
        (CONTENT_VARIABLE, content.display().to_string()),
        (RUN_VARIABLE, process.run.clone()),
        (HOME_VARIABLE, surroundings.home.display().to_string()),
    ]);
    variables
}

fn exited(exit: Exit, when: &str) -> FailureReport {
    let Exit::Known(status) = exit else {
        let summary =
            format!("The process ended by itself{when}; how is unknown, as an earlier Keelson started it.");
        return FailureReport { summary, ..FailureReport::default() };
    };
    let how = match (status.code(), signal_name(status)) {
        (Some(code), _) => format!("The process exited by itself with code {code}{when}."),
        (None, Some(signal)) => format!("The process was ended by {signal}{when}."),
        (None, None) => format!("The process ended by itself{when}."),
    };
    FailureReport {
        summary: how,
        exit_code: status.code(),
        signal: status.signal(),
        ..FailureReport::default()
    }
}

fn not_ready_in_time(target: &ProcessTarget) -> FailureReport {
    let ProcessTarget { ready, ready_successes, start_timeout, .. } = target;
    let times = match ready_successes {
        0 | 1 => String::new(),
        n => format!(" {n} times in a row"),
    };
    let summary =
        format!("The process was not ready within {start_timeout}: `GET {ready}` did not answer 2xx{times}.");
    FailureReport { summary, ..FailureReport::default() }
}
