//! What lies in the folder of a release: which files, and with what content.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use domain::Digest;
use domain::drift::Finding;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::artifacts;

/// Folders in which an interpreter keeps what it has compiled, beside the source: what is in there is nobody's work,
/// and is checked against the source whenever it is used.
const CACHES: [&str; 1] = ["__pycache__"];

/// Everything below a folder, by its path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Inventory(BTreeMap<String, Entry>);

/// One thing below the folder. Sockets and pipes are none: a program makes them, and they hold nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Entry {
    Folder,
    /// A file that cannot be read has no digest, and so is no file of an artifact.
    File {
        digest: Option<Digest>,
        mode: u32,
    },
    Link {
        target: String,
    },
}

/// The files whose content is known, and how they looked then. As long as one looks the same it is the same: whatever
/// writes to a file or replaces it changes the time of its last change, which no program can set.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<String, (Looks, Digest)>);

/// What a look at a file costs little to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looks {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Inventory {
    /// Lists a folder. Only files that do not look as they did are read; with nothing known, all are.
    pub(super) fn of(folder: &Path, known: &mut Known) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        let mut seen = BTreeMap::new();
        let mut open = vec![(folder.to_owned(), String::new())];
        while let Some((path, below)) = open.pop() {
            let listed = match fs::read_dir(&path) {
                // Gone since it was listed; the folder itself must be there.
                Err(error) if error.kind() == io::ErrorKind::NotFound && !below.is_empty() => continue,
                listed => listed?,
            };
            for entry in listed {
                let entry = entry?;
                let file_name = entry.file_name();
                // Names need not be text; written so that different ones stay different.
                let name = file_name.to_str().map_or_else(|| format!("{file_name:?}"), str::to_owned);
                let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
                if metadata.is_dir() && CACHES.contains(&name.as_str()) {
                    continue;
                }
                let name = format!("{below}{name}");
                let found = if metadata.is_dir() {
                    open.push((entry.path(), format!("{name}/")));
                    Entry::Folder
                } else if metadata.is_symlink() {
                    let target = fs::read_link(entry.path()).unwrap_or_default();
                    Entry::Link { target: target.to_string_lossy().into_owned() }
                } else if metadata.is_file() {
                    let digest = known.digest(&name, &entry.path(), &metadata);
                    seen.extend(digest.map(|digest| (name.clone(), (Looks::of(&metadata), digest))));
                    Entry::File { digest, mode: metadata.permissions().mode() & 0o7777 }
                } else {
                    continue;
                };
                entries.insert(name, found);
            }
        }
        known.0 = seen;
        Ok(Self(entries))
    }

    /// The SHA-256 over every name, kind, mode and content.
    pub(super) fn digest(&self) -> io::Result<Digest> {
        let mut context = Context::new(&SHA256);
        for (name, entry) in &self.0 {
            let (kind, what) = match entry {
                Entry::Folder => ("folder".to_owned(), String::new()),
                Entry::File { digest, mode } => {
                    (format!("{mode:o}"), digest.map_or(String::new(), |digest| digest.hex()))
                }
                Entry::Link { target } => ("link".to_owned(), target.clone()),
            };
            // No two lists give the same bytes: every part has its length before it.
            for part in [name.as_str(), &kind, &what] {
                context.update(&(part.len() as u64).to_be_bytes());
                context.update(part.as_bytes());
            }
        }
        artifacts::finish(context)
    }

    /// The content that a file should have.
    pub(super) fn file(&self, name: &str) -> Option<Digest> {
        match self.0.get(name)? {
            Entry::File { digest, .. } => *digest,
            Entry::Folder | Entry::Link { .. } => None,
        }
    }

    /// What is not as it was, sorted.
    pub(super) fn findings(&self, now: &Self) -> Vec<Finding> {
        let names: BTreeSet<&String> = self.0.keys().chain(now.0.keys()).collect();
        let findings = names.into_iter().filter_map(|name| match (self.0.get(name), now.0.get(name)) {
            (Some(before), Some(after)) if before == after => None,
            (Some(_), Some(_)) => Some(Finding::Changed { path: name.clone() }),
            (Some(_), None) => Some(Finding::Missing { path: name.clone() }),
            (None, _) => Some(Finding::Added { path: name.clone() }),
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort();
        findings
    }
}

impl Known {
    fn digest(&self, name: &str, path: &Path, metadata: &Metadata) -> Option<Digest> {
        let looks = Looks::of(metadata);
        match self.0.get(name) {
            Some((known, digest)) if *known == looks => Some(*digest),
            _ => hash(path).ok(),
        }
    }
}

impl Looks {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// The digest of a file's content.
pub(super) fn hash(path: &Path) -> io::Result<Digest> {
    artifacts::hash(&mut File::open(path)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("lib")).unwrap();
        fs::write(dir.path().join("lib/code.py"), "print(1)").unwrap();
        fs::write(dir.path().join("run"), "#!/bin/sh").unwrap();
        symlink("run", dir.path().join("start")).unwrap();
        dir
    }

    fn of(dir: &tempfile::TempDir) -> Inventory {
        Inventory::of(dir.path(), &mut Known::default()).unwrap()
    }

    #[track_caller]
    fn check(tamper: impl FnOnce(&Path), expected: &[&str]) {
        let dir = folder();
        let mut known = Known::default();
        let before = Inventory::of(dir.path(), &mut known).unwrap();
        tamper(dir.path());
        // A quick look sees what a thorough one does.
        let after = Inventory::of(dir.path(), &mut known).unwrap();
        assert_eq!(after, of(&dir));
        let phrases: Vec<String> = before.findings(&after).iter().map(Finding::phrase).collect();
        assert_eq!(phrases, expected);
        assert_eq!(before.digest().unwrap() == after.digest().unwrap(), expected.is_empty());
    }

    #[test]
    fn whatever_is_done_to_a_file_is_found() {
        check(|_| {}, &[]);
        check(|dir| fs::write(dir.join("run"), "#!/bin/no").unwrap(), &["run changed"]);
        check(|dir| fs::write(dir.join("notes"), "").unwrap(), &["notes added"]);
        check(|dir| fs::remove_file(dir.join("lib/code.py")).unwrap(), &["lib/code.py missing"]);
        check(
            |dir| fs::set_permissions(dir.join("run"), fs::Permissions::from_mode(0o755)).unwrap(),
            &["run changed"],
        );
        check(
            |dir| {
                let mode = fs::metadata(dir.join("run")).unwrap().permissions().mode();
                // From then on whoever starts it acts as its owner.
                fs::set_permissions(dir.join("run"), fs::Permissions::from_mode(mode | 0o4000)).unwrap();
            },
            &["run changed"],
        );
        check(
            |dir| {
                fs::remove_file(dir.join("start")).unwrap();
                symlink("/bin/sh", dir.join("start")).unwrap();
            },
            &["start changed"],
        );
        check(
            |dir| {
                fs::remove_file(dir.join("run")).unwrap();
                fs::create_dir(dir.join("run")).unwrap();
            },
            &["run changed"],
        );
    }

    #[test]
    fn a_file_of_the_same_size_and_time_is_read_all_the_same() {
        check(
            |dir| {
                let path = dir.join("run");
                let times = fs::metadata(&path).unwrap().modified().unwrap();
                fs::write(&path, "#!/bin/no").unwrap();
                fs::write(&path, "#!/bin/SH").unwrap();
                File::options().write(true).open(&path).unwrap().set_modified(times).unwrap();
            },
            &["run changed"],
        );
    }

    #[test]
    fn what_an_interpreter_compiles_is_nobodys_change() {
        check(
            |dir| {
                fs::create_dir(dir.join("lib/__pycache__")).unwrap();
                fs::write(dir.join("lib/__pycache__/code.pyc"), "compiled").unwrap();
            },
            &[],
        );
    }
}
