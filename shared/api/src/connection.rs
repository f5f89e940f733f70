//! Connections to git hosts on the wire.

use domain::{CommitSha, ConnectionName};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A connection to a git host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// How the host is asked for what webhooks did not tell, and told of promotions. Absent without an API token: then
    /// nothing is repaired, and the host is told nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiAccessView>,
}

/// How a git host's API is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiAccessView {
    /// Where the API is.
    pub url: String,
    /// When the token was set. The token itself is never shown.
    pub token_added_at: Timestamp,
    /// Whether the host lists webhooks that failed and makes them again; otherwise branches alone are compared.
    pub delivers_again: bool,
    /// Whether the host is told of deployments, beside statuses of commits.
    pub takes_deployments: bool,
    /// When the host was looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// When it is looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_check_at: Option<Timestamp>,
    /// Why the last look failed, unless it went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ApiTroubleView>,
    /// Why the host could not be told of a promotion, unless all is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<ApiTroubleView>,
    /// How many deliveries failed, and how often a branch had moved without a word.
    pub missed: u64,
    /// How many of those were made up for.
    pub repaired: u64,
    /// When something was found missing last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Timestamp>,
    /// When something was made up for last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_at: Option<Timestamp>,
}

/// Why a git host's API could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiTroubleView {
    /// What happened, and what helps.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// How many times in a row.
    pub times: u32,
    /// When it is tried again.
    pub again_at: Timestamp,
}

/// A repository that is looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WatchedRepositoryView {
    /// Its name on the host.
    pub repository: String,
    /// What keeps its failed webhooks from being looked at, if something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it could not be looked at, unless that went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ApiTroubleView>,
    /// How many deliveries the host was asked to make again and has not made yet.
    pub awaited: usize,
    /// Its branches that services ship from.
    pub branches: Vec<WatchedBranchView>,
}

/// A branch that is looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WatchedBranchView {
    /// Its name.
    pub branch: String,
    /// Where the host says that it is.
    pub head: CommitSha,
    /// When it was seen there first.
    pub seen_at: Timestamp,
    /// Whether what Keelson has recorded ends there too.
    pub agrees: bool,
    /// When commits were recorded last that no webhook had told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_at: Option<Timestamp>,
}

/// One delivery of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionDetail {
    /// The connection.
    pub connection: ConnectionView,
    /// Its last deliveries, newest first.
    pub deliveries: Vec<DeliveryView>,
    /// Its repositories that are looked after through the API.
    #[serde(default)]
    pub repositories: Vec<WatchedRepositoryView>,
}

/// A connection to add or change.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
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
    /// How the host is asked. Left out, a connection that is there keeps what it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<SetApiAccess>,
}

/// How a git host is asked, and told.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetApiAccess {
    /// Where its API is; the host's usual place unless given, such as `https://api.github.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A token that may read commits and webhooks, and write statuses and deployments.
    pub token: String,
}

impl PutConnection {
    /// A connection of that kind, and everything else as Keelson chooses it.
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), signing: None, secret: None, api: None }
    }
}

/// A secret to rotate to.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionSecret {
    /// The connection.
    pub connection: ConnectionView,
    /// The secret. It is shown once and cannot be read again.
    pub secret: String,
}
