//! A data folder with a target in it, artifacts to deploy, and nothing left over afterwards.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::manifest::{ProcessTarget, Target};
use domain::rollout::{
    Condition, FailureReport, Release, ReleaseStatus, Share, TargetPhase, TargetRequest, TargetStatus,
};
use domain::{Digest, EnvironmentName, Period, ServiceName, Weight};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use jiff::Timestamp;
use local::{LocalArtifacts, LocalTarget, MeasuredSignals, TargetConfig};
use ports::{Artifacts, Deployer, LogQuery};
use ring::digest::{SHA256, digest};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Client};

/// Longer than anything here takes on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Changes = Arc<Mutex<u32>>;

/// One environment of one service on one machine.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) artifacts: LocalArtifacts,
    pub(crate) signals: Arc<MeasuredSignals>,
    pub(crate) changes: Changes,
    pub(crate) settings: ProcessTarget,
    target: Option<LocalTarget>,
    sequence: u64,
    changes_before: u32,
}

pub(crate) fn service() -> ServiceName {
    "shop".parse().unwrap()
}

pub(crate) fn environment() -> EnvironmentName {
    "production".parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "processes and sockets live in real time")]
fn now() -> Timestamp {
    Timestamp::now()
}

impl World {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let artifacts = LocalArtifacts::in_folder(dir.path()).unwrap();
        let settings = json!({ "command": ["python3", "server.py"], "start_timeout": "40s", "drain": "20s" });
        let mut world = Self {
            dir,
            artifacts,
            signals: MeasuredSignals::new(Arc::new(now)),
            changes: Changes::default(),
            settings: serde_json::from_value(settings).unwrap(),
            target: None,
            sequence: 0,
            changes_before: 0,
        };
        world.start().await;
        world
    }

    /// Starts Keelson's part; processes that are there already are taken over.
    pub(crate) async fn start(&mut self) {
        let changes = self.changes.clone();
        let target = LocalTarget::start(
            self.config(),
            self.artifacts.clone(),
            self.signals.clone(),
            Arc::new(now),
            Arc::new(move |_, _| *changes.lock().unwrap() += 1),
        );
        self.target = Some(target.await.unwrap());
    }

    fn config(&self) -> TargetConfig {
        let mut config =
            TargetConfig::new(self.dir.path().to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned());
        config.grace = Duration::from_secs(2);
        config.look = Duration::from_millis(100);
        config
    }

    /// What a crash of Keelson is to its processes: it is gone, they are not.
    pub(crate) fn crash(&mut self) {
        self.target = None;
    }

    pub(crate) fn target(&self) -> &LocalTarget {
        self.target.as_ref().unwrap()
    }

    /// An artifact whose service behaves as the settings say.
    pub(crate) async fn artifact(&self, version: &str, settings: Value) -> Digest {
        self.artifact_with(version, settings, &[]).await
    }

    /// The same with more files in it, each a program.
    pub(crate) async fn artifact_with(
        &self,
        version: &str,
        mut settings: Value,
        files: &[(&str, &[u8])],
    ) -> Digest {
        settings["version"] = version.into();
        let bytes = pack(&settings.to_string(), files).unwrap();
        let digest = Digest::from_bytes(digest(&SHA256, &bytes).as_ref().try_into().unwrap());
        let size = bytes.len() as u64;
        if self.artifacts.announce(&digest, size).await.unwrap().is_some() {
            let bytes = stream::iter([Ok::<_, io::Error>(Bytes::from(bytes))]);
            self.artifacts.receive(&digest, 0, bytes).await.unwrap();
            self.artifacts.complete(&digest, size).await.unwrap();
        }
        digest
    }

    /// Asks for these shares and returns at once.
    pub(crate) async fn ask(&mut self, shares: &[(Digest, i64)]) {
        self.sequence += 1;
        self.changes_before = *self.changes.lock().unwrap();
        let share = |(artifact, weight): &(Digest, i64)| Share {
            release: Release { artifact: *artifact, commit: "a".repeat(40).parse().unwrap() },
            weight: Weight::try_from(*weight).unwrap(),
        };
        let request = TargetRequest {
            service: service(),
            environment: environment(),
            sequence: self.sequence,
            target: Target::Process(self.settings.clone()),
            shares: shares.iter().map(share).collect(),
        };
        self.target().apply(&request).await.unwrap();
        assert_eq!(self.status().await.sequence, self.sequence);
    }

    /// Asks for these shares and waits until they are reached.
    pub(crate) async fn deploy(&mut self, shares: &[(Digest, i64)]) {
        self.ask(shares).await;
        self.settled().await;
    }

    pub(crate) async fn settled(&self) {
        let status = self.until("it is settled", |status| status.phase != TargetPhase::Applying).await;
        assert_eq!(status.phase, TargetPhase::Settled);
    }

    pub(crate) async fn failed(&self) -> FailureReport {
        let status = self.until("it has failed", |status| status.phase != TargetPhase::Applying).await;
        let TargetPhase::Failed { report } = status.phase else { panic!("{status:?}") };
        report
    }

    pub(crate) async fn status(&self) -> TargetStatus {
        self.target().observe(&service(), &environment()).await.unwrap().unwrap()
    }

    pub(crate) async fn release(&self, artifact: Digest) -> Option<ReleaseStatus> {
        self.status().await.release(&artifact).cloned()
    }

    /// Waits until a release is gone.
    pub(crate) async fn gone(&self, artifact: Digest) {
        self.until("the release is gone", |status| status.release(&artifact).is_none()).await;
    }

    pub(crate) async fn ready(&self, artifact: Digest) {
        let is_ready = |status: &TargetStatus| {
            status.release(&artifact).is_some_and(|release| release.condition == Condition::Ready)
        };
        self.until("the release is ready", is_ready).await;
    }

    /// Waits until a release is ready in another process than the one of `since`.
    pub(crate) async fn came_back(&self, artifact: Digest, since: Timestamp) {
        let has_come_back = |status: &TargetStatus| {
            let release = status.release(&artifact);
            release.is_some_and(|release| release.condition == Condition::Ready && release.since > since)
        };
        self.until("the release has come back", has_come_back).await;
    }

    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&TargetStatus) -> bool) -> TargetStatus {
        eventually(what, async || condition(&self.status().await)).await;
        self.status().await
    }

    /// The texts of the newest log lines.
    pub(crate) async fn log(&self) -> Vec<String> {
        let query = LogQuery {
            service: service(),
            environment: environment(),
            artifact: None,
            contains: None,
            after: None,
            limit: 1_000,
        };
        self.target().logs(&query).await.unwrap().into_iter().map(|line| line.text).collect()
    }

    /// Waits until a line is in the log.
    pub(crate) async fn logged(&self, line: &str) {
        eventually(&format!("`{line}` is logged"), async || self.log().await.iter().any(|it| it == line))
            .await;
    }

    /// Waits until so many changes have been told of since the last request.
    pub(crate) async fn changed(&self, count: u32) {
        let expected = self.changes_before + count;
        eventually("it has changed", async || *self.changes.lock().unwrap() >= expected).await;
    }

    /// Asks a process itself, past the proxy.
    pub(crate) async fn directly(&self, pid: u32, path: &str) -> Answer {
        let environment = std::fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
        let port = environment.split('\0').find_map(|variable| variable.strip_prefix("PORT=")).unwrap();
        Client::connect(&format!("127.0.0.1:{port}")).await.get(path).await
    }

    /// Asks a process itself until it answers as expected.
    pub(crate) async fn until_directly(&self, pid: u32, path: &str, expected: impl Fn(&str) -> bool) {
        let answers = async || expected(&self.directly(pid, path).await.body);
        eventually(&format!("{path} answers as expected"), answers).await;
    }

    /// Waits until a process is gone.
    pub(crate) async fn until_gone(&self, pid: u32) {
        eventually("the process is gone", async || !self.pids().contains(&pid)).await;
    }

    pub(crate) fn kill(&self, pid: u32) {
        let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }

    pub(crate) async fn address(&self) -> String {
        let address = self.status().await.address.unwrap();
        address.strip_prefix("http://").unwrap().to_owned()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(&self.address().await).await
    }

    /// The pids of all processes that were started for this world and still run.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let home = format!("KEELSON_HOME={}\0", self.dir.path().canonicalize().unwrap().display());
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let ours = |pid: &u32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            String::from_utf8_lossy(&environment).contains(&home)
        };
        pids.filter(ours).collect()
    }

    /// Ends everything; what is left of a test that did not come so far is killed by [`Drop`].
    pub(crate) async fn end(mut self) {
        if let Some(target) = self.target.take() {
            target.shutdown(true).await;
        }
        assert_eq!(self.pids(), [] as [u32; 0]);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for pid in self.pids() {
            self.kill(pid);
        }
    }
}

async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < deadline, "still waiting until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn seconds(seconds: u32) -> Period {
    Period::seconds(seconds)
}

fn pack(settings: &str, files: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let server = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/target/server.py");
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    archive.append_path_with_name(server, "server.py")?;
    let mut header = tar::Header::new_gnu();
    header.set_size(settings.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, "settings.json", settings.as_bytes())?;
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, name, *content)?;
    }
    archive.into_inner()?.finish()
}
