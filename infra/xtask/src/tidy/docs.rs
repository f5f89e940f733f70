//! Every crate says in its first line what it is.

use anyhow::Result;
use cargo_metadata::TargetKind;

use super::{Finding, Repository};

/// The root file of every library, program and test opens with its documentation.
pub(super) fn check(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in &repository.workspace.packages {
        for target in package.targets.iter().filter(|target| !target.is_kind(TargetKind::CustomBuild)) {
            let path = target.src_path.strip_prefix(&repository.workspace.root)?.as_str();
            // A file that git ignores is no part of the repository.
            let Some(file) = repository.files.iter().find(|file| file.path == path) else { continue };
            if !opens_with_docs(&file.text) {
                findings.push(Finding::new(path, "opens neither with `//!` nor with its README as docs"));
            }
        }
    }
    Ok(findings)
}

fn opens_with_docs(source: &str) -> bool {
    ["//! ", "#![doc = include_str!(\"../README.md\")]"].iter().any(|opening| source.starts_with(opening))
}
