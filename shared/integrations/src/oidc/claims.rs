//! What a token says.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The claims of a GitHub Actions token, as far as they matter. `sub` does not: its form varies.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    #[serde(rename = "iss")]
    pub(super) issuer: String,
    #[serde(rename = "aud")]
    pub(super) audience: Audience,
    #[serde(rename = "exp", deserialize_with = "seconds")]
    pub(super) expires_at: Timestamp,
    #[serde(rename = "nbf", default, deserialize_with = "some_seconds")]
    pub(super) not_before: Option<Timestamp>,
    pub(super) repository: String,
    #[serde(deserialize_with = "number")]
    pub(super) repository_id: u64,
    #[serde(deserialize_with = "number")]
    pub(super) repository_owner_id: u64,
    #[serde(rename = "ref")]
    pub(super) git_ref: String,
    pub(super) sha: String,
    pub(super) event_name: String,
    pub(super) workflow_ref: String,
    #[serde(default)]
    pub(super) job_workflow_ref: Option<String>,
    pub(super) run_id: String,
    #[serde(default = "first", deserialize_with = "number")]
    pub(super) run_attempt: u32,
    pub(super) actor: String,
}

const fn first() -> u32 {
    1
}

/// Whom a token is for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// Whether it is for that one and nobody else: a token for several could be sent on by any of them.
    pub(super) fn is_exactly(&self, expected: &str) -> bool {
        match self {
            Self::One(audience) => audience == expected,
            Self::Many(audiences) => matches!(audiences.as_slice(), [audience] if audience == expected),
        }
    }
}

/// GitHub writes numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written<N> {
    Number(N),
    Text(String),
}

fn number<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + FromStr<Err: Display>,
{
    match Written::<N>::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(D::Error::custom),
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::from_second(i64::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    seconds(deserializer).map(Some)
}
