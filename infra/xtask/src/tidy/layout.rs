//! What lies at the top of the repository.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Finding, Repository};

/// The names that may lie at the top.
#[derive(serde::Deserialize)]
pub(super) struct Layout {
    folders: Vec<String>,
    files: Vec<String>,
}

/// The top level holds the allowed folders and files, and what begins with a dot.
pub(super) fn check(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let Layout { folders, files } = &repository.rules.layout;
    let mut strays = BTreeSet::new();
    for file in &repository.files {
        let (name, allowed) = match file.path.split_once('/') {
            Some((folder, _)) => (folder, folders),
            None => (file.path.as_str(), files),
        };
        if !name.starts_with('.') && !allowed.iter().any(|known| known == name) {
            strays.insert(name);
        }
    }
    Ok(strays.into_iter().map(|name| Finding::new(name, "has no place at the top level")).collect())
}
