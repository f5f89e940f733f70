//! Where this repository lies, which crates it has and how to call cargo in it.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{MetadataCommand, Package};

/// This repository as cargo sees it.
pub(crate) struct Workspace {
    /// The top folder, absolute.
    pub(crate) root: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR` where that is set, else `target`.
    pub(crate) target: PathBuf,
    /// The crates of this repository, without those from the registry.
    pub(crate) packages: Vec<Package>,
}

impl Workspace {
    /// Asks cargo, which finds the workspace from the current folder.
    pub(crate) fn load() -> Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec().context("cannot read the workspace")?;
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
            packages: metadata.packages,
        })
    }

    /// The crate called `name`.
    pub(crate) fn package(&self, name: &str) -> Result<&Package> {
        self.packages
            .iter()
            .find(|package| package.name.as_str() == name)
            .with_context(|| format!("the workspace has no crate `{name}`"))
    }

    /// The folder of `package`, relative to the root and with `/` between its parts, such as `shared/domain`.
    pub(crate) fn folder(&self, package: &Package) -> Result<String> {
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        let relative = folder
            .strip_prefix(&self.root)
            .with_context(|| format!("`{}` lies outside of the workspace", package.name))?;
        Ok(relative.as_str().to_owned())
    }

    /// The `keelson` program as the tasks build it.
    pub(crate) fn keelson(&self) -> PathBuf {
        self.target.join("debug/keelson")
    }

    /// A program that runs in the root and builds where this task builds.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        forget_own_package(&mut command);
        command
    }

    /// `cargo SUBCOMMAND`, run in the root.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command("cargo");
        command.arg(subcommand);
        command
    }
}

/// Takes away what `cargo run` told this process about its own package.
///
/// Build scripts such as `ring`'s watch these variables, and would run again each time a build is started
/// from here instead of from a shell.
fn forget_own_package(command: &mut Command) {
    const TOLD_BY_CARGO_RUN: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_NAME"];
    for (name, _) in env::vars_os() {
        if TOLD_BY_CARGO_RUN.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}
