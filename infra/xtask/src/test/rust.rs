//! The stages over the crates that run on the server and on the command line.

use std::process::Command;

use anyhow::Result;

use super::{Outcome, Tally};
use crate::process::{self, watch};
use crate::progress::Progress;
use crate::settings;
use crate::workspace::Workspace;

pub(super) fn format(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    one(workspace.cargo("fmt").args(["--all", "--check", "--", "--files-with-diff"]), progress)
}

pub(super) fn lint(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    one(workspace.cargo("clippy").args(["--locked", "--all-targets", "--", "-D", "warnings"]), progress)
}

pub(super) fn docs(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let mut doc = workspace.cargo("doc");
    doc.args(["--locked", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    one(&mut doc, progress)
}

pub(super) fn build(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    one(workspace.cargo("build").args(["--locked", "--package", "keelson"]), progress)
}

pub(super) fn tests(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    Ok(Outcome::Ran(Tally::of_tests(&watch(&mut test_runner(workspace), progress)?)))
}

pub(super) fn doc_tests(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let mut tests = workspace.cargo("test");
    tests.args(["--locked", "--no-fail-fast", "--doc", "--quiet"]);
    for_tests(&mut tests, workspace);
    Ok(Outcome::Ran(Tally::of_tests(&watch(&mut tests, progress)?)))
}

/// Runs tests with nextest where it is installed, which is quicker, and with cargo's own runner elsewhere.
pub(super) fn test_runner(workspace: &Workspace) -> Command {
    let with_nextest = process::read(workspace.cargo("nextest").arg("--version")).is_ok();
    let mut runner = workspace.cargo(if with_nextest { "nextest" } else { "test" });
    if with_nextest {
        runner.args(["run", "--status-level", "slow", "--final-status-level", "fail"]);
    } else {
        // Without the examples in the documentation, which are a stage of their own.
        runner.arg("--tests");
    }
    runner.args(["--locked", "--no-fail-fast"]);
    for_tests(&mut runner, workspace);
    runner
}

/// What tests find in their environment: the program that the stage before has built, and no leave to
/// accept a changed snapshot.
pub(super) fn for_tests(tests: &mut Command, workspace: &Workspace) {
    tests.env("INSTA_UPDATE", "no").env("KEELSON_BIN", workspace.keelson());
    tests.env("RUST_BACKTRACE", settings::get("RUST_BACKTRACE").unwrap_or_else(|| "0".to_owned()));
}

fn one(command: &mut Command, progress: &Progress) -> Result<Outcome> {
    Ok(watch(command, progress)?.success.into())
}
