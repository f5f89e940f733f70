//! Environments of Python below the target folder, with exactly the packages that a file names.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// An environment that is there.
pub(crate) struct Environment {
    /// Where it lies.
    pub(crate) folder: PathBuf,
}

impl Environment {
    /// One of its programs, such as `python` itself, in whatever folder `workspace` starts programs.
    pub(crate) fn command(&self, workspace: &Workspace, program: &str) -> Command {
        let mut command = workspace.command(&self.folder.join("bin").join(program).to_string_lossy());
        // Not what a person has set for other programs.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONHOME").env_remove("PYTHONPATH");
        command
    }
}

/// Makes the environment `name` with the packages of `requirements`, a path within the repository, unless one with the
/// same packages is there.
///
/// # Errors
/// When there is no Python that can, or the packages cannot be had.
pub(crate) fn environment(
    workspace: &Workspace,
    name: &str,
    requirements: &str,
    progress: &Progress,
) -> Result<Environment> {
    let wanted = workspace.root.join(requirements);
    let packages =
        fs::read_to_string(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    let folder = workspace.target.join(name);
    let installed = folder.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == packages) {
        return Ok(Environment { folder });
    }
    progress.message(&format!("installing the packages of {requirements}"));
    let mut make = workspace.command("python3");
    process::read(make.args(["-m", "venv", "--clear"]).arg(&folder))
        .context("no Python that can make an environment (Debian: python3-venv)")?;
    let mut install = workspace.command(&folder.join("bin/pip").to_string_lossy());
    install.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&wanted);
    process::read(&mut install)
        .with_context(|| format!("the packages of {requirements} cannot be installed"))?;
    // Last, so that an environment that is broken off is made again.
    fs::write(&installed, packages)?;
    Ok(Environment { folder })
}
