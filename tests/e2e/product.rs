//! The product under test: the binary, started in a folder of its own, and ways to talk to it.

use std::io::BufRead as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use api::endpoint::Endpoint;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before the story fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// The running product. Dropping it stops it.
pub(crate) struct Product {
    folder: Option<TempDir>,
    url: String,
    process: Child,
    client: reqwest::Client,
}

/// The binary as `cargo build` makes it, so that the story is about what a user starts.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // Whoever runs all tests has built it just before.
        if let Some(built) = std::env::var_os("KEELSON_BIN") {
            return built.into();
        }
        let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "keelson"]).status();
        assert!(built.unwrap().success(), "the keelson binary builds");
        // <target>/<profile>/deps/e2e-…
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        profile.join("keelson")
    })
}

impl Product {
    /// Starts it in an empty folder and waits until it can serve requests.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with settings, as environment variables.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let process = spawn(folder.path(), port, settings);
        let product = Self { folder: Some(folder), url, process, client: reqwest::Client::new() };
        product.until("the server is ready", async || product.is_ready().await.then_some(())).await;
        product
    }

    /// Kills it without warning and starts it again in the same folder.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let port = self.url.rsplit(':').next().unwrap().parse().unwrap();
        self.process = spawn(self.folder(), port, &[]);
        self.until("the server is ready again", async || self.is_ready().await.then_some(())).await;
    }

    async fn is_ready(&self) -> bool {
        let answer = self.client.get(format!("{}/readyz", self.url)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs a command as its user would, and answers what it printed as JSON.
    pub(crate) fn keelson<T: DeserializeOwned>(&self, arguments: &[&str]) -> T {
        let output = self.run(arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// Runs a command as its user would, and answers what it showed.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(binary());
        command.args(["--server", &self.url]).args(arguments).current_dir(self.folder());
        let output = command.env_remove("KEELSON_TOKEN").stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The folder it was started in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Stops it, and keeps the folder.
    pub(crate) fn stop_and_keep(mut self) -> TempDir {
        self.folder.take().unwrap()
    }

    /// Runs a command that must fail, and answers its exit code and what it said.
    pub(crate) fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(["--server", &self.url, "--json"]).args(arguments).current_dir(self.folder());
        command.env_remove("KEELSON_TOKEN").stdin(Stdio::null()).output().unwrap()
    }

    /// Reads an endpoint as the admin of this machine.
    pub(crate) async fn get<T: DeserializeOwned>(&self, endpoint: &Endpoint<(), T>, path: &[&str]) -> T {
        let token = self.token();
        let url = format!("{}{}", self.url, endpoint.path(path));
        let answer = self.client.get(url).bearer_auth(token).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Calls an address as the admin of this machine, and answers the status and the text.
    pub(crate) async fn call(&self, method: reqwest::Method, path: &str, body: &Value) -> (u16, String) {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(self.token());
        let answer = request.json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The token for this machine's own command line.
    pub(crate) fn token(&self) -> String {
        let file = std::fs::read_to_string(self.folder().join(".keelson/cli-token")).unwrap();
        file.lines().next().unwrap().to_owned()
    }

    /// Delivers a webhook, and answers the status.
    pub(crate) async fn hook(&self, headers: [(&'static str, String); 4], body: Vec<u8>) -> u16 {
        let mut request = self.client.post(format!("{}/hooks/github", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap().status().as_u16()
    }

    /// Requests the first page of a service, as one of its users; the status and the text.
    pub(crate) async fn visit(&self, address: &str) -> (u16, String) {
        let answer = self.client.get(address).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Writes a file into the folder and answers its path.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Waits until something is so.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(started.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The last lines the server wrote, for a story that failed.
    fn log(&self) -> String {
        let Ok(file) = std::fs::File::open(self.folder().join("server.log")) else {
            return String::new();
        };
        let lines: Vec<String> = std::io::BufReader::new(file).lines().map_while(Result::ok).collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // An orderly stop, so that the services it runs stop as well.
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < Duration::from_secs(15) {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(folder: &Path, port: u16, settings: &[(&str, &str)]) -> Child {
    let log = std::fs::File::options().create(true).append(true).open(folder.join("server.log")).unwrap();
    let listen = format!("127.0.0.1:{port}");
    let mut command = Command::new(binary());
    command.args(["up", "--listen", &listen]).env("KEELSON_LOG", "warn");
    command.current_dir(folder).stdin(Stdio::null());
    command.envs(settings.iter().copied());
    command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}
