//! The keys that an issuer publishes, fetched when they are needed and remembered.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::token::PublicKey;
use super::{BadAddress, Refused};
use crate::outgoing::{Outgoing, Unreachable};

/// How often the issuer is asked at most, so that tokens with made-up keys cannot make Keelson flood it.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// How long keys are used without asking whether they still are: an issuer may withdraw one.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long keys are used when the issuer cannot be asked.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// How long the answers may be. GitHub's are below 10 KB.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The keys of one issuer.
#[derive(Debug)]
pub(super) struct Keys {
    issuer: String,
    outgoing: Outgoing,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    keys: BTreeMap<String, PublicKey>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
}

impl Keys {
    pub(super) fn of(issuer: &str) -> Result<Self, BadAddress> {
        Ok(Self { issuer: issuer.to_owned(), outgoing: Outgoing::to(issuer)?, known: Mutex::default() })
    }

    /// The key of that name. Those who ask while keys are fetched wait for the same answer.
    pub(super) async fn find(&self, key_id: &str, now: Timestamp) -> Result<PublicKey, Refused> {
        let mut known = self.known.lock().await;
        let is_younger = |at: Option<Timestamp>, age| at.is_some_and(|at| now.duration_since(at) < age);
        let have = known.keys.get(key_id).filter(|_| is_younger(known.fetched_at, USABLE)).cloned();
        match have {
            Some(key) if is_younger(known.fetched_at, FRESH) => return Ok(key),
            _ if is_younger(known.asked_at, PAUSE) => return have.ok_or_else(|| known.nothing(key_id)),
            _ => known.asked_at = Some(now),
        }
        match self.fetch().await {
            Ok(keys) => {
                known.fetched_at = Some(now);
                known.keys = keys;
                known.keys.get(key_id).cloned().ok_or_else(|| known.nothing(key_id))
            }
            Err(error) => {
                tracing::warn!(issuer = self.issuer, %error, "the keys of CI jobs cannot be fetched");
                have.ok_or(Refused::IssuerUnreachable(error))
            }
        }
    }

    async fn fetch(&self) -> Result<BTreeMap<String, PublicKey>, Unreachable> {
        let discovery = format!("{}/.well-known/openid-configuration", self.issuer);
        let discovery: Discovery = self.outgoing.get_json(&discovery, LONGEST_ANSWER).await?;
        // A configuration that speaks for another issuer is not this issuer's.
        if discovery.issuer.trim_end_matches('/') != self.issuer {
            return Err(Unreachable::Elsewhere(discovery.issuer.chars().take(200).collect()));
        }
        let set: KeySet = self.outgoing.get_json(&discovery.jwks_uri, LONGEST_ANSWER).await?;
        Ok(set.keys.into_iter().filter_map(Key::usable).collect())
    }
}

impl Known {
    /// Why there is no such key: the issuer has none, or could not be asked.
    fn nothing(&self, key_id: &str) -> Refused {
        if self.fetched_at < self.asked_at {
            return Refused::IssuerUnreachable(Unreachable::AskedJustNow);
        }
        Refused::UnknownKey(key_id.chars().take(100).collect())
    }
}

impl Key {
    /// The key, if it is one to check RS256 signatures with.
    fn usable(self) -> Option<(String, PublicKey)> {
        let is_for = |wanted: &str, given: Option<String>| given.is_none_or(|given| given == wanted);
        let fits = self.kty == "RSA" && is_for("sig", self.purpose) && is_for("RS256", self.alg);
        let (n, e) = (unsigned(&self.n?)?, unsigned(&self.e?)?);
        fits.then_some((self.kid?, PublicKey { n, e }))
    }
}

/// A whole number as bytes. Some issuers begin it with a zero byte, which `ring` does not take.
fn unsigned(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}
