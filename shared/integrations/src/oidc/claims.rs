//! What every token says, whoever it is about.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Refused, later};

/// The claims that every token has.
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
    #[serde(rename = "iat", default, deserialize_with = "some_seconds")]
    pub(super) issued_at: Option<Timestamp>,
}

impl Claims {
    /// Whether the token is from that issuer, and valid at this time. Issuers are compared character by character, as
    /// OpenID Connect Core, section 3.1.3.7, demands.
    pub(super) fn check(&self, issuer: &str, now: Timestamp) -> Result<(), Refused> {
        if self.issuer != issuer {
            return Err(Refused::Issuer(self.issuer.chars().take(200).collect()));
        }
        if now >= later(self.expires_at) {
            return Err(Refused::Expired(self.expires_at));
        }
        match self.not_before.filter(|start| *start > later(now)) {
            Some(start) => Err(Refused::NotYetValid(start)),
            None => Ok(()),
        }
    }
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
        matches!(self.all(), [audience] if audience == expected)
    }

    /// All of them.
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(audience) => std::slice::from_ref(audience),
            Self::Many(audiences) => audiences,
        }
    }
}

/// Some issuers write fractions of seconds, which RFC 7519 allows.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Whole(i64),
        Fraction(f64),
    }
    let seconds = match Written::deserialize(deserializer)? {
        Written::Whole(seconds) => seconds,
        // What is beyond the range becomes its end, which is no time that jiff knows.
        Written::Fraction(seconds) => seconds.floor() as i64,
    };
    Timestamp::from_second(seconds).map_err(D::Error::custom)
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    seconds(deserializer).map(Some)
}
