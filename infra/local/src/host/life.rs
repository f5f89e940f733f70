//! A process and everything it starts, from the outside: start, wait, end.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use super::procfs::{self, Running};
use super::state::Identity;

/// How often to look whether something has ended that is not our child.
const LOOK: Duration = Duration::from_millis(50);
/// How long a killed process may take to disappear; longer means that the kernel holds it.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);

/// A process that leads a process group of its own.
pub(super) struct Life {
    identity: Identity,
    /// `None` for a process of an earlier Keelson: init collects it, and its exit code with it.
    child: Option<Child>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exit {
    Known(ExitStatus),
    /// It was not our child.
    Unknown,
}

impl Life {
    /// Starts a program in a folder with exactly these variables, its output going to these files.
    pub(super) fn start<'a>(
        command: &[String],
        folder: &Path,
        variables: impl IntoIterator<Item = (&'a str, String)>,
        [stdout, stderr]: [File; 2],
    ) -> io::Result<Self> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| io::Error::other("there is no command"))?;
        let child = Command::new(resolve(program, folder))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            // So that it survives what ends Keelson, and so that all it starts can be ended with it.
            .process_group(0)
            .spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("it ended at once"))?;
        // Our child stays in the process table until it is waited for, so it is found even if it has ended; then it
        // is not found as running, and its start time does not matter any more.
        let started = Running::find(pid).map_or(0, |running| running.started);
        Ok(Self { identity: Identity { pid, started }, child: Some(child) })
    }

    /// Takes over a process of an earlier Keelson.
    pub(super) fn found(running: Running) -> Self {
        let identity = Identity { pid: running.pid, started: running.started };
        Self { identity, child: None }
    }

    pub(super) fn identity(&self) -> Identity {
        self.identity
    }

    /// Waits until the process has ended. May be given up and asked again.
    pub(super) async fn exit(&mut self) -> Exit {
        match &mut self.child {
            Some(child) => child.wait().await.map_or(Exit::Unknown, Exit::Known),
            None => {
                while self.is_running() {
                    tokio::time::sleep(LOOK).await;
                }
                Exit::Unknown
            }
        }
    }

    /// Ends the process and everything it has started: asks all of them, waits for `grace`, kills the rest.
    pub(super) async fn end(&mut self, grace: Duration) {
        self.signal(Signal::TERM);
        let gone = async {
            self.exit().await;
            while procfs::group_is_alive(self.identity.pid) {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(grace, gone).await.is_ok() {
            return;
        }
        self.signal(Signal::KILL);
        if tokio::time::timeout(KILL_TIMEOUT, self.exit()).await.is_err() {
            tracing::error!(pid = self.identity.pid, "a process does not end though it was killed");
        }
    }

    /// Signals the whole group.
    fn signal(&self, signal: Signal) {
        let pid = self.identity.pid;
        // A child that has not been waited for keeps its pid. Otherwise: a pid is not given out again while a group
        // bears its number, so the group is ours unless another process has that number now.
        let is_our_child = self.child.as_ref().is_some_and(|child| child.id().is_some());
        let another = Running::find(pid).is_some_and(|now| now.started != self.identity.started);
        let group = i32::try_from(pid).ok().and_then(Pid::from_raw);
        if let (true, Some(group)) = (is_our_child || !another, group) {
            // It fails only if nobody is left.
            let _ = kill_process_group(group, signal);
        }
    }

    fn is_running(&self) -> bool {
        Running::find(self.identity.pid).is_some_and(|now| now.started == self.identity.started)
    }
}

/// A program with a slash, or one that lies in the folder, is the artifact's; any other is looked for in `PATH`.
fn resolve(program: &str, folder: &Path) -> std::path::PathBuf {
    let inside = folder.join(program);
    if program.contains('/') || inside.is_file() { inside } else { program.into() }
}

/// Ends everything in the group that a process leads.
pub(super) async fn end_stray(running: Running, grace: Duration) {
    Life::found(running).end(grace).await;
}

/// The signal that ended a process, by name if it is one of those one meets.
pub(super) fn signal_name(exit: ExitStatus) -> Option<String> {
    let signal = exit.signal()?;
    let name = match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL; out of memory?)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    };
    Some(format!("signal {signal}{name}"))
}
