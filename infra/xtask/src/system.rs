//! Packages of the operating system that a task needs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress::Progress;

/// Makes sure that `present` exists by installing `packages` with apt.
///
/// # Errors
/// When this process may not install anything; the error then holds the command for whoever may.
pub(crate) fn ensure(present: &Path, packages: &[&str], progress: &Progress) -> Result<()> {
    if present.exists() {
        return Ok(());
    }
    let wanted = packages.join(" ");
    let by_hand = format!("apt-get install -y --no-install-recommends {wanted}");
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("{} is missing, and this system has no apt to install {wanted} with", present.display());
    }
    if process::read(Command::new("id").arg("-u"))? != "0" {
        bail!("{} is missing; install it with: sudo {by_hand}", present.display());
    }
    progress.message(&format!("installing {wanted}"));
    // The lists of a fresh machine are empty or old.
    apt(&["update", "-q"], progress)?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install, progress).with_context(|| format!("`{by_hand}` did not work"))
}

fn apt(arguments: &[&str], progress: &Progress) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    process::must(&mut command, progress).map(drop)
}
