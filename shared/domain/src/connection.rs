//! A git host that sends webhooks, and what it has sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::note::Note;
use crate::{ConnectionName, Period};

/// Which git host, and so what its webhooks look like.
///
/// It comes from the connection, never from the headers of a request: Gitea sends GitHub's headers beside its own,
/// and Bitbucket uses a header of GitHub's for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// GitHub, or a GitHub Enterprise server.
    #[serde(rename = "github")]
    GitHub,
    /// GitLab, gitlab.com or a server of one's own.
    #[serde(rename = "gitlab")]
    GitLab,
    /// Gitea, or Forgejo, which came of it.
    Gitea,
    /// Bitbucket Cloud.
    Bitbucket,
}

impl HostKind {
    /// Every kind, in the order in which people are asked.
    pub const ALL: [Self; 4] = [Self::GitHub, Self::GitLab, Self::Gitea, Self::Bitbucket];

    /// The word for it on the wire and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Gitea => "gitea",
            Self::Bitbucket => "bitbucket",
        }
    }

    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
            Self::Gitea => "Gitea or Forgejo",
            Self::Bitbucket => "Bitbucket",
        }
    }

    /// The kind with that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How its webhooks can be signed, the best way first.
    pub const fn signings(self) -> &'static [Signing] {
        match self {
            Self::GitHub | Self::Gitea | Self::Bitbucket => &[Signing::BodyHmac],
            Self::GitLab => &[Signing::StandardWebhooks, Signing::PlainToken],
        }
    }

    /// What is checked unless something else is asked for.
    pub const fn best_signing(self) -> Signing {
        match self {
            Self::GitHub | Self::Gitea | Self::Bitbucket => Signing::BodyHmac,
            Self::GitLab => Signing::StandardWebhooks,
        }
    }
}

/// How a connection's webhooks prove where they come from.
///
/// A part of the connection and never chosen by which header a request has: GitLab sends `webhook-id` with every
/// delivery but a signature only with a signing token, so whoever chose by the headers could be talked out of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    /// HMAC-SHA256 over the body, in the host's own header.
    #[default]
    BodyHmac,
    /// HMAC-SHA256 over id, moment and body (Standard Webhooks): a "signing token", from GitLab 19.0 on.
    StandardWebhooks,
    /// The secret itself in a header: GitLab's older "secret token". It proves nothing about the body.
    PlainToken,
}

impl Signing {
    /// The word for it on the wire and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BodyHmac => "body_hmac",
            Self::StandardWebhooks => "standard_webhooks",
            Self::PlainToken => "plain_token",
        }
    }

    /// What the field is called where its secret is entered on the git host.
    pub const fn field_title(self) -> &'static str {
        match self {
            Self::BodyHmac => "Secret",
            Self::StandardWebhooks => "Signing token",
            Self::PlainToken => "Secret token",
        }
    }
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
    /// How its webhooks are signed; one of [`HostKind::signings`].
    #[serde(default)]
    pub signing: Signing,
    /// The webhook secrets, newest first: a second one while the first is being replaced.
    pub secrets: Vec<SealedSecret>,
    /// When it was added.
    pub created_at: Timestamp,
    /// How the host is asked. Without it, Keelson knows only what webhooks tell, and tells the host nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiAccess>,
}

/// How Keelson asks a git host, beside being told by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiAccess {
    /// Where the host's API is, without a slash at its end.
    pub url: String,
    /// The token, sealed.
    pub sealed_token: String,
    /// When it was set.
    pub added_at: Timestamp,
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
    fn every_kind_is_known_by_its_word_and_has_a_best_way_to_sign() {
        for kind in HostKind::ALL {
            assert_eq!(HostKind::from_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
            assert_eq!(kind.signings().first(), Some(&kind.best_signing()));
        }
        assert_eq!(HostKind::from_word("GitHub"), None);
    }

    #[test]
    fn a_replaced_secret_is_accepted_until_it_expires() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let secret = SealedSecret { sealed: "x".to_owned(), added_at: at(0), expires_at: Some(at(60)) };
        assert!(secret.is_active(at(59)));
        assert!(!secret.is_active(at(60)));
    }
}
