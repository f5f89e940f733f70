//! The files into which a process writes, and following them.
//!
//! A process has its files open for appending and keeps them whatever becomes of Keelson. What has been taken over is
//! given back to the file system by punching a hole, so a spool takes little room though its length only grows.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::Digest;
use tokio_util::sync::CancellationToken;

use super::EnvironmentLog;
use crate::files;

const POLL: Duration = Duration::from_millis(100);
const CHUNK: usize = 64 * 1024;
/// A longer line is cut into several.
const LONGEST_LINE: usize = 16 * 1024;
/// Room is given back in pieces of this size.
const HOLE: u64 = 1024 * 1024;
/// A process that is so far ahead writes faster than can be kept: skip.
const MOST_BEHIND: u64 = 64 * 1024 * 1024;

/// One stream of one process.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) artifact: Digest,
    pub(super) run: String,
    pub(super) stream: &'static str,
}

/// One line, and where it ends in the spool.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) end: u64,
}

/// The two files of one process.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    folder: PathBuf,
    run: String,
}

impl Spool {
    pub(super) fn new(folder: &Path, run: &str) -> Self {
        Self { folder: folder.to_owned(), run: run.to_owned() }
    }

    fn path(&self, stream: &str) -> PathBuf {
        self.folder.join(format!("{}.{stream}", self.run))
    }

    /// What the process gets as its standard output and its standard error.
    pub(crate) fn create(&self) -> io::Result<[File; 2]> {
        fs::create_dir_all(&self.folder)?;
        let open = |stream| OpenOptions::new().create(true).append(true).open(self.path(stream));
        Ok([open("stdout")?, open("stderr")?])
    }

    /// Takes over what a process wrote last that ended while nobody followed it, and removes its files.
    pub(crate) async fn finish(self, log: Arc<EnvironmentLog>, artifact: Digest) {
        Follower::resume(log, artifact, &self.run).finish().await;
        self.remove();
    }

    /// Removes the files of a process that has ended.
    pub(crate) fn remove(&self) {
        for stream in ["stdout", "stderr"] {
            // What is gone already, or cannot be removed, takes no room worth failing for.
            let _ = fs::remove_file(self.path(stream));
        }
    }
}

/// Follows both streams of a process into its environment's log.
pub(crate) struct Follower {
    ended: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Follower {
    /// Follows a process from its first line.
    pub(crate) fn start(log: Arc<EnvironmentLog>, artifact: Digest, run: &str) -> Self {
        Self::follow(log, artifact, run, Begin::AtStart)
    }

    /// Follows a process from where an earlier follower stopped.
    pub(crate) fn resume(log: Arc<EnvironmentLog>, artifact: Digest, run: &str) -> Self {
        Self::follow(log, artifact, run, Begin::WhereTaken)
    }

    fn follow(log: Arc<EnvironmentLog>, artifact: Digest, run: &str, begin: Begin) -> Self {
        let ended = CancellationToken::new();
        let spool = log.spool(run);
        let streams = ["stdout", "stderr"]
            .map(|stream| Stream::new(Source { artifact, run: run.to_owned(), stream }, &spool, begin));
        let task = tokio::spawn(follow(log, streams, ended.clone()));
        Self { ended, task }
    }

    /// Takes over what is left after the process has ended.
    pub(crate) async fn finish(mut self) {
        self.ended.cancel();
        // Only a panic ends the task otherwise; it has been reported by then.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(log: Arc<EnvironmentLog>, mut streams: [Stream; 2], ended: CancellationToken) {
    loop {
        let last = ended.is_cancelled();
        let log = log.clone();
        let pumped = tokio::task::spawn_blocking(move || {
            for stream in &mut streams {
                let pumped = stream.pump(&log, last);
                stream.report(pumped);
            }
            streams
        });
        let Ok(back) = pumped.await else { return };
        if last {
            return;
        }
        streams = back;
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = ended.cancelled() => {}
        }
    }
}

/// Where following begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    AtStart,
    /// Asks the log, which means reading it: only worth it for a process that was followed before.
    WhereTaken,
}

