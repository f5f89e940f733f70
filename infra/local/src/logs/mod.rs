//! What services write, kept per environment, bounded.
//!
//! A process writes into files of its own (the *spool*, see [`spool`]), so that it never depends on Keelson being
//! alive. Keelson follows the spool line by line into the environment's log (see [`segments`]).

mod line;
mod segments;
mod spool;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Digest, EnvironmentName, ServiceName};
use ports::{LogLine, LogQuery};

use crate::{Now, files};
use line::StoredLine;
use segments::Segments;

pub(crate) use spool::{Follower, Spool};

/// Lines kept in memory per environment: what a panel that follows a log asks for again and again.
const RECENT_LINES: usize = 1_000;
/// No answer has more lines.
const MOST_LINES: usize = 5_000;
/// How much of a line a failure report shows.
const TAIL_LINE_CHARS: usize = 500;

/// The logs of every environment on this machine.
pub(crate) struct LogStore {
    dir: PathBuf,
    now: Now,
    environments: Mutex<HashMap<(ServiceName, EnvironmentName), Arc<EnvironmentLog>>>,
}

impl LogStore {
    /// The logs in `<dir>/logs`.
    pub(crate) fn in_folder(dir: &Path, now: Now) -> Self {
        Self { dir: dir.join("logs"), now, environments: Mutex::default() }
    }

    /// The log of one environment, read from disk the first time.
    pub(crate) async fn environment(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> io::Result<Arc<EnvironmentLog>> {
        let key = (service.clone(), environment.clone());
        if let Some(log) = lock(&self.environments).get(&key) {
            return Ok(log.clone());
        }
        let folder = self.dir.join(service.as_str()).join(environment.as_str());
        let now = self.now.clone();
        let opened = files::blocking(move || EnvironmentLog::open(folder, now)).await?;
        // Two first askers at once must agree on one log, because a log has one writer.
        Ok(lock(&self.environments).entry(key).or_insert_with(|| Arc::new(opened)).clone())
    }
}

/// The log of one environment.
pub(crate) struct EnvironmentLog {
    folder: PathBuf,
    now: Now,
    inner: Mutex<Inner>,
}

struct Inner {
    segments: Segments,
    recent: VecDeque<StoredLine>,
}

impl EnvironmentLog {
    fn open(folder: PathBuf, now: Now) -> io::Result<Self> {
        let segments = Segments::open(&folder)?;
        let mut recent = VecDeque::new();
        segments.newest_first(|line| {
            recent.push_front(line);
            recent.len() < RECENT_LINES
        })?;
        Ok(Self { folder, now, inner: Mutex::new(Inner { segments, recent }) })
    }

    /// The files into which the process of that identifier writes.
    pub(crate) fn spool(&self, run: &str) -> Spool {
        Spool::new(&self.folder.join("spool"), run)
    }

    /// Appends lines of one stream of a process.
    fn append(&self, source: &spool::Source, lines: Vec<spool::Line>) -> io::Result<()> {
        let at = (self.now)();
        let mut inner = lock(&self.inner);
        let mut stored = Vec::with_capacity(lines.len());
        for line in lines {
            let number = inner.segments.next_number() + stored.len() as u64;
            stored.push(StoredLine::new(number, at, source, line));
        }
        inner.segments.append(&stored)?;
        inner.recent.extend(stored);
        let surplus = inner.recent.len().saturating_sub(RECENT_LINES);
        inner.recent.drain(..surplus);
        Ok(())
    }

    /// How far the spool of one stream of a process has been taken over.
    fn taken(&self, source: &spool::Source) -> io::Result<u64> {
        let mut end = 0;
        lock(&self.inner).segments.newest_first(|line| {
            if line.is_from(source) {
                end = line.end;
            }
            end == 0
        })?;
        Ok(end)
    }

    /// The last lines that a process wrote, oldest first, for a failure report.
    pub(crate) fn tail(&self, run: &str, count: usize) -> Vec<String> {
        let inner = lock(&self.inner);
        let newest = inner.recent.iter().rev().filter(|line| line.run == run).take(count);
        let mut tail: Vec<String> =
            newest.map(|line| line.text.chars().take(TAIL_LINE_CHARS).collect()).collect();
        tail.reverse();
        tail
    }

    /// The lines that a query asks for, oldest first.
    pub(crate) fn query(&self, query: &LogQuery) -> io::Result<Vec<LogLine>> {
        let limit = query.limit.min(MOST_LINES);
        let filter = Filter::new(query);
        let inner = lock(&self.inner);
        let first_recent = inner.recent.front().map_or(u64::MAX, |line| line.number);
        let mut found = Vec::new();
        match query.after {
            Some(after) if after.saturating_add(1) >= first_recent => {
                let newer = inner.recent.iter().filter(|line| line.number > after && filter.matches(line));
                found.extend(newer.take(limit).cloned());
            }
            Some(after) => inner.segments.oldest_first(after, |line| {
                if filter.matches(&line) && found.len() < limit {
                    found.push(line);
                }
                found.len() < limit
            })?,
            None => {
                let newest = inner.recent.iter().rev().filter(|line| filter.matches(line));
                found.extend(newest.take(limit).cloned());
                if found.len() < limit {
                    inner.segments.newest_first(|line| {
                        if line.number < first_recent && filter.matches(&line) && found.len() < limit {
                            found.push(line);
                        }
                        found.len() < limit
                    })?;
                }
                found.reverse();
            }
        }
        Ok(found.into_iter().map(LogLine::from).collect())
    }
}

/// What a query keeps.
struct Filter {
    artifact: Option<Digest>,
    contains: Option<String>,
}

impl Filter {
    fn new(query: &LogQuery) -> Self {
        let contains = query.contains.as_ref().map(|text| text.to_lowercase());
        Self { artifact: query.artifact, contains }
    }

    fn matches(&self, line: &StoredLine) -> bool {
        self.artifact.is_none_or(|artifact| artifact == line.artifact)
            && self.contains.as_ref().is_none_or(|text| line.text.to_lowercase().contains(text))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
