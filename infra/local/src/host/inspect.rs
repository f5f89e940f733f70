//! Reading back what a process really is: its files, its program, and what it answers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
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
    release: Release,
    /// The digest over the release's files as they should be, once it is known.
    promoted: Option<Digest>,
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
    pub(super) fn new(artifact: Digest, release: Release, pid: u32, interval: Duration) -> Self {
        let (known, program, thorough) = (Known::default(), None, None);
        let (promoted, took) = (None, Duration::ZERO);
        Self { artifact, release, promoted, pid, known, program, thorough, interval, took }
    }

    /// How long to wait for the next look.
    pub(super) fn pause(&self) -> Duration {
        self.interval.max((self.took * SHARE).min(LONGEST))
    }

    /// Looks, off the async threads, and gives itself back for the next time. `says` is the artifact that the release
    /// says it is.
    ///
    /// # Errors
    /// The outer one if it could not look at all; the inner one if what it looked at cannot be read, which may pass.
    pub(super) async fn look(mut self, says: Option<String>) -> io::Result<(Self, io::Result<ReadBack>)> {
        files::blocking(move || {
            let begun = Instant::now();
            let read_back = self.read_back(says, begun);
            self.took = begun.elapsed();
            Ok((self, read_back))
        })
        .await
    }

    fn read_back(&mut self, says: Option<String>, begun: Instant) -> io::Result<ReadBack> {
        if self.thorough.is_none_or(|last| last.elapsed() >= THOROUGH) {
            (self.known, self.program, self.thorough) = (Known::default(), None, Some(begun));
        }
        let now = self.inventory()?;
        let promoted_content = self.promoted()?;
        // So it is nearly always; then neither the digest nor the differences need computing.
        let is_same = now == self.release.inventory;
        let content = if is_same { promoted_content } else { now.digest()? };
        let mut findings = if is_same { Vec::new() } else { self.release.inventory.findings(&now) };
        findings.extend(self.program());
        let answers = says.filter(|says| *says != self.artifact.to_string());
        findings.extend(answers.map(|artifact| Finding::Answers { artifact }));
        findings.sort();
        let more = findings.len().saturating_sub(NAMED);
        findings.truncate(NAMED);
        let artifact = findings.is_empty().then_some(self.artifact);
        Ok(ReadBack { artifact, promoted_content, content, findings, more })
    }

    /// The files that are there now; none if somebody has removed the whole folder.
    fn inventory(&mut self) -> io::Result<Inventory> {
        match Inventory::of(&self.release.content, &mut self.known) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Inventory::default()),
            listed => listed,
        }
    }

    fn promoted(&mut self) -> io::Result<Digest> {
        let digest = match self.promoted {
            Some(digest) => digest,
            None => self.release.inventory.digest()?,
        };
        self.promoted = Some(digest);
        Ok(digest)
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

    /// The release in a folder, as it lies there now.
    fn inspector(content: PathBuf) -> Inspector {
        let inventory = Inventory::of(&content, &mut Known::default()).unwrap();
        let release = Release { name: "release".to_owned(), content, inventory };
        // The program of this process lies elsewhere.
        Inspector::new(Digest::from_bytes([1; 32]), release, std::process::id(), Duration::ZERO)
    }

    fn phrases(found: &ReadBack) -> Vec<String> {
        found.findings.iter().map(Finding::phrase).collect()
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_read_is_looked_at_again() {
        let dir = tempfile::tempdir().unwrap();
        let (content, aside) = (dir.path().join("content"), dir.path().join("aside"));
        fs::create_dir(&content).unwrap();
        fs::write(content.join("run"), "#!/bin/sh").unwrap();
        let (inspector, found) = inspector(content.clone()).look(None).await.unwrap();
        assert!(!found.unwrap().departs());

        fs::rename(&content, &aside).unwrap();
        fs::write(&content, "no folder").unwrap();
        let (inspector, found) = inspector.look(None).await.unwrap();
        assert!(found.is_err());

        fs::remove_file(&content).unwrap();
        let (inspector, found) = inspector.look(None).await.unwrap();
        assert_eq!(phrases(&found.unwrap()), ["run missing"]);

        fs::rename(&aside, &content).unwrap();
        let (_, found) = inspector.look(None).await.unwrap();
        let found = found.unwrap();
        assert!(!found.departs());
        assert_eq!(found.content, found.promoted_content);
    }

    #[test]
    fn a_replaced_program_keeps_its_name() {
        let folder = Path::new("/keelson/content");
        assert_eq!(inside(Path::new("/keelson/content/bin/app (deleted)"), folder).unwrap(), "bin/app");
        assert_eq!(inside(Path::new("/usr/bin/python3"), folder), None);
    }
}
