//! The panel in a real browser.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Outcome, Tally, rust};
use crate::process::{self, must, watch};
use crate::progress::Progress;
use crate::system;
use crate::workspace::Workspace;

const TESTS: &str = "tests/browser";
const CHROMIUM: &str = "/usr/bin/chromium";
/// What playwright-core asks for.
const OLDEST_NODE: u32 = 20;

/// Installs what the tests in `tests/browser` need and runs them.
pub(super) fn run(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let folder = workspace.root.join(TESTS);
    if !folder.join("package.json").exists() {
        return Ok(Outcome::Skipped(format!("no {TESTS}/package.json")));
    }
    let node = process::read(workspace.command("node").arg("--version"))?;
    if major(&node) < OLDEST_NODE {
        bail!("the browser tests need Node {OLDEST_NODE} or newer; this is {node}");
    }
    system::ensure(Path::new(CHROMIUM), &["chromium"], progress)?;
    progress.message("installing the packages of the browser tests");
    must(workspace.command("npm").current_dir(&folder).args(["ci", "--no-audit", "--no-fund"]), progress)?;

    // One of the tests is of the panel with the real program behind it.
    progress.message("building keelson");
    must(workspace.cargo("build").args(["--locked", "--package", "keelson"]), progress)?;

    progress.message("running in Chromium");
    let mut tests = workspace.command("node");
    tests.arg("run.mjs").current_dir(&folder);
    rust::for_tests(&mut tests, workspace);
    tests.env("KEELSON_PANEL", workspace.root.join("web/dist")).env("CHROMIUM", CHROMIUM);
    Ok(Outcome::Ran(Tally::of_tests(&watch(&mut tests, progress)?)))
}

/// The first number of a version such as `v20.20.2`; 0 for what is none.
fn major(version: &str) -> u32 {
    version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}
