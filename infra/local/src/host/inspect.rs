//! Reading back what a process really is: its files, its program, and what it answers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Digest;
use domain::drift::{Finding, NAMED, ReadBack};

use super::inventory::{Inventory, Known, Looks, hash};
use super::unpack::Release;
use crate::files;

/// How long after a thorough look the next one is due. Between two of them only what looks different is read.
const THOROUGH: Duration = Duration::from_secs(45);
/// The share of the time that looking may take: one part in so many.
const SHARE: u32 = 20;
/// The longest time between two looks, however long they take.
const LONGEST: Duration = Duration::from_secs(50);

/// What a process is compared with, and what is known from the look before.
pub(super) struct Inspector {
    artifact: Digest,
    release: Arc<Release>,
    pid: u32,
    known: Known,
    /// How the running program looked, and what it is.
    program: Option<(Looks, Digest)>,
    thorough: Option<Instant>,
    /// How often to look.
    interval: Duration,
    took: Duration,
}

impl Inspector {
    pub(super) fn new(artifact: Digest, release: Arc<Release>, pid: u32, interval: Duration) -> Self {
        let (known, program, thorough) = (Known::default(), None, None);
        Self { artifact, release, pid, known, program, thorough, interval, took: Duration::ZERO }
    }

    /// How long to wait for the next look.
    pub(super) fn pause(&self) -> Duration {
        self.interval.max((self.took * SHARE).min(LONGEST))
    }

    /// Looks, off the async threads, and gives itself back for the next time. `says` is the artifact that the release
    /// says it is.
    pub(super) async fn look(mut self, says: Option<String>) -> io::Result<(Self, ReadBack)> {
        files::blocking(move || {
            let read_back = self.read_back(says)?;
            Ok((self, read_back))
        })
        .await
    }

    fn read_back(&mut self, says: Option<String>) -> io::Result<ReadBack> {
        let begun = Instant::now();
        if self.thorough.is_none_or(|last| last.elapsed() >= THOROUGH) {
            (self.known, self.program, self.thorough) = (Known::default(), None, Some(begun));
        }
        let now = Inventory::of(&self.release.content, &mut self.known)?;
        let mut findings = self.release.inventory.findings(&now);
        findings.extend(self.program());
        let answers = says.filter(|says| *says != self.artifact.to_string());
        findings.extend(answers.map(|artifact| Finding::Answers { artifact }));
        findings.sort();
        let more = findings.len().saturating_sub(NAMED);
        findings.truncate(NAMED);
        self.took = begun.elapsed();
        Ok(ReadBack {
            artifact: findings.is_empty().then_some(self.artifact),
            promoted_content: self.release.inventory.digest()?,
            content: now.digest()?,
            findings,
            more,
        })
    }

    /// The program that runs, if it lies in the release but is not what the artifact has there. A program from
    /// elsewhere, such as an interpreter, is the machine's.
    ///
    /// The kernel keeps the program of a process readable even when its file was replaced or removed.
    fn program(&mut self) -> Option<Finding> {
        let link = PathBuf::from(format!("/proc/{}/exe", self.pid));
        let target = fs::read_link(&link).ok()?;
        let path = inside(&target, &self.release.content)?;
        let looks = Looks::of(&fs::metadata(&link).ok()?);
        let known = self.program.filter(|(known, _)| *known == looks).map(|(_, digest)| digest);
        let digest = match known {
            Some(digest) => digest,
            None => hash(&link).ok()?,
        };
        self.program = Some((looks, digest));
        (self.release.inventory.file(&path) != Some(digest)).then_some(Finding::Program { path })
    }
}

/// The path of a program below a folder, if it is there.
fn inside(program: &Path, folder: &Path) -> Option<String> {
    let path = program.strip_prefix(folder).ok()?.to_string_lossy().into_owned();
    Some(path.strip_suffix(" (deleted)").map_or(path.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_program_keeps_its_name() {
        let folder = Path::new("/keelson/content");
        assert_eq!(inside(Path::new("/keelson/content/bin/app (deleted)"), folder).unwrap(), "bin/app");
        assert_eq!(inside(Path::new("/usr/bin/python3"), folder), None);
    }
}
