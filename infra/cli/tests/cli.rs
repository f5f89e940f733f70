//! The program as people use it: a server, and commands that end with the exit codes that the help promises.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const BIN: &str = env!("CARGO_BIN_EXE_keelson");
const COMMIT: &str = "1111111111111111111111111111111111111111";

#[test]
fn a_change_ships_and_every_end_has_its_code() {
    let server = Server::start();
    let at = |line: &str| server.run(line);

    // Whoever may read the server's folder is signed in.
    at("status").ends_with(0, "No services yet");
    at("service show storefront").ends_with(5, "");
    at("service apply -f absent.toml").ends_with(1, "absent.toml");
    at("connection add github").ends_with(0, "/hooks/github");
    at("service apply").ends_with(0, "storefront is at revision 1");
    at("service apply").ends_with(0, "nothing differs");

    let push = format!("artifact push app.tar.gz --service storefront --commit {COMMIT}");
    at(&push).ends_with(0, "is registered for storefront");
    at(&push).ends_with(0, "is registered for storefront");
    let listed = at("artifact list storefront --json").json();
    let digest = listed[0]["digest"].as_str().unwrap();
    let short = &digest["sha256:".len()..][..8];

    at(&format!("promote storefront staging --artifact {short} --watch")).ends_with(0, "100 % passed");
    at("status").ends_with(0, short);
    at("logs storefront staging").ends_with(0, "1.0 Test is open");
    at("rollback storefront staging").ends_with(2, "add --yes");
    at("rollback storefront staging --yes").ends_with(6, "");
    at("hold storefront staging --reason inventory").ends_with(0, "is held in staging");
    at("resume storefront staging").ends_with(0, "goes on in staging");
    at("audit --service storefront").ends_with(0, "inventory");

    // A token for CI does what CI does, and nothing else.
    let token = at("token create ci --service storefront --permission push-artifact").stdout();
    std::fs::write(server.folder.path().join("ci-token"), &token).unwrap();
    at(&format!("{push} --token-file ci-token")).ends_with(0, "is registered");
    at("hold storefront staging --reason no --token-file ci-token").ends_with(4, "");
    std::fs::write(server.folder.path().join("ci-token"), "kls_wrong").unwrap();
    at("status --token-file ci-token").ends_with(4, "ci-token was not accepted");

    // Somewhere else nobody is signed in, until they use their link; it works once.
    let elsewhere = tempfile::tempdir().unwrap();
    let there = |line: &str| run(elsewhere.path(), &format!("{line} --server {}", server.url));
    there("status").ends_with(4, "keelson sign-in");
    there(&format!("sign-in {}", server.sign_in)).ends_with(0, "Signed in");
    there("status").ends_with(0, short);
    there(&format!("sign-in {}", server.sign_in)).ends_with(4, "");

    let url = server.url.clone();
    assert!(server.stop(), "the server ends well when it is told to");
    run(elsewhere.path(), &format!("status --server {url}")).ends_with(3, "keelson up");
}

/// What became of a command.
struct Went {
    line: String,
    output: Output,
}

impl Went {
    #[track_caller]
    fn ends_with(&self, code: i32, told: &str) {
        let (out, err) = (self.stdout(), String::from_utf8_lossy(&self.output.stderr));
        let everything = format!("keelson {}\n{out}{err}", self.line);
        assert_eq!(self.output.status.code(), Some(code), "{everything}");
        assert!(everything.contains(told), "{everything}\nhas no `{told}`");
    }

    fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.output.stdout).unwrap()
    }
}

/// Runs a command in a folder that is its home too; words are apart by single spaces.
fn run(folder: &Path, line: &str) -> Went {
    let output = keelson(folder).args(line.split(' ')).output().unwrap();
    Went { line: line.to_owned(), output }
}

fn keelson(folder: &Path) -> Command {
    let mut command = Command::new(BIN);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder).env("USER", "ada");
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// A server with a folder of its own, and in it what a team brings.
struct Server {
    folder: tempfile::TempDir,
    process: Child,
    url: String,
    sign_in: String,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("keelson.toml"), manifest()).unwrap();
        std::fs::write(folder.path().join("app.tar.gz"), artifact()).unwrap();
        let up = ["up", "--json", "--listen", "127.0.0.1:0", "--log", "error"];
        let mut process = keelson(folder.path()).args(up).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut text = String::new();
        for line in lines.map_while(Result::ok) {
            text.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let started: Value = serde_json::from_str(&text).unwrap();
        let said = |name: &str| started[name].as_str().unwrap().to_owned();
        assert_eq!(PathBuf::from(said("token_file")), folder.path().join(".keelson/cli-token"));
        Self { url: said("url"), sign_in: said("sign_in"), folder, process }
    }

    fn run(&self, line: &str) -> Went {
        run(self.folder.path(), line)
    }

    fn stop(mut self) -> bool {
        self.terminate();
        self.process.wait().unwrap().success()
    }

    fn terminate(&self) {
        // It may have ended already.
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Also when the test has failed: it ends its services' processes.
        self.terminate();
        let _ = self.process.wait();
    }
}

fn manifest() -> String {
    format!(
        r#"
[service]
name = "storefront"
team = "shop"
repository = "github:acme/storefront"

[[environment]]
name = "staging"
promote = "manual"
target = {{ kind = "process", command = ["./run"], drain = "1s", env = {{ KEELSON_BIN = "{BIN}" }} }}
"#
    )
}

fn artifact() -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut add = |name: &str, mode: u32, text: &str| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(mode);
        header.set_size(text.len() as u64);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    };
    add("run", 0o755, "#!/bin/sh\nexec \"$KEELSON_BIN\" demo-service\n");
    add("version.toml", 0o644, "name = \"1.0\"\ntitle = \"Test\"\nerror_share = 0.0\ndelay = \"0s\"\n");
    archive.into_inner().unwrap().finish().unwrap()
}
