//! The gate of the stack on AWS.

use anyhow::Result;

use super::{Outcome, Tally};
use crate::progress::Progress;
use crate::template::{self, Options};
use crate::workspace::Workspace;
use crate::{python, settings};

/// Runs the gate. Where there is no Python for it, it is skipped, but not in CI; our own rules are tests of this crate
/// besides.
pub(super) fn run(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let python = match python::environment(workspace, template::ENVIRONMENT, template::REQUIREMENTS, progress)
    {
        Ok(python) => python,
        Err(reason) if settings::get("CI").is_none() => return Ok(Outcome::Skipped(format!("{reason:#}"))),
        Err(reason) => return Err(reason),
    };
    let found = template::run_with(workspace, &python, &Options::default(), progress)?;
    Ok(Outcome::Ran(Tally { passed: found.passed, failed: found.failed }))
}
