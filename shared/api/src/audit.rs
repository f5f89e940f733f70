//! The audit log's chain on the wire.

use domain::Digest;
use domain::audit::Finding;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The newest block of the chain. Whoever keeps `anchor` elsewhere can tell later whether the chain was rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditHead {
    /// The block's number, from 0; absent before anything was chained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Digest>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How many events are chained.
    pub events: u64,
    /// Number and hash in one text, as `anchor` of a later check takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
}

/// A page of a check of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditCheck {
    /// The newest block, up to which is checked.
    pub head: AuditHead,
    /// How many blocks were checked up to the end of this page.
    pub blocks: u64,
    /// How many of their events.
    pub events: u64,
    /// What this page found.
    pub findings: Vec<AuditFinding>,
    /// How many events are in the log and not yet chained; on the last page. At most 10,000 are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_yet_chained: Option<u64>,
    /// What to pass as `after` for the next page; absent on the last one. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something in the audit log that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditFinding {
    /// What, for programs.
    #[serde(flatten)]
    pub finding: Finding,
    /// What, for people.
    pub detail: String,
}

impl From<Finding> for AuditFinding {
    fn from(finding: Finding) -> Self {
        Self { detail: finding.sentence(), finding }
    }
}

/// Which block must have which hash, as it was kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The block's number.
    pub number: u64,
    /// Its hash.
    pub hash: Digest,
}

impl std::fmt::Display for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

impl std::str::FromStr for Anchor {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let parsed = given
            .split_once(':')
            .and_then(|(number, hash)| Some(Self { number: number.parse().ok()?, hash: hash.parse().ok()? }));
        parsed.ok_or_else(|| {
            let given: String = given.chars().take(90).collect();
            format!("`{given}` is not an anchor: expected a block's number and hash, as in `12:sha256:…`")
        })
    }
}
