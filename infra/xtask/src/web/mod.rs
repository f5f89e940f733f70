//! Builds the panel: compile, write the glue, name by content, compress, lay down in `web/dist`.
//!
//! `web/README.md` says which file becomes what.

mod bundle;
mod glue;
mod inputs;
mod page;
mod sizes;
mod toolchain;

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::progress::Progress;
use crate::workspace::Workspace;

pub(crate) use glue::same_version_of_wasm_bindgen;
pub(crate) use sizes::Sizes;
pub(crate) use toolchain::{TARGET, Toolchain};

/// How the panel is compiled.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Profile {
    /// As it is shipped: small and compressed.
    Web,
    /// As it is tried out: quickly.
    Dev,
}

impl Profile {
    /// What cargo calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Dev => "dev",
        }
    }

    /// The folder cargo builds it in.
    fn folder(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Dev => "debug",
        }
    }
}

/// Brings `web/dist` up to date and returns what it weighs.
///
/// # Errors
/// When the panel does not compile or breaks the conventions of `web/README.md`.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<Sizes> {
    let dist = workspace.root.join("web/dist");
    let stamp = dist.join(".inputs");
    let inputs = inputs::fingerprint(workspace, profile)?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == inputs) {
        return Sizes::of(&dist, profile);
    }
    let progress = Progress::start("panel")?;
    let wasm = compile(workspace, profile, &progress)?;
    progress.message("writing the bundle");
    let glue = glue::of(&wasm)?;
    let bundle = page::assemble(&workspace.root.join("web"), glue)?;
    bundle.lay_down(&dist, profile)?;
    // Last, so that a build which is interrupted is not taken for one that is ready.
    fs::write(stamp, inputs)?;
    Sizes::of(&dist, profile)
}

/// Its own folder: a build of the panel waits for no other build and shares no features with it.
pub(crate) fn build_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("web")
}

/// Compiles the crate and returns the path of the WebAssembly module.
fn compile(workspace: &Workspace, profile: Profile, progress: &Progress) -> Result<PathBuf> {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
    same_version_of_wasm_bindgen(&lock)?;
    let toolchain = Toolchain::ensure(workspace, progress)?;
    let mut cargo = toolchain.cargo(workspace, "build")?;
    cargo.args(["--package", "web", "--profile", profile.name()]);
    // One type for all views, instead of one for every tree of them: less to compile and to download.
    cargo.env("RUSTFLAGS", "--cfg erase_components");
    process::must(&mut cargo, progress)?;
    Ok(build_folder(workspace).join(TARGET).join(profile.folder()).join("web.wasm"))
}
