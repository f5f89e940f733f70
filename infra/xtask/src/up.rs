//! Starts the whole control plane on this machine, with the demo.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::process;
use crate::progress::Progress;
use crate::timings::Timings;
use crate::web::{self, Profile};
use crate::workspace::Workspace;

/// Builds what is not up to date and becomes `keelson up`, which gets `arguments` too.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<Infallible> {
    let mut timings = Timings::default();
    timings.stage("panel", || {
        let sizes = web::build(workspace, Profile::Web)?;
        Ok(((), sizes.summary()))
    })?;
    timings.stage("keelson", || {
        let progress = Progress::start("keelson")?;
        process::must(workspace.cargo("build").args(["--package", "keelson"]), &progress)?;
        Ok(((), String::new()))
    })?;
    timings.print();

    let keelson = workspace.keelson();
    let mut up = workspace.command(&keelson.to_string_lossy());
    up.args(["up", "--demo", "--panel"]).arg(workspace.root.join("web/dist")).args(arguments);
    // The same process from here on, so that signals and the exit code are its own.
    Err(up.exec()).with_context(|| format!("cannot start {}", keelson.display()))
}
