//! Builds what is measured in release and becomes the program that measures.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::process;
use crate::progress::Progress;
use crate::web::{self, Profile};
use crate::workspace::Workspace;

/// The one bench that opens the panel in a browser.
const NEEDS_PANEL: &str = "panel";

/// Builds `keelson` and the benches, and becomes the bench, which gets `arguments` too.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<Infallible> {
    if arguments.iter().any(|argument| argument == NEEDS_PANEL) {
        web::build(workspace, Profile::Web)?;
    }
    {
        let progress = Progress::start("release")?;
        let mut build = workspace.cargo("build");
        process::must(build.args(["--release", "--package", "keelson", "--package", "bench"]), &progress)?;
    }
    let program = |name: &str| workspace.target.join("release").join(name);
    let mut bench = workspace.command(&program("bench").to_string_lossy());
    bench.args(arguments).arg("--keelson").arg(program("keelson"));
    bench.arg("--panel").arg(workspace.root.join("web/dist"));
    // The same process from here on, so that signals and the exit code are its own.
    Err(bench.exec()).context("cannot start the bench")
}
