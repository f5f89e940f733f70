//! What identifies bytes: the SHA-256 of an artifact and the hash of a git commit.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a digest or a commit hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDigest {
    /// Not `sha256:` and 64 lower-case hexadecimal digits.
    #[error("`{0}` is not a digest: expected `sha256:` and 64 lower-case hexadecimal digits")]
    Digest(String),
    /// Not 40 or 64 lower-case hexadecimal digits.
    #[error(
        "`{0}` is not a commit hash: expected all 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits"
    )]
    Commit(String),
    /// Not 7 to 64 lower-case hexadecimal digits.
    #[error("`{0}` is not the beginning of a commit hash: expected 7 to 64 lower-case hexadecimal digits")]
    CommitPrefix(String),
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The SHA-256 of an artifact's bytes: its identity in every environment.
///
/// Written as `sha256:` and 64 lower-case hexadecimal digits, as in the OCI image specification.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^sha256:[0-9a-f]{64}$"))]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits, without `sha256:`.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first eight hexadecimal digits, for people.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(given: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest::Digest(given.chars().take(90).collect());
        let hex = given.strip_prefix("sha256:").ok_or_else(invalid)?;
        if hex.len() != 64 || !is_lower_hex(hex) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(given: String) -> Result<Self, InvalidDigest> {
        given.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// The full hash of a git commit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
pub struct CommitSha(String);

impl CommitSha {
    /// The full hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, as `git log --oneline` shows them.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }

    /// Git's all-zero hash, as long as this one.
    #[must_use]
    pub fn zero(&self) -> Self {
        Self("0".repeat(self.0.len()))
    }

    /// Whether this is git's all-zero hash, which stands for "no commit" in push events.
    pub fn is_zero(&self) -> bool {
        self.0.bytes().all(|b| b == b'0')
    }
}

impl fmt::Display for CommitSha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CommitSha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitSha({})", self.short())
    }
}

impl FromStr for CommitSha {
    type Err = InvalidDigest;

    fn from_str(given: &str) -> Result<Self, InvalidDigest> {
        if (given.len() == 40 || given.len() == 64) && is_lower_hex(given) {
            return Ok(Self(given.to_owned()));
        }
        Err(InvalidDigest::Commit(given.chars().take(90).collect()))
    }
}

impl TryFrom<String> for CommitSha {
    type Error = InvalidDigest;

    fn try_from(given: String) -> Result<Self, InvalidDigest> {
        given.parse()
    }
}

impl From<CommitSha> for String {
    fn from(commit: CommitSha) -> Self {
        commit.0
    }
}

/// The beginning of a commit's hash, or all of it: some hosts write a hash in full in one place and cut in another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9a-f]{7,64}$"))]
pub struct CommitPrefix(String);

impl CommitPrefix {
    /// How many digits a cut hash has on Bitbucket, the only host known to cut them.
    pub const CUT: usize = 12;
    /// Fewer digits could be of several commits.
    const SHORTEST: usize = 7;

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..Self::SHORTEST]
    }

    /// Whether it is that commit.
    pub fn names(&self, commit: &CommitSha) -> bool {
        commit.as_str().starts_with(&self.0)
    }

    /// The whole hash, if it is one.
    pub fn full(&self) -> Option<CommitSha> {
        self.0.parse().ok()
    }

    /// The beginning that [`CommitPrefix::CUT`] leaves of a hash.
    pub fn cut(commit: &CommitSha) -> Self {
        Self(commit.as_str()[..Self::CUT].to_owned())
    }
}

impl fmt::Display for CommitPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CommitPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitPrefix({})", self.short())
    }
}

impl TryFrom<String> for CommitPrefix {
    type Error = InvalidDigest;

    fn try_from(given: String) -> Result<Self, InvalidDigest> {
        match (Self::SHORTEST..=64).contains(&given.len()) && is_lower_hex(&given) {
            true => Ok(Self(given)),
            false => Err(InvalidDigest::CommitPrefix(given.chars().take(90).collect())),
        }
    }
}

impl From<CommitPrefix> for String {
    fn from(prefix: CommitPrefix) -> Self {
        prefix.0
    }
}

impl From<CommitSha> for CommitPrefix {
    fn from(commit: CommitSha) -> Self {
        Self(commit.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_digest_survives_its_text(bytes: [u8; 32]) {
            let digest = Digest::from_bytes(bytes);
            prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        }
    }

    #[test]
    fn upper_case_and_short_hashes_are_refused() {
        assert!("a1b2c3d".parse::<CommitSha>().is_err());
        assert!("A".repeat(40).parse::<CommitSha>().is_err());
        assert!("0".repeat(40).parse::<CommitSha>().unwrap().is_zero());
        assert!(format!("sha256:{}", "G".repeat(64)).parse::<Digest>().is_err());
    }

    #[test]
    fn the_beginning_of_a_hash_names_the_commit_and_no_other() {
        let commit: CommitSha = "764413d85e29".repeat(4)[..40].parse().unwrap();
        let cut = CommitPrefix::cut(&commit);
        assert_eq!(cut.as_str(), "764413d85e29");
        assert!(cut.names(&commit) && CommitPrefix::from(commit.clone()).names(&commit));
        assert!(!cut.names(&"7".repeat(40).parse().unwrap()));
        assert_eq!((cut.full(), CommitPrefix::from(commit.clone()).full()), (None, Some(commit)));
        for bad in ["", "764413", "764413D85E29", "master!", &"a".repeat(65)] {
            assert!(CommitPrefix::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
