//! The standard library for WebAssembly, from rustup or, where rustup cannot fetch it, from Debian.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::progress::Progress;
use crate::workspace::Workspace;
use crate::{process, settings, system};

/// What the panel is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler; its source of the standard library must be of the same version.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
/// Debian's source of the standard library.
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
/// The packages that bring both.
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// What compiles for WebAssembly on this machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Toolchain {
    /// The toolchain of this repository, whose target is installed.
    Rustup,
    /// Debian's compiler, which builds the standard library from source first.
    Debian,
}

impl Toolchain {
    /// Finds or installs the standard library.
    ///
    /// `KEELSON_WASM_STD=debian` forces the second way.
    ///
    /// # Errors
    /// When there is none and this process may not install it; the error holds the command that does.
    pub(crate) fn ensure(workspace: &Workspace, progress: &Progress) -> Result<Self> {
        if settings::get("KEELSON_WASM_STD").as_deref() != Some("debian") {
            if installed(workspace)?.exists() || add_by_rustup(workspace, progress) {
                return Ok(Self::Rustup);
            }
            progress.keep(&format!(
                "rustup cannot add {TARGET}; building its standard library from Debian's source"
            ));
        }
        system::ensure(Path::new(DEBIAN_SOURCE), &DEBIAN_PACKAGES, progress)?;
        Ok(Self::Debian)
    }

    /// `cargo SUBCOMMAND` for [`TARGET`], in the panel's own build folder.
    pub(crate) fn cargo(self, workspace: &Workspace, subcommand: &str) -> Result<Command> {
        let mut cargo = workspace.cargo(subcommand);
        cargo.args(["--target", TARGET]).env("CARGO_TARGET_DIR", super::build_folder(workspace));
        if self == Self::Debian {
            cargo
                .args(["-Z", "build-std=std,panic_abort"])
                // Building the standard library is open to nightly compilers, and to a stable one by this.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("PATH", path_with_linker(workspace)?);
        }
        Ok(cargo)
    }
}

/// Where the toolchain of this repository keeps the standard library for [`TARGET`].
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let sysroot = process::read(workspace.command("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib"))
}

/// Whether rustup is there and could add the target.
fn add_by_rustup(workspace: &Workspace, progress: &Progress) -> bool {
    progress.message(&format!("adding {TARGET}"));
    let added = process::watch(workspace.command("rustup").args(["target", "add", TARGET]), progress);
    added.is_ok_and(|rustup| rustup.success)
}

/// `PATH` with the folder of `rust-lld`, which Debian's compiler looks for there.
fn path_with_linker(workspace: &Workspace) -> Result<std::ffi::OsString> {
    let ours = process::read(workspace.command("rustc").args(["--print", "target-libdir"]))?;
    let folder = Path::new(&ours).parent().context("the toolchain has no folder")?.join("bin");
    if !folder.join("rust-lld").exists() {
        bail!("the toolchain has no rust-lld in {}", folder.display());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(env::split_paths(&path).chain([folder]))?)
}
