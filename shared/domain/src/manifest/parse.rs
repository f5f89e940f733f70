//! From text to [`Manifest`], with every mistake at its line.
use super::*;
use crate::name::InvalidName;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One mistake in a `keelson.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestError {
    /// Where, counted from 1.
    pub line: usize,
    /// Where in the line, counted from 1.
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

impl Manifest {
    /// Reads a `keelson.toml`.
    ///
    /// # Errors
    /// Every mistake found, in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<ManifestError>> {
        toml::from_str(text).map_err(|e| {
            vec![ManifestError { line: 1, column: 1, pointer: String::new(), detail: e.message().to_owned() }]
        })
    }
}

/// The JSON Schema of `keelson.toml`, for editors.
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(Manifest)
}

/// not a repository
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a repository reference")]
pub struct InvalidRepository;
impl TryFrom<String> for RepositoryRef {
    type Error = InvalidRepository;
    fn try_from(s: String) -> Result<Self, InvalidRepository> {
        let (c, p) = s.split_once(':').ok_or(InvalidRepository)?;
        Ok(Self { connection: c.parse().map_err(|_: InvalidName| InvalidRepository)?, path: p.to_owned() })
    }
}
impl From<RepositoryRef> for String {
    fn from(r: RepositoryRef) -> Self {
        format!("{}:{}", r.connection, r.path)
    }
}
