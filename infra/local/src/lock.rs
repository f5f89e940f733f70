//! One Keelson at a time in one folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// The folder is ours until this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub(crate) struct FolderLock(
    #[expect(dead_code, reason = "the operating system holds the lock as long as the file is open")] File,
);

impl FolderLock {
    /// Takes the folder.
    ///
    /// # Errors
    /// If another process has it, named by its id; or if the lock file cannot be written.
    pub(crate) fn take(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join("lock");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.with_context(|| format!("{} cannot be written", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).ok();
                let holder = holder.trim();
                let who = if holder.is_empty() { String::new() } else { format!(" (process {holder})") };
                bail!(
                    "another Keelson{who} is running in {}: stop it first, or name another folder",
                    dir.display()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        // For people; the lock is the operating system's.
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(dir.path()).unwrap();
        let refused = FolderLock::take(dir.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("(process {})", std::process::id())), "{refused}");
        drop(lock);
        FolderLock::take(dir.path()).unwrap();
    }
}
