//! A log in a few files: the newest is written, the oldest is dropped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::line::StoredLine;

/// Past this size a new file is begun.
pub(super) const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
/// How many files are kept.
pub(super) const SEGMENTS: usize = 4;

/// The files of one log, each named by the number of its first line.
pub(super) struct Segments {
    folder: PathBuf,
    /// First lines, oldest first.
    firsts: Vec<u64>,
    /// The newest file and its size, open for appending.
    newest: Option<(File, u64)>,
    next: u64,
}

impl Segments {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut firsts = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let first = name.to_str().and_then(|name| name.strip_suffix(".jsonl")).map(str::parse);
            if let Some(Ok(first)) = first {
                firsts.push(first);
            }
        }
        firsts.sort_unstable();
        let mut this = Self { folder: folder.to_owned(), firsts, newest: None, next: 1 };
        let mut last = None;
        this.newest_first(|line| {
            last = Some(line.number);
            false
        })?;
        // A number is never given twice, even if the newest file has no whole line.
        let begun = this.firsts.last().map_or(1, |first| first + 1);
        this.next = last.map_or(begun, |last: u64| last + 1);
        Ok(this)
    }

    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Appends lines, numbered from [`Self::next_number`] on.
    pub(super) fn append(&mut self, lines: &[StoredLine]) -> io::Result<()> {
        for line in lines {
            let mut text = serde_json::to_vec(line)?;
            text.push(b'\n');
            let (file, size) = self.writable()?;
            file.write_all(&text)?;
            *size += text.len() as u64;
            self.next = line.number + 1;
        }
        Ok(())
    }

    fn writable(&mut self) -> io::Result<&mut (File, u64)> {
        let full = self.newest.as_ref().is_none_or(|(_, size)| *size >= SEGMENT_BYTES);
        if full {
            // Always a new file after a restart: the last line of the old one may have been cut by the crash.
            self.newest = None;
            let path = self.path(self.next);
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            if self.firsts.last() != Some(&self.next) {
                self.firsts.push(self.next);
            }
            self.drop_oldest()?;
            return Ok(self.newest.insert((file, 0)));
        }
        self.newest.as_mut().ok_or_else(|| io::Error::other("a file was just found"))
    }

    fn drop_oldest(&mut self) -> io::Result<()> {
        while self.firsts.len() > SEGMENTS {
            let oldest = self.firsts.remove(0);
            fs::remove_file(self.path(oldest))?;
        }
        Ok(())
    }

    fn path(&self, first: u64) -> PathBuf {
        self.folder.join(format!("{first:020}.jsonl"))
    }

    /// Hands out lines from the newest to the oldest while `more` says so.
    pub(super) fn newest_first(&self, mut more: impl FnMut(StoredLine) -> bool) -> io::Result<()> {
        for first in self.firsts.iter().rev() {
            let content = self.read(*first)?;
            for text in content.split(|byte| *byte == b'\n').rev() {
                // A line cut by a crash is no line.
                if let Ok(line) = serde_json::from_slice(text)
                    && !more(line)
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Hands out the lines after a number, oldest first, while `more` says so.
    pub(super) fn oldest_first(
        &self,
        after: u64,
        mut more: impl FnMut(StoredLine) -> bool,
    ) -> io::Result<()> {
        let begins_later = self.firsts.partition_point(|first| *first <= after.saturating_add(1));
        for first in &self.firsts[begins_later.saturating_sub(1)..] {
            let content = self.read(*first)?;
            for text in content.split(|byte| *byte == b'\n') {
                let Ok(line) = serde_json::from_slice::<StoredLine>(text) else { continue };
                if line.number > after && !more(line) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn read(&self, first: u64) -> io::Result<Vec<u8>> {
        match fs::read(self.path(first)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        }
    }
}
