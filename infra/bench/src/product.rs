//! The product under measurement: the release binary in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::Setting;
use crate::figure::{Aim, Figure, Sample};

/// How long anything may take before the bench gives up.
const DEADLINE: Duration = Duration::from_secs(120);

/// The running product. Dropping it stops it, and removes its folder.
pub(crate) struct Product {
    keelson: PathBuf,
    /// Gone once it was stopped to go on elsewhere.
    folder: Option<TempDir>,
    url: String,
    process: Child,
    client: reqwest::Client,
}

impl Product {
    /// Starts it in an empty folder and waits until it can serve requests.
    pub(crate) async fn start(setting: &Setting) -> Result<Self> {
        Self::start_in(setting, TempDir::new()?, &[]).await
    }

    /// Starts it in a folder, with more arguments for `keelson up`, and waits until it can serve requests.
    pub(crate) async fn start_in(setting: &Setting, folder: TempDir, arguments: &[&str]) -> Result<Self> {
        let keelson = setting.keelson.canonicalize().context("the release build of keelson is missing")?;
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = spawn(&keelson, folder.path(), &listen.to_string(), arguments)?;
        let url = format!("http://{listen}");
        let product = Self { keelson, folder: Some(folder), url, process, client: reqwest::Client::new() };
        product.until("keelson is ready", async || product.is_ready().await.then_some(())).await?;
        Ok(product)
    }

    /// Where it is served.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new("."), TempDir::path)
    }

    /// Stops it, and hands its folder over, to start it there again.
    ///
    /// # Errors
    /// When the folder is gone already, which nothing does.
    pub(crate) fn stop(mut self) -> Result<TempDir> {
        self.end();
        self.folder.take().context("the folder is gone")
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// A client for requests, which keeps connections.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The token of this machine's own command line.
    pub(crate) fn token(&self) -> Result<String> {
        let file = std::fs::read_to_string(self.folder().join(".keelson/cli-token"))?;
        Ok(file.lines().next().context("the token's file is empty")?.to_owned())
    }

    /// Runs a command as its user would, and answers what it printed as JSON.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub(crate) fn keelson<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T> {
        let output = self.run(arguments)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "keelson {}: {}", arguments.join(" "), said.trim());
        serde_json::from_slice(&output.stdout).with_context(|| format!("keelson {}", arguments.join(" ")))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.keelson);
        command.args(["--server", &self.url, "--json"]).args(arguments).current_dir(self.folder());
        Ok(command.env_remove("KEELSON_TOKEN").stdin(Stdio::null()).output()?)
    }

    /// Writes a file into the folder and answers its path.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let path = self.folder().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path.to_string_lossy().into_owned())
    }

    async fn is_ready(&self) -> bool {
        let answer = self.client.get(format!("{}/readyz", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Waits until something is so.
    ///
    /// # Errors
    /// When it is not so in time, with the last lines of the server's log.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> Result<T> {
        let started = Instant::now();
        loop {
            if let Some(found) = look().await {
                return Ok(found);
            }
            if started.elapsed() > DEADLINE {
                bail!("not within {DEADLINE:?}: {what}\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder().join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.end();
    }
}

impl Product {
    fn end(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            return;
        }
        // An orderly stop, so that the services it runs stop as well.
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < Duration::from_secs(20) {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // It has not stopped in time; there is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(keelson: &Path, folder: &Path, listen: &str, arguments: &[&str]) -> Result<Child> {
    let log = std::fs::File::options().create(true).append(true).open(folder.join("server.log"))?;
    let mut command = Command::new(keelson);
    command.args(["up", "--log", "warn,dynoxide=error", "--listen", listen]).args(arguments);
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("cannot start {}", keelson.display()))
}

/// The time from starting Keelson in an empty folder until it can serve requests.
pub(crate) async fn start_time(setting: &Setting) -> Result<Vec<Figure>> {
    let mut sample = Sample::default();
    for _ in 0..setting.runs {
        let started = Instant::now();
        let product = Product::start(setting).await?;
        sample.add(started.elapsed().as_secs_f64());
        drop(product);
    }
    Ok(vec![Figure::median("start", "ready_seconds", &sample, "s")?.aim(Aim::AtMost(1.0))])
}
