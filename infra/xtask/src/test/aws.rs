//! The stack on an emulated AWS.

use std::fs;

use anyhow::{Context, Result};

use super::{Outcome, Tally, rust};
use crate::process::{must, watch};
use crate::progress::Progress;
use crate::workspace::Workspace;
use crate::{python, settings, template};

const TESTS: &str = "tests/aws";

/// Deploys the stack to an emulator, tells the story of it, and reads a secret from a Vault.
///
/// Where there is no Python for it, it is skipped, but not in CI. The panel and what the browser tests need are there
/// from the stages before.
pub(super) fn run(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let python =
        match python::environment(workspace, "aws-venv", &format!("{TESTS}/requirements.txt"), progress) {
            Ok(python) => python,
            Err(reason) if settings::get("CI").is_none() => {
                return Ok(Outcome::Skipped(format!("{reason:#}")));
            }
            Err(reason) => return Err(reason),
        };
    progress.message("building the functions");
    must(workspace.cargo("build").args(["--locked", "--package", "lambda", "--bins"]), progress)?;
    let stack = workspace.target.join("emulator.json");
    fs::write(&stack, template::for_emulator(workspace)?)
        .with_context(|| format!("cannot write {}", stack.display()))?;

    progress.message("deploying to the emulator");
    let mut story = python.command(workspace, "python");
    story.arg(workspace.root.join(TESTS).join("story.py")).arg(stack).arg(workspace.target.join("debug"));
    let told = watch(story.arg(workspace.root.join("web/dist")), progress)?;
    let chapters = told.said.lines().rev().find_map(sum);
    let mut tally = chapters.unwrap_or_else(|| Tally::one(told.success));

    progress.message("reading from a Vault");
    // Among all tests, as the stage of the tests has built them.
    let mut vault = rust::test_runner(workspace);
    vault.arg("openbao_itself");
    vault.env("KEELSON_TEST_BAO", python.folder.join("bin/bao"));
    tally += Tally::one(watch(&mut vault, progress)?.success);
    Ok(Outcome::Ran(tally))
}

/// `11 passed, 0 failed`
fn sum(line: &str) -> Option<Tally> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some(Tally { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_story_is_its_sum() {
        let told = sum("9 passed, 2 failed").unwrap();
        assert_eq!((told.passed, told.failed), (9, 2));
        assert!(sum("ok     one command goes back (0.9 s)").is_none());
    }
}
