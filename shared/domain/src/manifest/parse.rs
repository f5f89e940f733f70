//! From text to [`Manifest`], with every mistake at its line.

use std::cell::RefCell;
use std::fmt;

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use super::Manifest;
use super::node::Node;
use super::sections;

/// The longest `keelson.toml` that is read, in bytes.
const LONGEST_TEXT: usize = 256 * 1024;
/// So many mistakes are reported at once: nobody reads more, and the answer stays small.
const MOST_MISTAKES: usize = 100;

/// One mistake in a `keelson.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestError {
    /// Where, counted from 1.
    pub line: usize,
    /// Where in the line, in characters counted from 1.
    pub column: usize,
    /// Which value, as a JSON pointer (RFC 6901), such as `/environment/1/steps/0/weight`.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.detail)
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// Reads a `keelson.toml` of at most 256 KiB.
    ///
    /// # Errors
    /// Every mistake found, in the order of the text, at most 100 of them.
    /// A text that is not TOML has one: the first place where it is not.
    /// A key that is missing is reported where its table starts.
    pub fn parse(text: &str) -> Result<Self, Vec<ManifestError>> {
        let report = Report::new(text);
        match read(text, &report) {
            Some(manifest) if report.is_empty() => Ok(manifest),
            _ => Err(report.into_errors()),
        }
    }
}

fn read(text: &str, report: &Report<'_>) -> Option<Manifest> {
    if text.len() > LONGEST_TEXT {
        report.add(0, "", format!("the file has {} bytes; at most {LONGEST_TEXT} are read", text.len()));
        return None;
    }
    match DeTable::parse(text) {
        Ok(table) => {
            let root = DeValue::Table(table.into_inner());
            sections::manifest(&Node::root(&root, report))
        }
        Err(error) => {
            let offset = error.span().map_or(text.len(), |span| span.start);
            report.add(offset, "", format!("this is not TOML: {}", error.message()));
            None
        }
    }
}

/// The mistakes found so far.
pub(super) struct Report<'t> {
    text: &'t str,
    mistakes: RefCell<Vec<Mistake>>,
}

struct Mistake {
    offset: usize,
    pointer: String,
    detail: String,
}

impl<'t> Report<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, mistakes: RefCell::default() }
    }

    /// Notes a mistake at a byte of the text.
    pub(super) fn add(&self, offset: usize, pointer: &str, detail: String) {
        self.mistakes.borrow_mut().push(Mistake { offset, pointer: pointer.to_owned(), detail });
    }

    /// What is written in a span of the text.
    pub(super) fn written(&self, span: std::ops::Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.mistakes.borrow().is_empty()
    }

    fn into_errors(self) -> Vec<ManifestError> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| mistake.offset);
        mistakes.truncate(MOST_MISTAKES);
        let locate = |Mistake { offset, pointer, detail }| {
            let (line, column) = position(self.text, offset);
            ManifestError { line, column, pointer, detail }
        };
        mistakes.into_iter().map(locate).collect()
    }
}

/// The line and the column of a byte, both counted from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
