//! A git host that sends webhooks, and what it has sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::note::Note;
use crate::{ConnectionName, Period};

/// Which git host, and so how its webhooks are signed and what they look like.
///
/// It comes from the connection, never from the headers of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// GitHub, or a GitHub Enterprise server.
    #[serde(rename = "github")]
    GitHub,
}

/// A secret that only this installation can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// The sealed bytes, as text.
    pub sealed: String,
    /// Since when it is accepted.
    pub added_at: Timestamp,
    /// Until when it is accepted; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl SealedSecret {
    /// Whether signatures made with it are accepted.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A connection to a git host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name, part of the webhook URL.
    pub name: ConnectionName,
    /// Which host.
    pub kind: HostKind,
    /// The webhook secrets, newest first: a second one while the first is being replaced.
    pub secrets: Vec<SealedSecret>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What became of a webhook delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// Something was recorded.
    Accepted,
    /// It was understood and says nothing that is kept, or is of a kind that is not known.
    Ignored,
    /// It was not read: too large, or not well-formed.
    Rejected,
    /// It was received before. Counted only: what is stored stays as the first one made it.
    Repeated,
}

/// One webhook delivery, as the connection's page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The connection it came through.
    pub connection: ConnectionName,
    /// The host's own id of the delivery. A repeated delivery has the same one.
    pub id: String,
    /// The host's word for the kind of event, such as `push`.
    pub event: String,
    /// The host's word for what happened, such as `opened`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// Why, unless it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it said that is recorded nowhere else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// When it was received.
    pub at: Timestamp,
    /// How many bytes its body had.
    pub size: u64,
}

impl Delivery {
    /// How long a delivery is remembered, which is how long a repeated one is recognized.
    pub const KEPT: Period = Period::seconds(90 * 24 * 60 * 60);
}

/// How many deliveries of one kind of event came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCounts {
    /// Recorded.
    pub accepted: u64,
    /// Not kept.
    pub ignored: u64,
    /// Not read.
    pub rejected: u64,
    /// Received before.
    #[serde(default)]
    pub repeated: u64,
}

impl DeliveryCounts {
    /// All of them.
    pub const fn received(&self) -> u64 {
        self.accepted + self.ignored + self.rejected + self.repeated
    }
}

/// How alive a connection is. Counted beside the deliveries themselves, so it may be short of one after a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionActivity {
    /// When something was received last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivery_at: Option<Timestamp>,
    /// When the host pinged last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ping_at: Option<Timestamp>,
    /// The deliveries so far, by the host's word for the kind of event.
    pub counts: BTreeMap<String, DeliveryCounts>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_secret_is_accepted_until_it_expires() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let secret = SealedSecret { sealed: "x".to_owned(), added_at: at(0), expires_at: Some(at(60)) };
        assert!(secret.is_active(at(59)));
        assert!(!secret.is_active(at(60)));
    }
}
