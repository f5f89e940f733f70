//! What an issuer publishes, its addresses and its keys, fetched when they are needed and remembered.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::RsaPublicKeyComponents;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::token::{Algorithm, PublicKey, Token};
use super::{BadAddress, Refused};
use crate::outgoing::{Outgoing, Unreachable};

/// How often the issuer is asked for keys at most, so that tokens with made-up keys cannot make Keelson flood it.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// The same while nothing is known of it yet: somebody waits in front of a browser.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// How long keys are used without asking whether they still are: an issuer may withdraw one.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// How long keys are used when the issuer cannot be asked.
const USABLE: SignedDuration = SignedDuration::from_hours(24);
/// How long the answers may be. GitHub's are below 10 KB.
const LONGEST_ANSWER: usize = 256 * 1024;
/// The length of a coordinate of a point on P-256.
const COORDINATE: usize = 32;

/// An issuer, and what is known of it.
#[derive(Debug)]
pub(super) struct Issuer {
    name: String,
    outgoing: Outgoing,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    published: Option<(Published, Timestamp)>,
    asked_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Published {
    configuration: Configuration,
    keys: Vec<Key>,
}

/// What an issuer says of itself (OpenID Connect Discovery, section 3), as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Configuration {
    issuer: String,
    jwks_uri: String,
    #[serde(default)]
    pub(super) authorization_endpoint: Option<String>,
    #[serde(default)]
    pub(super) token_endpoint: Option<String>,
    /// How a client may prove who it is; `client_secret_basic` unless said.
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether the way back names the issuer (RFC 9207, section 3).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
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
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    public: PublicKey,
}

impl Issuer {
    /// An issuer of which nothing is known yet. Its name is its address.
    pub(super) fn of(name: &str) -> Result<Self, BadAddress> {
        Ok(Self { outgoing: Outgoing::to(name)?, name: name.to_owned(), known: Mutex::default() })
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The way to it.
    pub(super) fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// What it says of itself. Those who ask while it is fetched wait for the same answer.
    pub(super) async fn configuration(&self, now: Timestamp) -> Result<Configuration, Unreachable> {
        let mut known = self.known.lock().await;
        let have = known.usable(now).map(|published| published.configuration.clone());
        match &have {
            Some(configuration) if known.is_fresh(now) || known.asked_within(PAUSE, now) => {
                return Ok(configuration.clone());
            }
            None if known.asked_within(SHORT_PAUSE, now) => return Err(Unreachable::AskedJustNow),
            Some(_) | None => {}
        }
        match self.fetch(&mut known, now).await {
            Ok(()) => known
                .usable(now)
                .map(|published| published.configuration.clone())
                .ok_or(Unreachable::AskedJustNow),
            Err(error) => have.ok_or(error),
        }
    }

    /// What a token says, if one of the issuer's keys signed it.
    pub(super) async fn claims(&self, token: &Token<'_>, now: Timestamp) -> Result<Value, Refused> {
        let key = self.key_of(token, now).await?;
        match token.verified_claims(&key) {
            // The only key of an issuer that names none may have been replaced by another.
            Err(Refused::Signature) if token.key_id.is_none() && self.renew(now).await => {
                token.verified_claims(&self.key_of(token, now).await?)
            }
            outcome => outcome,
        }
    }

    /// Fetches the keys again, unless that was done a moment ago. Whether they are new.
    async fn renew(&self, now: Timestamp) -> bool {
        let mut known = self.known.lock().await;
        !known.asked_within(PAUSE, now) && self.fetch(&mut known, now).await.is_ok()
    }

    /// The key that the token says it is signed with. Those who ask while keys are fetched wait for the same answer.
    async fn key_of(&self, token: &Token<'_>, now: Timestamp) -> Result<PublicKey, Refused> {
        let (id, algorithm) = (token.key_id.as_deref(), token.algorithm);
        let mut known = self.known.lock().await;
        let have = known.usable(now).and_then(|published| published.key(id, algorithm));
        match have {
            Some(key) if known.is_fresh(now) => return Ok(key),
            _ if known.asked_within(PAUSE, now) => return have.ok_or_else(|| known.nothing(id)),
            _ => {}
        }
        match self.fetch(&mut known, now).await {
            Ok(()) => {
                let key = known.usable(now).and_then(|published| published.key(id, algorithm));
                key.ok_or_else(|| known.nothing(id))
            }
            Err(error) => have.ok_or(Refused::IssuerUnreachable(error)),
        }
    }

    async fn fetch(&self, known: &mut Known, now: Timestamp) -> Result<(), Unreachable> {
        known.asked_at = Some(now);
        match self.published().await {
            Ok(published) => {
                known.published = Some((published, now));
                Ok(())
            }
            Err(error) => {
                tracing::warn!(issuer = self.name, %error, "what the issuer publishes cannot be fetched");
                Err(error)
            }
        }
    }

    async fn published(&self) -> Result<Published, Unreachable> {
        // Section 4.1: a slash at the end of the name is not doubled.
        let discovery = format!("{}/.well-known/openid-configuration", self.name.trim_end_matches('/'));
        let configuration: Configuration = self.outgoing.get_json(&discovery, LONGEST_ANSWER).await?;
        // Section 4.3: a configuration that speaks for another issuer is not this issuer's.
        if configuration.issuer != self.name {
            return Err(Unreachable::Elsewhere(configuration.issuer.chars().take(200).collect()));
        }
        let keys = self.outgoing.beside(&configuration.jwks_uri)?;
        let set: KeySet = keys.get_json(&configuration.jwks_uri, LONGEST_ANSWER).await?;
        let keys = set.keys.into_iter().filter_map(PublishedKey::usable).collect();
        Ok(Published { configuration, keys })
    }
}

impl Known {
    fn usable(&self, now: Timestamp) -> Option<&Published> {
        self.published
            .as_ref()
            .filter(|(_, at)| now.duration_since(*at) < USABLE)
            .map(|(published, _)| published)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.published.as_ref().is_some_and(|(_, at)| now.duration_since(*at) < FRESH)
    }

