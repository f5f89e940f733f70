//! Clearing away what nobody needs any more. Whatever fails here is tried again another time.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use domain::Digest;

use super::life;
use super::procfs::Running;
use super::unpack::holds;
use crate::files;

/// Unpacked releases kept beside those that run, so that going back to one does not wait for unpacking.
const SPARE_RELEASES: usize = 3;

/// Ends processes that nobody knows any more.
pub(super) fn end_strays(strays: Vec<Running>, grace: Duration) {
    for stray in strays {
        tracing::warn!(pid = stray.pid, "a process that is not needed any more is ended");
        tokio::spawn(life::end_stray(stray, grace));
    }
}

/// Removes what unpacking has left behind when it was interrupted. Only to be called before any unpacking begins.
pub(super) fn clear_temporary(releases: &Path) {
    for entry in fs::read_dir(releases).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Removes unpacked releases that do not run, but for those that ran last. `used` are the artifacts of all processes, each
/// with the folder that it runs in, if that is known already.
pub(super) fn remove_old_releases(
    releases: PathBuf,
    used: HashSet<(Digest, Option<String>)>,
    now: SystemTime,
) {
    tokio::spawn(files::blocking(move || {
        let is_used = |name: &str| {
            used.iter().any(|(digest, folder)| match folder {
                Some(folder) => folder == name,
                None => holds(name, digest),
            })
        };
        let mut spare: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&releases)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_used(&name) {
                // From now on it counts from when it ran, not from when it was unpacked: what a rollback goes back to
                // is what ran before, however old it is.
                File::open(entry.path())?.set_modified(now)?;
            } else if !name.starts_with('.') {
                spare.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        spare.sort();
        let surplus = spare.len().saturating_sub(SPARE_RELEASES);
        for (_, path) in spare.drain(..surplus) {
            fs::remove_dir_all(path)?;
        }
        Ok(())
    }));
}
