//! Tells whether anything that the panel is made of has changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::DependencyKind;
use sha2::{Digest, Sha256};

use super::Profile;
use crate::process;
use crate::workspace::Workspace;

/// A digest over every source of the panel, its crates of this repository, this builder and the compiler.
pub(super) fn fingerprint(workspace: &Workspace, profile: Profile) -> Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(profile.name());
    hasher.update(process::read(workspace.command("rustc").arg("-vV"))?);
    for file in ["Cargo.toml", "Cargo.lock", "infra/xtask/Cargo.toml"] {
        add(&mut hasher, &workspace.root, &workspace.root.join(file))?;
    }
    let mut folders = own_crates(workspace, "web")?;
    folders.push("infra/xtask/src/web".to_owned());
    for folder in folders {
        for file in files(&workspace.root.join(&folder))? {
            add(&mut hasher, &workspace.root, &file)?;
        }
    }
    Ok(hex::encode(hasher.finalize()))
}

/// The folders of `name` and of every crate of this repository below it, each once.
fn own_crates(workspace: &Workspace, name: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting = vec![name.to_owned()];
    while let Some(name) = waiting.pop() {
        let package = workspace.package(&name)?;
        let folder = workspace.folder(package)?;
        if found.contains(&folder) {
            continue;
        }
        found.push(folder);
        let linked = package.dependencies.iter().filter(|edge| edge.kind != DependencyKind::Development);
        waiting.extend(linked.filter(|edge| edge.path.is_some()).map(|edge| edge.name.clone()));
    }
    found.sort();
    Ok(found)
}

/// Every file below `folder` in a fixed order, without what is built or hidden.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "dist" || name == "target" {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Adds the path and the content of `file`, so that a file that only moved is a change too.
fn add(hasher: &mut Sha256, root: &Path, file: &Path) -> Result<()> {
    let content = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let path = file.strip_prefix(root)?.to_string_lossy().into_owned();
    hasher.update(format!("{path}\n{}\n", content.len()));
    hasher.update(content);
    Ok(())
}
