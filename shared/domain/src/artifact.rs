//! Bytes that ship.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::rollout::Release;
use crate::{CommitSha, Digest, ServiceName};

/// An artifact that has been registered for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its bytes.
    pub digest: Digest,
    /// The service it is for.
    pub service: ServiceName,
    /// The commit it was built from.
    pub commit: CommitSha,
    /// How many bytes.
    pub size: u64,
    /// Who brought it.
    pub pushed_by: Actor,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// When its bytes were there and verified; absent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
}

impl Artifact {
    /// The artifact as what runs somewhere.
    pub fn release(&self) -> Release {
        Release { artifact: self.digest, commit: self.commit.clone() }
    }
}
