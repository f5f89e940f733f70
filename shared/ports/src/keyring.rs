//! Sealing under the keys of a keyring that is kept elsewhere: in Secrets Manager, in Vault.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ring::hkdf::{HKDF_SHA256, Salt};
use tokio::time::Instant;

use crate::sealing::SealingKey;
use crate::{Sealed, SecretError, Secrets};

/// Names the layout: the key's name, a dot, and what [`SealingKey`] makes. One machine's own key file writes `v1.`.
const VERSION: &str = "v2.";
/// What is derived here is of no use elsewhere.
const SALT: &[u8] = b"keelson sealing 2";
/// How long a keyring is used before it is read again: how soon a new key is used everywhere.
const FRESH: Duration = Duration::from_secs(300);
/// How soon it is read again for a key that it does not have, or after it could not be read.
const AGAIN: Duration = Duration::from_secs(10);
/// The shortest text a key may be derived from: 32 letters and digits hold some 190 bits.
const SHORTEST: usize = 32;

/// Where a secret text is kept.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// The text as it is now.
    ///
    /// # Errors
    /// If it is not there, may not be read, or its keeper does not answer.
    async fn read(&self) -> Result<String, SecretError>;
}

/// Keys by name, one of them current: `{"current": "k2", "k1": "…", "k2": "…"}`.
///
/// Whoever rotates adds a key and names it; the others stay, as rows were sealed with them.
#[derive(Debug)]
struct Keyring {
    current: String,
    keys: BTreeMap<String, SealingKey>,
}

impl Keyring {
    fn parse(text: &str) -> Result<Self, SecretError> {
        let bad = |why: &str| SecretError(format!("the keyring cannot be used: {why}"));
        let mut texts: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|_| bad("it is no JSON object of texts"))?;
        let current = texts.remove("current").ok_or_else(|| bad("it names no `current` key"))?;
        if !texts.contains_key(&current) {
            return Err(bad("its current key is not in it"));
        }
        let mut keys = BTreeMap::new();
        for (name, text) in texts {
            let well_named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !well_named || name.is_empty() {
                return Err(bad("a key's name has other than letters, digits and hyphens"));
            }
            if text.len() < SHORTEST {
                return Err(bad(&format!("the key {name} has less than {SHORTEST} characters")));
            }
            keys.insert(name, derive(&text));
        }
        Ok(Self { current, keys })
    }
}

fn derive(text: &str) -> SealingKey {
    let mut bytes = [0; SealingKey::LENGTH];
    let prk = Salt::new(HKDF_SHA256, SALT).extract(text.as_bytes());
    let derived = prk.expand(&[b"aes-256-gcm"], HKDF_SHA256).and_then(|material| material.fill(&mut bytes));
    derived.expect("HKDF-SHA256 gives 32 bytes");
    SealingKey::new(&bytes)
}

/// Secrets under the keys of a keyring, which is read once and then every five minutes.
///
/// While its keeper is away the keyring read last is used on: a webhook must not be lost for it.
pub struct KeyringSecrets {
    source: Arc<dyn SecretSource>,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    keyring: Arc<Keyring>,
    /// When it was read.
    read: Instant,
    /// When it was last tried to read it.
    tried: Instant,
}

impl std::fmt::Debug for KeyringSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyringSecrets(…)")
    }
}

impl KeyringSecrets {
    /// Secrets under the keyring that is kept there. It is not read yet.
    pub fn new(source: Arc<dyn SecretSource>) -> Self {
        Self { source, known: Mutex::default() }
    }

    /// The keyring; one that has the key `wanted`, if there is such.
    async fn keyring(&self, wanted: Option<&str>) -> Result<Arc<Keyring>, SecretError> {
        let now = Instant::now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = &known {
            let lacks = wanted.is_some_and(|name| !known.keyring.keys.contains_key(name));
            let is_old = now.duration_since(known.read) >= FRESH;
            if !(lacks || is_old) || now.duration_since(known.tried) < AGAIN {
                return Ok(known.keyring.clone());
            }
        }
        match (self.source.read().await.and_then(|text| Keyring::parse(&text)), known) {
            (Ok(keyring), _) => {
                let keyring = Arc::new(keyring);
                self.remember(Known { keyring: keyring.clone(), read: now, tried: now });
                Ok(keyring)
            }
            (Err(error), Some(known)) => {
                tracing::warn!(%error, "the keyring cannot be read; the one read before is used on");
                let keyring = known.keyring.clone();
                self.remember(Known { tried: now, ..known });
                Ok(keyring)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn remember(&self, known: Known) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

#[async_trait]
impl Secrets for KeyringSecrets {
    async fn seal(&self, context: &str, secret: &[u8]) -> Result<Sealed, SecretError> {
        let keyring = self.keyring(None).await?;
        let Keyring { current, keys } = keyring.as_ref();
        let key = keys.get(current).ok_or_else(|| SecretError("there is no current key".to_owned()))?;
        Ok(Sealed(format!("{VERSION}{current}.{}", key.seal(context, secret)?)))
    }

    async fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretError> {
        let parts = sealed.0.strip_prefix(VERSION).and_then(|rest| rest.split_once('.'));
        let (name, text) =
            parts.ok_or_else(|| SecretError("it was not sealed by this installation".to_owned()))?;
        let keyring = self.keyring(Some(name)).await?;
        let key = keyring.keys.get(name);
        key.ok_or_else(|| SecretError(format!("the keyring has no key {name} any more")))?.open(context, text)
    }
}

#[cfg(test)]
mod tests;