/// One file being followed.
struct Stream {
    source: Source,
    begin: Begin,
    path: PathBuf,
    /// The open file and the offset up to which it has been taken over.
    open: Option<(File, u64)>,
    punched: u64,
    /// Whether the last try failed, which is said once and not ten times a second.
    failing: bool,
}

impl Stream {
    fn new(source: Source, spool: &Spool, begin: Begin) -> Self {
        let path = spool.path(source.stream);
        Self { source, begin, path, open: None, punched: 0, failing: false }
    }

    /// Takes over what is there; with `last`, also a line that has no end yet.
    fn pump(&mut self, log: &EnvironmentLog, last: bool) -> io::Result<()> {
        let (file, mut offset) = match self.open.take() {
            Some(open) => open,
            None => match OpenOptions::new().read(true).write(true).open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                opened => (opened?, self.first_offset(log)?),
            },
        };
        let pumped = self.pump_file(&file, &mut offset, log, last);
        self.open = Some((file, offset));
        pumped
    }

    fn report(&mut self, pumped: io::Result<()>) {
        if let Err(error) = &pumped
            && !self.failing
        {
            let Source { run, stream, .. } = &self.source;
            tracing::warn!(%error, run, stream, "what a service writes cannot be kept");
        }
        self.failing = pumped.is_err();
    }

    fn first_offset(&self, log: &EnvironmentLog) -> io::Result<u64> {
        match self.begin {
            Begin::AtStart => Ok(0),
            Begin::WhereTaken => log.taken(&self.source),
        }
    }

    fn pump_file(
        &mut self,
        file: &File,
        offset: &mut u64,
        log: &EnvironmentLog,
        last: bool,
    ) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        loop {
            let length = file.metadata()?.len();
            if length.saturating_sub(*offset) > MOST_BEHIND {
                self.skip(offset, length - MOST_BEHIND / 2, log)?;
            }
            if length <= *offset {
                return Ok(());
            }
            let read = file.read_at(&mut buffer, *offset)?;
            let at_end = *offset + read as u64 >= length;
            let lines = split(&buffer[..read], *offset, last && at_end);
            let Some(end) = lines.last().map(|line| line.end) else { return Ok(()) };
            log.append(&self.source, lines)?;
            *offset = end;
            self.give_back(file, end);
        }
    }

    fn skip(&self, offset: &mut u64, to: u64, log: &EnvironmentLog) -> io::Result<()> {
        let text = format!("… {} bytes were written too fast to be kept …", to - *offset);
        log.append(&self.source, vec![Line { text, end: to }])?;
        *offset = to;
        Ok(())
    }

    fn give_back(&mut self, file: &File, taken: u64) {
        let whole = taken - taken % HOLE;
        if whole > self.punched && files::punch_hole(file, self.punched, whole - self.punched).is_ok() {
            self.punched = whole;
        }
    }
}

/// Cuts bytes into lines. What follows the last line end stays, unless `all` is wanted or it is too long.
fn split(bytes: &[u8], offset: u64, all: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut push = |from: usize, to: usize, next: usize| {
        let text = String::from_utf8_lossy(&bytes[from..to]);
        let text = text.strip_suffix('\r').unwrap_or(&text).to_owned();
        lines.push(Line { text, end: offset + next as u64 });
    };
    while start < bytes.len() {
        let window = &bytes[start..bytes.len().min(start + LONGEST_LINE)];
        match window.iter().position(|byte| *byte == b'\n') {
            Some(length) => {
                push(start, start + length, start + length + 1);
                start += length + 1;
            }
            None if window.len() == LONGEST_LINE || all => {
                push(start, start + window.len(), start + window.len());
                start += window.len();
            }
            None => break,
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &str, all: bool, expected: &[(&str, u64)]) {
        let lines = split(bytes.as_bytes(), 10, all);
        let lines: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.end)).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_line_is_taken_when_it_has_ended() {
        check("one\r\ntwo\nthr", false, &[("one", 15), ("two", 19)]);
        check("one\nthr", true, &[("one", 14), ("thr", 17)]);
        check("thr", false, &[]);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let lines = split("x".repeat(LONGEST_LINE + 3).as_bytes(), 0, false);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].end, LONGEST_LINE as u64);
    }
}
