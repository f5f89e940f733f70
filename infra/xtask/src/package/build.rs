//! Compiles the functions, the same way wherever that happens.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Architecture, tools};
use crate::process;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// The profile in the workspace's manifest.
const PROFILE: &str = "lambda";
/// The crate with the programs.
const CRATE: &str = "lambda";
/// What separates flags in the variable that takes any character in them.
const SEPARATOR: &str = "\u{1f}";

/// Builds some of the programs below `target`, as cargo names them.
///
/// # Errors
/// When one does not compile, or what compiles for other processors than this machine's cannot be had.
pub(super) fn build(
    workspace: &Workspace,
    architecture: Architecture,
    target: &Path,
    which: &[&str],
    progress: &Progress,
) -> Result<()> {
    // Always for a named target, so that flags are for the programs alone and not for build scripts.
    let mut cargo = if architecture.is_here() {
        workspace.cargo("build")
    } else {
        tools::cargo_lambda(workspace, progress)?
    };
    cargo
        .args(["--locked", "--profile", PROFILE, "--package", CRATE, "--target", architecture.target()])
        .args(which)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(workspace, target)?)
        .env("CARGO_INCREMENTAL", "0");
    process::must(&mut cargo, progress).map(drop)
}

/// Where cargo puts programs.
pub(super) fn folder(architecture: Architecture, target: &Path) -> PathBuf {
    target.join(architecture.target()).join(PROFILE)
}

/// Every program, and where it is once it is built.
///
/// # Errors
/// When the workspace has no such crate.
pub(super) fn programs(
    workspace: &Workspace,
    architecture: Architecture,
    target: &Path,
) -> Result<Vec<(String, PathBuf)>> {
    let folder = folder(architecture, target);
    let programs = workspace.package(CRATE)?.targets.iter().filter(|target| target.is_bin());
    Ok(programs.map(|program| (program.name.clone(), folder.join(&program.name))).collect())
}

/// Flags that keep this machine's folders out of what is built: they are in messages of panics.
fn flags(workspace: &Workspace, target: &Path) -> Result<OsString> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(env::var_os("HOME").context("HOME is not set")?).join(".cargo"),
    };
    let mut flags = OsString::new();
    for (folder, name) in [(workspace.root.as_path(), "/keelson"), (&home, "/cargo"), (target, "/target")] {
        if !flags.is_empty() {
            flags.push(SEPARATOR);
        }
        flags.push("--remap-path-prefix=");
        flags.push(folder);
        flags.push("=");
        flags.push(name);
    }
    Ok(flags)
}

/// A command whose `PATH` begins with a folder.
///
/// # Errors
/// When the folder's name has a colon.
pub(super) fn with_path(command: &mut Command, folder: &Path) -> Result<()> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&path));
    command.env("PATH", env::join_paths(folders)?);
    Ok(())
}
