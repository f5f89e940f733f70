//! Where dependencies come from.

use std::fs;

use anyhow::{Context, Result};

use super::{Finding, Repository};
use crate::web;

/// The only registry, as `Cargo.lock` spells it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Every package is from crates.io, and the panel's glue is of one version.
pub(super) fn check(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let lock =
        fs::read_to_string(repository.workspace.root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let mut findings: Vec<_> = strange_sources(&lock)
        .map(|source| Finding::new("Cargo.lock", format!("`{source}` is not crates.io")))
        .collect();
    if let Err(mismatch) = web::same_version_of_wasm_bindgen(&lock) {
        findings.push(Finding::new("Cargo.lock", mismatch.to_string()));
    }
    Ok(findings)
}

fn strange_sources(lock: &str) -> impl Iterator<Item = &str> {
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    sources.map(|source| source.trim_matches('"')).filter(|source| *source != CRATES_IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_from_a_git_address_is_found() {
        let lock = format!("source = \"{CRATES_IO}\"\nsource = \"git+https://example.com/x\"\n");
        assert_eq!(strange_sources(&lock).collect::<Vec<_>>(), ["git+https://example.com/x"]);
    }
}
