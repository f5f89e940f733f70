//! Which repository a service's code lives in.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::ConnectionName;

/// Why a text is not a [`RepositoryRef`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not a repository: {reason}; write `connection:owner/name`, such as `github:acme/storefront`"
)]
pub struct InvalidRepository {
    given: String,
    reason: &'static str,
}

/// A repository behind a connection, written `connection:owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryRef {
    /// The git host's connection.
    pub connection: ConnectionName,
    /// The repository's full name on that host, such as `acme/storefront`.
    pub path: String,
}

impl FromStr for RepositoryRef {
    type Err = InvalidRepository;

    fn from_str(given: &str) -> Result<Self, InvalidRepository> {
        let invalid = |reason| InvalidRepository { given: given.chars().take(80).collect(), reason };
        if given.contains("://") {
            return Err(invalid("it is an address, and the connection knows the host"));
        }
        let (connection, path) =
            given.split_once(':').ok_or_else(|| invalid("it names no connection before a colon"))?;
        let connection = connection.parse().map_err(|_| {
            invalid("the connection before the colon must be lower-case letters, digits and hyphens")
        })?;
        match path.split_once('/') {
            Some((owner, name)) if is_segment(owner) && is_segment(name) => {
                Ok(Self { connection, path: path.to_owned() })
            }
            _ => Err(invalid("after the colon comes one owner, a slash and one name")),
        }
    }
}

fn is_segment(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=100).contains(&text.len()) && text.chars().all(allowed) && !matches!(text, "." | "..")
}

impl fmt::Display for RepositoryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.connection, self.path)
    }
}

impl TryFrom<String> for RepositoryRef {
    type Error = InvalidRepository;

    fn try_from(given: String) -> Result<Self, InvalidRepository> {
        given.parse()
    }
}

impl From<RepositoryRef> for String {
    fn from(repository: RepositoryRef) -> Self {
        repository.to_string()
    }
}

impl JsonSchema for RepositoryRef {
    fn schema_name() -> Cow<'static, str> {
        "RepositoryRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A repository behind a connection, written connection:owner/name.",
            "pattern": r"^[a-z][a-z0-9-]{0,39}:[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$",
            "examples": ["github:acme/storefront"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_survives_its_text() {
        let repository: RepositoryRef = "github:acme/store_front.rs".parse().unwrap();
        assert_eq!(repository.connection.as_str(), "github");
        assert_eq!(repository.path, "acme/store_front.rs");
        assert_eq!(repository.to_string(), "github:acme/store_front.rs");
        let json = serde_json::to_string(&repository).unwrap();
        assert_eq!(serde_json::from_str::<RepositoryRef>(&json).unwrap(), repository);
    }

    #[test]
    fn what_is_not_a_repository_is_refused_with_the_reason() {
        let refused =
            ["acme/storefront", "https://github.com/acme/storefront", "GitHub:acme/x", "github:acme"];
        let reasons: Vec<String> = refused
            .iter()
            .map(|given| given.parse::<RepositoryRef>().unwrap_err().reason.to_owned())
            .collect();
        insta::assert_snapshot!(reasons.join("\n"), @"
        it names no connection before a colon
        it is an address, and the connection knows the host
        the connection before the colon must be lower-case letters, digits and hyphens
        after the colon comes one owner, a slash and one name
        ");
        for bad in
            ["", ":", "github:", "github:/", "github:a/b/c", "github:a/..", "github:a/b c", "github:ä/b"]
        {
            assert!(bad.parse::<RepositoryRef>().is_err(), "{bad}");
        }
        let error = "acme/storefront".parse::<RepositoryRef>().unwrap_err();
        insta::assert_snapshot!(error, @"`acme/storefront` is not a repository: it names no connection before a colon; write `connection:owner/name`, such as `github:acme/storefront`");
    }
}
