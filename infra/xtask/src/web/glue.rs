//! The JavaScript that connects the WebAssembly module with the browser.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use wasm_bindgen_cli_support::Bindgen;

/// The module as the browser loads it, and the script that loads it.
pub(super) struct Glue {
    pub(super) js: String,
    pub(super) wasm: Vec<u8>,
}

/// Makes the glue of the module at the path `wasm`.
pub(super) fn of(wasm: &Path) -> Result<Glue> {
    let mut output = Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        // The boot script gives the path, which has a hash in its name.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("app")
        .generate_output()
        .context("wasm-bindgen could not write the glue")?;
    let has_snippets = output.snippets().values().any(|snippets| !snippets.is_empty());
    if has_snippets || !output.local_modules().is_empty() {
        bail!("a dependency of the panel brings JavaScript of its own, which the bundle has no place for");
    }
    let mut names = Names::default();
    let module = output.wasm_mut();
    module.imports.iter_mut().for_each(|import| names.shorten(&mut import.name));
    module.exports.iter_mut().for_each(|export| names.shorten(&mut export.name));
    let wasm = module.emit_wasm();
    Ok(Glue { js: names.shortened(output.js()), wasm })
}

/// The names that the module and the script know each other by, each with a shorter one.
///
/// wasm-bindgen ends them in a hash, which does not compress and is downloaded twice.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// Shortens a name that wasm-bindgen made; what else the module exports, its memory say, keeps its own.
    fn shorten(&mut self, name: &mut String) {
        let is_made = ["__wbg_", "__wbindgen_", "wasm_bindgen__"].iter().any(|start| name.starts_with(start));
        if is_made && name.contains(|c: char| c.is_ascii_digit()) {
            let next = format!("_{}", self.0.len());
            *name = self.0.entry(std::mem::take(name)).or_insert(next).clone();
        }
    }

    /// The script with the shorter names.
    fn shortened(&self, script: &str) -> String {
        let is_part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
        let mut shortened = String::with_capacity(script.len());
        let mut rest = script;
        while !rest.is_empty() {
            let (word, after) = rest.split_at(rest.find(|c| !is_part_of_word(c)).unwrap_or(rest.len()));
            let (between, next) = after.split_at(after.find(is_part_of_word).unwrap_or(after.len()));
            shortened.push_str(self.0.get(word).map_or(word, String::as_str));
            shortened.push_str(between);
            rest = next;
        }
        shortened
    }
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
    fn names_are_shorter_on_both_sides_alike() {
        let mut names = Names::default();
        let mut made =
            ["__wbg_add_cf82c8d1", "memory", "__wbindgen_malloc", "__wbg_add_cf82c8d1", "__wbg_body_5f97"]
                .map(str::to_owned);
        made.iter_mut().for_each(|name| names.shorten(name));
        assert_eq!(made, ["_0", "memory", "__wbindgen_malloc", "_0", "_1"]);
        let script = "{ __wbg_add_cf82c8d1: f(__wbg_add_cf82c8d12), __wbg_body_5f97: wasm.memory };";
        assert_eq!(names.shortened(script), "{ _0: f(__wbg_add_cf82c8d12), _1: wasm.memory };");
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
