//! A machine on which Keelson dies, and comes back.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use api::endpoint::Endpoint;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::product::binary;

/// Longer than anything here takes on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(30);
const KILLED: i32 = 9;

/// A folder in which Keelson runs, dies, and is started again.
pub(super) struct Machine {
    folder: TempDir,
    port: u16,
    process: Mutex<Running>,
    client: reqwest::Client,
    token: String,
}

/// The process that runs now.
struct Running {
    child: Child,
    /// How often it has died.
    deaths: u32,
}

/// Nobody knows what became of a request: the connection broke before an answer came.
#[derive(Debug)]
pub(super) struct Unanswered;

impl Machine {
    /// Starts Keelson in a copy of a folder, to die at that point once it is told to count.
    pub(super) async fn start(base: &Path, crash_at: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let copied = Command::new("cp").arg("-a").arg(base.join(".")).arg(folder.path()).status();
        assert!(copied.unwrap().success(), "the folder is copied");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = spawn(folder.path(), port, Some(crash_at));
        let token = fs::read_to_string(folder.path().join(".keelson/cli-token")).unwrap();
        let machine = Self {
            folder,
            port,
            process: Mutex::new(Running { child, deaths: 0 }),
            client: reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap(),
            token: token.lines().next().unwrap().to_owned(),
        };
        machine.revive().await;
        machine
    }

    /// From now on it is counted how often the point is come to.
    pub(super) async fn count(&self) {
        signal("USR2", self.process.lock().await.child.id());
    }

    pub(super) async fn is_ready(&self) -> Option<()> {
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let answer = self.client.get(url).send().await;
        answer.is_ok_and(|answer| answer.status().is_success()).then_some(())
    }

    /// How often Keelson has died.
    pub(super) async fn deaths(&self) -> u32 {
        self.process.lock().await.deaths
    }

    /// Waits until Keelson can be asked, starting it again if it has died.
    pub(super) async fn revive(&self) {
        let answers_or_died = async || {
            self.start_again_if_dead().await;
            self.is_ready().await
        };
        self.until("the server is ready", answers_or_died).await;
    }

    async fn start_again_if_dead(&self) {
        let mut running = self.process.lock().await;
        let Some(status) = running.child.try_wait().unwrap() else { return };
        assert_eq!(
            status.signal(),
            Some(KILLED),
            "it died otherwise than it should: {status}\n{}",
            self.log()
        );
        running.deaths += 1;
        assert_eq!(running.deaths, 1, "it dies once");
        running.child = spawn(self.folder.path(), self.port, None);
    }

    /// Waits until something is so, on this side of a crash or the other.
    pub(super) async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}\n{}", self.log());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Reads an endpoint, for as long as it takes.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<(), T>,
        path: &[&str],
        query: &str,
    ) -> T {
        let url = format!("http://127.0.0.1:{}{}{query}", self.port, endpoint.path(path));
        loop {
            let answered = self.client.get(&url).bearer_auth(&self.token).send().await;
            match answered {
                Ok(answer) if answer.status().is_success() => {
                    if let Ok(value) = answer.json().await {
                        return value;
                    }
                }
                Ok(answer) => {
                    let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
                    // The store is not there for as long as the process is dying.
                    assert!(status.is_server_error(), "{url}: {status} {text}");
                }
                Err(_) => {}
            }
            self.revive().await;
        }
    }

    /// Asks for something once. After a crash Keelson is there again when this returns.
    pub(super) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<B, T>,
        path: &[&str],
        body: &B,
    ) -> Result<T, Unanswered> {
        let url = format!("http://127.0.0.1:{}{}", self.port, endpoint.path(path));
        let answered = self.client.post(&url).bearer_auth(&self.token).json(body).send().await;
        if let Ok(answer) = answered {
            let status = answer.status();
            if let Ok(text) = answer.text().await {
                if status.is_success() {
                    return Ok(serde_json::from_str(&text).unwrap());
                }
                assert!(status.is_server_error(), "{url}: {status} {text}");
            }
        }
        self.revive().await;
        Err(Unanswered)
    }

    /// Delivers a webhook once, and answers whether it was taken.
    pub(super) async fn deliver(
        &self,
        headers: [(&'static str, String); 4],
        body: Vec<u8>,
    ) -> Result<(), Unanswered> {
        let mut request = self.client.post(format!("http://127.0.0.1:{}/hooks/github", self.port)).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Ok(answer) = request.send().await {
            let status = answer.status();
            if status.is_success() {
                return Ok(());
            }
            let is_for_later = status.is_server_error() || status.as_u16() == 429;
            assert!(is_for_later, "{status} {}", answer.text().await.unwrap_or_default());
        }
        self.revive().await;
        Err(Unanswered)
    }

    /// Runs a command of the command line until it succeeds, as a job of CI is run again.
    pub(super) async fn command(&self, arguments: &[&str]) {
        loop {
            let output = self.run(arguments).await;
            if output.status.success() {
                return;
            }
            let before = self.deaths().await;
            self.revive().await;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(self.deaths().await > before || before > 0, "{arguments:?}: {said}\n{}", self.log());
        }
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(binary());
        command.args(["--server", &format!("http://127.0.0.1:{}", self.port), "--json"]).args(arguments);
        command.current_dir(self.folder.path()).env_remove("KEELSON_TOKEN").stdin(Stdio::null());
        command.output().await.unwrap()
    }

    /// Requests the first page of a service, as one of its users.
    pub(super) async fn visit(&self, address: &str) -> Option<String> {
        let answer = self.client.get(address).send().await.ok()?;
        if answer.status().is_success() { answer.text().await.ok() } else { None }
    }

    /// The processes of services that run on this machine.
    pub(super) fn services(&self) -> Vec<u32> {
        let home = self.folder.path().join(".keelson").canonicalize().unwrap();
        let home = format!("KEELSON_HOME={}\0", home.display());
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let ours = |pid: &u32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            String::from_utf8_lossy(&environment).contains(&home)
        };
        pids.filter(ours).collect()
    }

    /// Stops Keelson as a person does; the services it runs end with it.
    pub(super) async fn stop(&self) {
        let mut running = self.process.lock().await;
        signal("TERM", running.child.id());
        self.until("it has stopped", async || running.child.try_wait().unwrap()).await;
        assert_eq!(self.services(), [] as [u32; 0], "no process is left over");
    }

    /// The last lines the server wrote, for a story that failed.
    pub(super) fn log(&self) -> String {
        let server = last_lines(&self.folder.path().join("server.log"), 25);
        let logs = self.folder.path().join(".keelson/logs/shop/production");
        let files = fs::read_dir(logs).into_iter().flatten().flatten().map(|entry| entry.path());
        let services: Vec<String> =
            files.filter(|path| path.is_file()).map(|path| last_lines(&path, 8)).collect();
        format!("{server}\nservices in production:\n{}", services.join("\n"))
    }
}

fn last_lines(file: &Path, count: usize) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

impl Drop for Machine {
    fn drop(&mut self) {
        let running = self.process.get_mut();
        let _ = running.child.kill();
        let _ = running.child.wait();
        for pid in self.services() {
            signal("KILL", pid);
        }
    }
}

fn signal(name: &str, pid: u32) {
    // It may have ended by itself in the meantime.
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

fn spawn(folder: &Path, port: u16, crash_at: Option<&str>) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.join("server.log")).unwrap();
    let mut command = Command::new(binary());
    command.args(["up", "--log", "warn", "--listen", &format!("127.0.0.1:{port}")]);
    command.args(crash_at.map(|at| format!("--crash-at={at}")));
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().unwrap()
}
