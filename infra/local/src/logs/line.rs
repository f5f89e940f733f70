//! One line of an environment's log.

use domain::Digest;
use jiff::Timestamp;
use ports::{LogLine, structure};
use serde::{Deserialize, Serialize};

use super::spool::{Line, Source};

/// A line as it is stored: what was written, and from where, so that it is taken over exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredLine {
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) artifact: Digest,
    /// The process.
    pub(super) run: String,
    pub(super) stream: String,
    /// Where the line ends in the spool of that stream.
    pub(super) end: u64,
    pub(super) text: String,
}

impl StoredLine {
    pub(super) fn new(number: u64, at: Timestamp, source: &Source, line: Line) -> Self {
        Self {
            number,
            at,
            artifact: source.artifact,
            run: source.run.clone(),
            stream: source.stream.to_owned(),
            end: line.end,
            text: line.text,
        }
    }

    pub(super) fn is_from(&self, source: &Source) -> bool {
        self.run == source.run && self.stream == source.stream
    }
}

impl From<StoredLine> for LogLine {
    fn from(line: StoredLine) -> Self {
        let (level, message) = structure(&line.text);
        Self {
            number: line.number,
            at: line.at,
            artifact: line.artifact,
            stream: line.stream,
            text: line.text,
            level,
            message,
        }
    }
}