    fn asked_within(&self, pause: SignedDuration, now: Timestamp) -> bool {
        self.asked_at.is_some_and(|at| now.duration_since(at) < pause)
    }

    /// Why there is no such key: the issuer has none, or could not be asked.
    fn nothing(&self, key_id: Option<&str>) -> Refused {
        if self.published.as_ref().map(|(_, at)| *at) < self.asked_at {
            return Refused::IssuerUnreachable(Unreachable::AskedJustNow);
        }
        Refused::UnknownKey(key_id.unwrap_or("without a name").chars().take(100).collect())
    }
}

impl Published {
    /// The key of that name and for that algorithm; without a name the only one, as a guess among several would be one.
    fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Option<PublicKey> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.public.algorithm() == algorithm && (id.is_none() || key.id.as_deref() == id));
        match (fitting.next(), fitting.next()) {
            (Some(_), Some(_)) if id.is_none() => None,
            (found, _) => found.map(|key| key.public.clone()),
        }
    }
}

impl PublishedKey {
    /// The key, if it is one to check signatures with.
    fn usable(self) -> Option<Key> {
        if self.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let public = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => PublicKey::Rsa(RsaPublicKeyComponents {
                n: unsigned(self.n.as_deref()?)?,
                e: unsigned(self.e.as_deref()?)?,
            }),
            ("EC", Some("P-256")) => {
                let (x, y) = (coordinate(self.x.as_deref()?)?, coordinate(self.y.as_deref()?)?);
                PublicKey::P256([&[0x04], x.as_slice(), &y].concat())
            }
            _ => return None,
        };
        let fits = self.alg.as_deref().is_none_or(|algorithm| algorithm == public.algorithm().name());
        fits.then_some(Key { id: self.kid, public })
    }
}

/// A whole number as bytes. Some issuers begin it with a zero byte, which `ring` does not take.
fn unsigned(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

/// A coordinate, of exactly as many bytes as the curve's are long (RFC 7518, section 6.2.1.2).
fn coordinate(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == COORDINATE)
}
