//! Sealing under a key, wherever that key is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::SecretError;

/// A key that seals secrets with AES-256-GCM.
///
/// What it makes is base64 of a nonce and the text with its tag. The nonce is random, which is safe for some 2^32
/// secrets under one key.
pub struct SealingKey(LessSafeKey);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

impl SealingKey {
    /// How many bytes a key has.
    pub const LENGTH: usize = 32;

    /// A key of these bytes.
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("AES-256 takes 32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Seals a secret, bound to its context.
    ///
    /// # Errors
    /// If it is too long, which nothing in memory is.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, which no program can work around.
    pub fn seal(&self, context: &str, secret: &[u8]) -> Result<String, SecretError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the operating system gives random bytes");
        let mut sealed = secret.to_vec();
        let aad = Aad::from(context.as_bytes());
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| SecretError("it is too long to seal".to_owned()))?;
        Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed under this key with the same context.
    ///
    /// # Errors
    /// One message for a wrong key, a wrong context and damage: the cipher cannot tell them apart either.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, SecretError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SecretError("it is damaged".to_owned()))?;
        let (nonce, rest) = bytes
            .split_first_chunk::<NONCE_LEN>()
            .ok_or_else(|| SecretError("it is too short".to_owned()))?;
        let mut rest = rest.to_vec();
        let aad = Aad::from(context.as_bytes());
        let open = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut rest);
        open.map(|secret| secret.to_vec())
            .map_err(|_| SecretError("it was sealed with another key or for another purpose".to_owned()))
    }
}
