//! Connections to git hosts on the wire.

use domain::ConnectionName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A connection to a git host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Its name; part of the webhook URL.
    pub name: ConnectionName,
    /// The git host's kind, such as `github`.
    pub kind: String,
    /// How its webhooks are signed: `body_hmac`, `standard_webhooks` or `plain_token`.
    #[serde(default)]
    pub signing: String,
    /// Where the git host sends its webhooks.
    pub hook_url: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// How many secrets are valid now: two while one replaces the other.
    pub active_secrets: usize,
    /// When the old secret stops being valid, while two are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_ends_at: Option<Timestamp>,
    /// When something arrived last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivery_at: Option<Timestamp>,
    /// Deliveries whose facts were recorded.
    pub accepted: u64,
    /// Deliveries that Keelson has no use for.
    pub ignored: u64,
    /// Deliveries that came again.
    pub duplicates: u64,
    /// Deliveries refused: wrong signature, too large, not readable.
    pub rejected: u64,
}

/// One delivery of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// The git host's id for it.
    pub id: String,
    /// The event, such as `push` or `pull_request.closed`.
    pub event: String,
    /// When it arrived.
    pub at: Timestamp,
    /// How many bytes.
    pub size: u64,
    /// What became of it, such as `recorded` or `ignored`.
    pub outcome: String,
    /// More about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A connection with its last deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionDetail {
    /// The connection.
    pub connection: ConnectionView,
    /// Its last deliveries, newest first.
    pub deliveries: Vec<DeliveryView>,
}

/// A connection to add or change.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutConnection {
    /// The git host's kind: `github`, `gitlab`, `gitea` (Forgejo too) or `bitbucket`.
    pub kind: String,
    /// How its webhooks are signed. Only GitLab leaves a choice: `standard_webhooks` (a signing token, from GitLab 19.0
    /// on), which is meant unless given, or `plain_token` (the older secret token).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<String>,
    /// The webhook secret. Without one, Keelson makes a good one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl PutConnection {
    /// A connection of that kind, and everything else as Keelson chooses it.
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), signing: None, secret: None }
    }
}

/// A secret to rotate to.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateConnection {
    /// The new secret. Without one, Keelson makes a good one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// For how many hours the old one stays valid, 0 to 168; 24 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_hours: Option<u32>,
}

/// A connection with the secret to enter on the git host.
#[derive(Clone, Serialize, Deserialize)]
pub struct ConnectionSecret {
    /// The connection.
    pub connection: ConnectionView,
    /// The secret. It is shown once and cannot be read again.
    pub secret: String,
}
