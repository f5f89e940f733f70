//! Packages the functions as AWS Lambda takes them: for each a `.zip` with its program as `bootstrap`.

mod archive;
mod build;
mod glibc;
mod report;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

use crate::out;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// What Lambda calls the program of a function.
const BOOTSTRAP: &str = "bootstrap";

/// Where archives are kept, below cargo's folder.
const FOLDER: &str = "lambda";

/// The processors that Lambda has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Architecture {
    /// Intel's and AMD's.
    X86,
    /// AWS's own, which cost a fifth less.
    Arm64,
}

impl Architecture {
    /// What Lambda calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// What is compiled for it.
    fn target(self) -> &'static str {
        match self {
            Self::X86 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Whether this machine has such a processor.
    fn is_here(self) -> bool {
        self.target().starts_with(std::env::consts::ARCH)
    }
}

/// One function as it is packaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The program.
    program: String,
    /// The processor.
    architecture: Architecture,
    /// The size of the program, in bytes.
    size: usize,
    /// The archive.
    path: PathBuf,
    /// The size of the archive, in bytes.
    zipped: usize,
    /// The SHA-256 of the archive, as hexadecimal digits.
    sha256: String,
}

/// Packages every function, and with `check` does so twice, each time from nothing.
///
/// # Errors
/// When something cannot be built, needs a newer system than Lambda has, is too large, or is not the same twice.
pub(crate) fn run(workspace: &Workspace, architecture: Architecture, check: bool, json: bool) -> Result<()> {
    let packages = {
        let progress = Progress::start("package")?;
        package(workspace, architecture, &workspace.target, &progress)?
    };
    if json {
        out::line(&report::json(&packages));
    } else {
        out::line(&report::table(&packages));
    }
    report::within_budget(&packages)?;
    if check {
        same_twice(workspace, architecture, &packages)?;
        out::note(&format!("two builds from nothing made the same {} archives", packages.len()));
    }
    Ok(())
}

/// Packages every function for this machine's processors, with the one that they are put beside, and answers the folders
/// of the programs and of their archives.
///
/// # Errors
/// When something cannot be built.
pub(crate) fn to_measure(workspace: &Workspace) -> Result<(PathBuf, PathBuf)> {
    let progress = Progress::start("package")?;
    package(workspace, Architecture::X86, &workspace.target, &progress)?;
    build::build(workspace, Architecture::X86, &workspace.target, &["--example", "hello"], &progress)?;
    Ok((build::folder(Architecture::X86, &workspace.target), workspace.target.join(FOLDER)))
}

/// Builds and packages every function, in a folder of cargo's.
fn package(
    workspace: &Workspace,
    architecture: Architecture,
    target: &Path,
    progress: &Progress,
) -> Result<Vec<Package>> {
    let folder = target.join(FOLDER);
    build::build(workspace, architecture, target, &["--bins"], progress)?;
    let programs = build::programs(workspace, architecture, target)?;
    fs::create_dir_all(&folder)?;
    let mut packages = Vec::new();
    for (program, built) in programs {
        progress.message(&format!("packaging {program}"));
        let bytes = fs::read(&built).with_context(|| format!("{} was not built", built.display()))?;
        glibc::check(&program, &bytes)?;
        let archive = archive::zip(BOOTSTRAP, &bytes)?;
        let path = folder.join(file_name(&program, architecture));
        fs::write(&path, &archive)?;
        packages.push(Package {
            program,
            architecture,
            size: bytes.len(),
            zipped: archive.len(),
            sha256: hex::encode(Sha256::digest(&archive)),
            path,
        });
    }
    Ok(packages)
}

/// What an archive is called. This machine's processors are those that tests run on, and need no word.
fn file_name(program: &str, architecture: Architecture) -> String {
    match architecture {
        Architecture::X86 => format!("{program}.zip"),
        Architecture::Arm64 => format!("{program}-arm64.zip"),
    }
}

/// Packages everything twice more, each time in an empty folder of another name, and compares.
fn same_twice(workspace: &Workspace, architecture: Architecture, first: &[Package]) -> Result<()> {
    for name in ["package-check-1", "package-check-second"] {
        let target = workspace.target.join(name);
        remove(&target)?;
        let again = {
            let progress = Progress::start("again")?;
            package(workspace, architecture, &target, &progress)?
        };
        remove(&target)?;
        report::compare(first, &again)?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
