//! Builds what is measured in release and becomes the program that measures.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::progress::Progress;
use crate::web::{self, Profile};
use crate::workspace::Workspace;
use crate::{package, process};

/// The one bench that opens the panel in a browser.
const NEEDS_PANEL: &str = "panel";
/// The one bench that starts the functions, and not Keelson as a whole.
const NEEDS_FUNCTIONS: &str = "cold";

/// Builds `keelson` and the benches, and becomes the bench, which gets `arguments` too.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<Infallible> {
    let needs = |what: &str| arguments.iter().any(|argument| argument == what);
    if needs(NEEDS_PANEL) {
        web::build(workspace, Profile::Web)?;
    }
    let functions = if needs(NEEDS_FUNCTIONS) { Some(package::to_measure(workspace)?) } else { None };
    {
        let progress = Progress::start("release")?;
        let mut build = workspace.cargo("build");
        build.args(["--release", "--package", "bench"]);
        if functions.is_none() {
            build.args(["--package", "keelson"]);
        }
        process::must(&mut build, &progress)?;
    }
    let program = |name: &str| workspace.target.join("release").join(name);
    let mut bench = workspace.command(&program("bench").to_string_lossy());
    bench.args(arguments).arg("--keelson").arg(program("keelson"));
    bench.arg("--panel").arg(workspace.root.join("web/dist"));
    if let Some((built, archives)) = functions {
        bench.arg("--functions").arg(built).arg("--archives").arg(archives);
    }
    // The same process from here on, so that signals and the exit code are its own.
    Err(bench.exec()).context("cannot start the bench")
}
