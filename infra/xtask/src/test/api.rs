//! The API as it is served, held against what its document says of it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Outcome, Tally};
use crate::process::{must, watch};
use crate::progress::Progress;
use crate::python::{self, Environment};
use crate::settings;
use crate::workspace::Workspace;

const TESTS: &str = "tests/api";
/// How long Keelson may take to be ready, and to end.
const DEADLINE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);
/// The same requests each time; another number finds other things.
const SEED: &str = "7";
/// Requests with chance in them, to each operation.
const EXAMPLES: &str = "8";
/// What must hold of every answer.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Operations that would end what the others need, the session or the token that they come with; and those that lead a
/// browser to pages, which are no part of the document.
const EXCLUDED: [&str; 4] = ["sign_out", "revoke_token", "begin_oidc", "finish_oidc"];

/// Starts Keelson in an empty folder, uses every operation once as it is meant to be used, and then sends to every
/// operation what nobody should.
///
/// Where there is no Python to do so it is skipped, but not in CI.
pub(super) fn run(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let python = match python::environment(workspace, "python", "tests/api/requirements.txt", progress) {
        Ok(python) => python,
        Err(reason) if settings::get("CI").is_none() => return Ok(Outcome::Skipped(format!("{reason:#}"))),
        Err(reason) => return Err(reason),
    };
    progress.message("building keelson");
    must(workspace.cargo("build").args(["--locked", "--package", "keelson"]), progress)?;

    let keelson = Keelson::start(workspace)?;
    let facts = keelson.folder.join("facts.json");
    progress.message("using every operation once");
    let mut walk = command(workspace, &python, "python");
    walk.arg(workspace.root.join(TESTS).join("walk.py")).arg(&keelson.url).arg(keelson.token_file());
    walk.arg(workspace.keelson()).arg(&facts);
    let walked = watch(&mut walk, progress)?;
    let mut tally = Tally::one(walked.success);
    if walked.success {
        progress.message("fuzzing every operation");
        tally += Tally::one(watch(&mut fuzz(workspace, &python, &keelson, &facts)?, progress)?.success);
    }
    Ok(Outcome::Ran(tally))
}

/// A program of the environment, to which the tests' own modules are known.
fn command(workspace: &Workspace, python: &Environment, program: &str) -> Command {
    let mut command = python.command(workspace, program);
    command.env("PYTHONPATH", workspace.root.join(TESTS)).current_dir(&python.folder);
    command
}

fn fuzz(workspace: &Workspace, python: &Environment, keelson: &Keelson, facts: &Path) -> Result<Command> {
    let file = fs::read_to_string(keelson.token_file()).context("Keelson has left no token")?;
    let token = file.lines().next().unwrap_or_default();
    let mut fuzz = command(workspace, python, "schemathesis");
    fuzz.arg("run").arg(format!("{}/openapi.json", keelson.url));
    fuzz.args(["--header", &format!("Authorization: Bearer {token}")]);
    fuzz.args(["--seed", SEED, "--max-examples", EXAMPLES, "--phases", "coverage,fuzzing"]);
    fuzz.args(["--generation-with-security-parameters", "false", "--generation-database", "none"]);
    fuzz.args(["--checks", CHECKS, "--continue-on-failure", "--warnings", "off", "--no-color"]);
    for operation in EXCLUDED {
        fuzz.args(["--exclude-operation-id", operation]);
    }
    fuzz.env("SCHEMATHESIS_HOOKS", "hooks").env("KEELSON_FUZZ_FACTS", facts);
    Ok(fuzz)
}

/// A Keelson in an empty folder. Dropping it stops it and removes the folder.
struct Keelson {
    folder: PathBuf,
    url: String,
    process: Child,
}

impl Keelson {
    fn start(workspace: &Workspace) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("keelson-api-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let log = fs::File::create(folder.join("log"))?;
        let mut up = workspace.command(&workspace.keelson().to_string_lossy());
        up.args(["up", "--dir", "data", "--log", "warn", "--listen", &format!("127.0.0.1:{port}")]);
        up.current_dir(&folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let process = up.spawn().context("cannot start keelson")?;
        let mut keelson = Self { folder, url: format!("http://127.0.0.1:{port}"), process };
        keelson.wait_until_ready()?;
        Ok(keelson)
    }

    /// The file with the token of whoever started it, which is written before anything is answered.
    fn token_file(&self) -> PathBuf {
        self.folder.join("data/cli-token")
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < DEADLINE {
            if self.process.try_wait()?.is_some() {
                break;
            }
            let address = self.url.trim_start_matches("http://");
            if self.token_file().exists() && std::net::TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("keelson is not ready within {} s: {log}", DEADLINE.as_secs())
    }
}

impl Drop for Keelson {
    fn drop(&mut self) {
        // An orderly end, so that the services it runs end as well.
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < DEADLINE {
            if !matches!(self.process.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(LOOK);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
