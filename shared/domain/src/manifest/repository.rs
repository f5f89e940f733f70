//! Which repository a service's code lives in.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
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

/// How many parts a path has at most: GitLab nests groups twenty deep, and the project comes after them.
const MOST_SEGMENTS: usize = 21;

/// A repository behind a connection, written `connection:owner/name`, or `connection:group/subgroup/name` on GitLab.
///
/// It is shown as it was written. Letter case makes no other repository: on every host that Keelson knows,
/// `Acme/Storefront` and `acme/storefront` are one.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
        let n_segments = path.split('/').count();
        if !(2..=MOST_SEGMENTS).contains(&n_segments) || !path.split('/').all(is_segment) {
            return Err(invalid(
                "after the colon comes an owner or its groups, each with a slash, and one name",
            ));
        }
        Ok(Self { connection, path: path.to_owned() })
    }
}

impl RepositoryRef {
    /// The path as it is compared and found again, whatever its letter case.
    pub fn folded_path(&self) -> String {
        self.path.to_ascii_lowercase()
    }

    fn parts(&self) -> (&ConnectionName, String) {
        (&self.connection, self.folded_path())
    }
}

impl PartialEq for RepositoryRef {
    fn eq(&self, other: &Self) -> bool {
        self.connection == other.connection && self.path.eq_ignore_ascii_case(&other.path)
    }
}

impl Eq for RepositoryRef {}

impl PartialOrd for RepositoryRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RepositoryRef {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl Hash for RepositoryRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
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
            "description": "A repository behind a connection, written connection:owner/name; GitLab's groups may nest.",
            "pattern": r"^[a-z][a-z0-9-]{0,39}:[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100}){1,20}$",
            "examples": ["github:acme/storefront", "gitlab:acme/shop/storefront"],
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
    fn groups_nest_as_deep_as_gitlab_nests_them() {
        let nested = |depth: usize| format!("gitlab:{}/project", vec!["group"; depth].join("/"));
        assert_eq!(nested(3).parse::<RepositoryRef>().unwrap().path, "group/group/group/project");
        assert!(nested(20).parse::<RepositoryRef>().is_ok());
        assert!(nested(21).parse::<RepositoryRef>().is_err());
    }

    #[test]
    fn letter_case_is_shown_and_makes_no_other_repository() {
        let [shouted, whispered]: [RepositoryRef; 2] =
            ["github:Acme/StoreFront", "github:acme/storefront"].map(|text| text.parse().unwrap());
        assert_eq!(shouted, whispered);
        assert_eq!(shouted.cmp(&whispered), Ordering::Equal);
        assert_eq!(std::collections::HashSet::from([shouted.clone(), whispered]).len(), 1);
        assert_eq!(shouted.to_string(), "github:Acme/StoreFront");
        assert_ne!(shouted, "gitea:acme/storefront".parse().unwrap());
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
        after the colon comes an owner or its groups, each with a slash, and one name
        ");
        for bad in [
            "",
            ":",
            "github:",
            "github:/",
            "github:a/b/",
            "github:a//b",
            "github:a/..",
            "github:a/b c",
            "github:ä/b",
        ] {
            assert!(bad.parse::<RepositoryRef>().is_err(), "{bad}");
        }
        let error = "acme/storefront".parse::<RepositoryRef>().unwrap_err();
        insta::assert_snapshot!(error, @"`acme/storefront` is not a repository: it names no connection before a colon; write `connection:owner/name`, such as `github:acme/storefront`");
    }
}
