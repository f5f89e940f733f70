//! What compiles for other processors: cargo-lambda with zig's linker, from Python's package index, in a folder of cargo's.

use std::process::Command;

use anyhow::Result;

use super::build::with_path;
use crate::process;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// The versions that are known to go together.
const PACKAGES: [&str; 2] = ["cargo-lambda==1.9.2", "ziglang==0.17.0"];

/// `cargo lambda build`, which finds zig through the Python beside it.
///
/// # Errors
/// When there is no Python, or its package index does not answer.
pub(super) fn cargo_lambda(workspace: &Workspace, progress: &Progress) -> Result<Command> {
    let folder = workspace.target.join("tools/cargo-lambda");
    let programs = folder.join("bin");
    if !programs.join("cargo-lambda").exists() {
        progress.message("fetching cargo-lambda and zig from PyPI");
        let mut python = workspace.command("python3");
        process::must(python.args(["-m", "venv"]).arg(&folder), progress)?;
        let mut pip = workspace.command(&programs.join("pip").to_string_lossy());
        process::must(pip.args(["install", "--quiet"]).args(PACKAGES), progress)?;
    }
    let mut cargo = workspace.cargo("lambda");
    cargo.args(["build"]);
    with_path(&mut cargo, &programs)?;
    Ok(cargo)
}
