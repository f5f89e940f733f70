//! What is kept to know who somebody is: people, sessions, API tokens and sign-in links.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Grant, TokenScope};
use crate::sign_in::{Identity, SignInProblem};
use crate::{Login, TeamName, TokenId};

/// Why a text is not a [`SecretHash`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct InvalidSecretHash;

/// The SHA-256 of a random secret that is handed out once and never kept: a cookie, a token, a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

impl FromStr for SecretHash {
    type Err = InvalidSecretHash;

    fn from_str(given: &str) -> Result<Self, InvalidSecretHash> {
        let is_hex = given.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if given.len() != 64 || !is_hex {
            return Err(InvalidSecretHash);
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = &given[2 * index..2 * index + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| InvalidSecretHash)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for SecretHash {
    type Error = InvalidSecretHash;

    fn try_from(given: String) -> Result<Self, InvalidSecretHash> {
        given.parse()
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> Self {
        hash.to_string()
    }
}

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their sign-in name.
    pub login: Login,
    /// The name to show.
    pub name: String,
    /// Their login on the git host, if it differs from the sign-in name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_login: Option<String>,
    /// The e-mail addresses they commit with.
    pub emails: Vec<String>,
    /// Their teams.
    pub teams: Vec<TeamName>,
    /// What they may do, as an admin decided.
    pub grants: Vec<Grant>,
    /// What they may do besides, by their groups when they last signed in at the identity provider. Replaced each time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_grants: Vec<Grant>,
    /// Who they are at identity providers. Each has a [`LinkedIdentity`] too, which makes it unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// Since when they may do nothing at all, if an admin disabled them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
    /// Sessions that began before are over: when they were last enabled again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions_since: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

impl User {
    /// What they may do: by an admin's decision and by their groups. Nothing while they are disabled.
    pub fn granted(&self) -> Vec<Grant> {
        if self.disabled_at.is_some() {
            return Vec::new();
        }
        let mut all = self.grants.clone();
        all.extend(self.group_grants.iter().filter(|grant| !self.grants.contains(grant)).cloned());
        all
    }

    /// Whether a session of theirs that began then goes on.
    pub fn keeps_session(&self, begun_at: Timestamp) -> bool {
        self.disabled_at.is_none() && self.sessions_since.is_none_or(|since| begun_at > since)
    }
}

/// Who somebody at an identity provider is here. There is one for each such person, so two sign-ins at once make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedIdentity {
    /// Who they are there.
    pub identity: Identity,
    /// Who they are here.
    pub login: Login,
    /// Since when.
    pub linked_at: Timestamp,
}

/// A sign-in at the identity provider that a browser has begun. The browser keeps a handle in a cookie, of which this
/// has the hash; everything else that is secret is derived from the handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// The hash of the handle.
    pub hash: SecretHash,
    /// Where in the panel to go afterwards.
    pub next: String,
    /// Why it came to nothing, to be told to that browser. It can be used no more then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedSignIn>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Until when it can be used, or its refusal be read.
    pub expires_at: Timestamp,
}

/// Why a sign-in came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedSignIn {
    /// Why.
    pub problem: SignInProblem,
    /// The person's groups, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Somebody signed in with a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The hash of the cookie.
    pub hash: SecretHash,
    /// Who.
    pub login: Login,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its identifier, which is no secret.
    pub id: TokenId,
    /// The hash of the secret.
    pub hash: SecretHash,
    /// The name it was given.
    pub name: String,
    /// Whose grants it narrows.
    pub owner: Login,
    /// What it is for.
    pub scope: TokenScope,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is valid; until it is revoked if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked, if it was. It stays, so that whoever still uses it can be told why it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// Why a token is taken no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Somebody revoked it.
    #[error("was revoked at {at}")]
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// Its time is over.
    #[error("expired at {at}")]
    Expired {
        /// Since when.
        at: Timestamp,
    },
}

impl Token {
    /// Whether it is still taken.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, now: Timestamp) -> Result<(), InvalidToken> {
        if let Some(at) = self.revoked_at {
            return Err(InvalidToken::Revoked { at });
        }
        match self.expires_at {
            Some(at) if at <= now => Err(InvalidToken::Expired { at }),
            Some(_) | None => Ok(()),
        }
    }
}

/// A link that signs somebody in, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInLink {
    /// The hash of the link's secret.
    pub hash: SecretHash,
    /// Whom it signs in.
    pub login: Login,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_hash_survives_its_text_and_is_not_printed_by_accident() {
        let hash = SecretHash::from_bytes([0xa5; 32]);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(format!("{hash:?}"), "SecretHash(..)");
        assert!("A5".repeat(32).parse::<SecretHash>().is_err());
        assert!("é".repeat(32).parse::<SecretHash>().is_err());
    }
}
