//! The JavaScript that connects the WebAssembly module with the browser.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;

/// The module as the browser loads it, and the script that loads it.
pub(super) struct Glue {
    pub(super) js: Vec<u8>,
    pub(super) wasm: Vec<u8>,
}

/// Writes the glue of `wasm` into `folder`, which is emptied first, and reads it back.
pub(super) fn write(wasm: &Path, folder: &Path) -> Result<Glue> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        // The boot script gives the path, which has a hash in its name.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("app")
        .generate(folder)
        .context("wasm-bindgen could not write the glue")?;
    if folder.join("snippets").exists() {
        bail!("a dependency of the panel brings JavaScript of its own, which the bundle has no place for");
    }
    Ok(Glue { js: fs::read(folder.join("app.js"))?, wasm: fs::read(folder.join("app_bg.wasm"))? })
}

/// The part of `Cargo.lock` that is read here.
#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
}

/// Checks that the glue is written by the version of wasm-bindgen that the panel is linked with.
///
/// The two speak a private format which changes with every version.
///
/// # Errors
/// When the versions in `lock`, the text of `Cargo.lock`, differ.
pub(crate) fn same_version_of_wasm_bindgen(lock: &str) -> Result<()> {
    let lock: Lock = toml::from_str(lock).context("cannot read Cargo.lock")?;
    let version = |name: &str| {
        let locked = lock.package.iter().find(|package| package.name == name);
        locked.map(|package| package.version.as_str()).with_context(|| format!("Cargo.lock has no {name}"))
    };
    let (linked, writes) = (version("wasm-bindgen")?, version("wasm-bindgen-cli-support")?);
    if linked != writes {
        bail!(
            "the panel is linked with wasm-bindgen {linked}, but xtask writes the glue of {writes}: \
             set wasm-bindgen-cli-support to \"={linked}\" in the root Cargo.toml"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(linked: &str, writes: &str) -> String {
        format!(
            "[[package]]\nname = \"wasm-bindgen\"\nversion = \"{linked}\"\n\
             [[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"{writes}\"\n"
        )
    }

    #[test]
    fn the_glue_is_written_by_the_version_the_panel_links() {
        assert!(same_version_of_wasm_bindgen(&lock("0.2.130", "0.2.130")).is_ok());
    }

    #[test]
    fn another_version_is_refused_with_the_way_out() {
        let refused = same_version_of_wasm_bindgen(&lock("0.2.131", "0.2.130")).unwrap_err();
        insta::assert_snapshot!(refused, @r#"the panel is linked with wasm-bindgen 0.2.131, but xtask writes the glue of 0.2.130: set wasm-bindgen-cli-support to "=0.2.131" in the root Cargo.toml"#);
    }
}
