//! The stages over what runs in the browser.

use anyhow::Result;

use super::{Outcome, Tally, rust};
use crate::process::watch;
use crate::progress::Progress;
use crate::web::{self, Toolchain};
use crate::workspace::Workspace;

/// The rules and the wire types, without what the panel adds to the features of their dependencies.
pub(super) fn rules(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let mut check = Toolchain::ensure(workspace, progress)?.cargo(workspace, "check")?;
    check.args(["--locked", "--package", "domain", "--package", "api"]);
    Ok(watch(&mut check, progress)?.success.into())
}

/// Clippy and the documentation of the panel.
pub(super) fn lint(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let toolchain = Toolchain::ensure(workspace, progress)?;
    if toolchain == Toolchain::Debian {
        // Clippy must be of the same version as the compiler, and Debian's has none.
        return Ok(Outcome::Skipped("clippy needs rustup's target".to_owned()));
    }
    let mut clippy = toolchain.cargo(workspace, "clippy")?;
    clippy.args(["--locked", "--package", "web", "--", "-D", "warnings"]);
    let mut docs = toolchain.cargo(workspace, "doc")?;
    docs.args(["--locked", "--package", "web", "--no-deps", "--document-private-items"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    let well = watch(&mut clippy, progress)?.success && watch(&mut docs, progress)?.success;
    Ok(well.into())
}

/// The tests of the panel's logic, which need no browser and run on this machine.
pub(super) fn tests(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    let mut tests = rust::test_runner(workspace);
    tests.args(["--package", "web"]).env("CARGO_TARGET_DIR", web::build_folder(workspace));
    Ok(Outcome::Ran(Tally::of_tests(&watch(&mut tests, progress)?)))
}
