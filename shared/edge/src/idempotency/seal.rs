//! Sealing an answer with what the caller sends.

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::Digest;
use domain::access_records::SecretHash;
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What is derived here is of no use elsewhere.
const SALT: &[u8] = b"keelson idempotency 1";
/// The headers that belong to an answer; whatever else it has is made anew.
const HEADERS: [HeaderName; 3] = [CONTENT_TYPE, LOCATION, ETAG];

/// Keys that only who sends the same credential and the same `Idempotency-Key` can make: of a credential the store has
/// a hash, and of the key nothing.
pub(super) struct Seal(Prk);

#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Seal {
    pub(super) fn new(credential: &str, key: &str) -> Self {
        let mut secret = Sha256::digest(credential).to_vec();
        secret.extend(key.as_bytes());
        Self(Salt::new(HKDF_SHA256, SALT).extract(&secret))
    }

    /// 32 bytes for one purpose. HKDF gives up to 8,160, so there are always 32.
    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        let mut bytes = [0; 32];
        let derived = self.0.expand(&[purpose], HKDF_SHA256).and_then(|material| material.fill(&mut bytes));
        derived.expect("HKDF-SHA256 gives 32 bytes");
        bytes
    }

    /// Where the answer is kept.
    pub(super) fn id(&self) -> SecretHash {
        SecretHash::from_bytes(self.derive(b"row"))
    }

    /// What tells one request from another, without telling anything of it.
    pub(super) fn fingerprint(&self, method: &str, target: &str, body: &[u8]) -> Digest {
        let mut hash = Sha256::new();
        hash.update(self.derive(b"fingerprint"));
        hash.update(format!("{method} {target}\n"));
        hash.update(body);
        Digest::from_bytes(hash.finalize().into())
    }

    /// The answer as it is kept; none if it cannot be.
    pub(super) fn close(
        &self,
        nonce: [u8; NONCE_LEN],
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<String> {
        let kept = HEADERS
            .iter()
            .filter_map(|name| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned())));
        let answer =
            Answer { status: status.as_u16(), headers: kept.collect(), body: STANDARD_NO_PAD.encode(body) };
        let mut bytes = serde_json::to_vec(&answer).ok()?;
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.key()?.seal_in_place_append_tag(nonce_used, Aad::empty(), &mut bytes).ok()?;
        Some(STANDARD_NO_PAD.encode([nonce.as_slice(), &bytes].concat()))
    }

    /// The answer that was kept; none if it was not sealed with this.
    pub(super) fn open(&self, sealed: &str) -> Option<Response> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, bytes) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = bytes.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.key()?.open_in_place(nonce, Aad::empty(), &mut bytes).ok()?;
        let answer: Answer = serde_json::from_slice(plain).ok()?;
        let mut response = Response::new(Body::from(STANDARD_NO_PAD.decode(&answer.body).ok()?));
        *response.status_mut() = StatusCode::from_u16(answer.status).ok()?;
        for (name, value) in answer.headers {
            let (name, value) = (name.parse::<HeaderName>().ok()?, HeaderValue::from_str(&value).ok()?);
            response.headers_mut().insert(name, value);
        }
        Some(response)
    }

    fn key(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.derive(b"answer")).ok().map(LessSafeKey::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_sends_the_same_can_open_it() {
        let seal = Seal::new("kls_secret", "key");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("set-cookie", HeaderValue::from_static("a=b"));
        let sealed = seal.close([7; NONCE_LEN], StatusCode::CREATED, &headers, b"{}").unwrap();
        let opened = Seal::new("kls_secret", "key").open(&sealed).unwrap();
        assert_eq!((opened.status(), opened.headers().len()), (StatusCode::CREATED, 1));
        for (credential, key) in [("kls_secret", "other"), ("kls_other", "key"), ("kls_secretk", "ey")] {
            let other = Seal::new(credential, key);
            assert!(other.open(&sealed).is_none(), "{credential} {key}");
            assert_ne!(other.id(), seal.id());
        }
        assert_ne!(seal.fingerprint("POST", "/a", b""), seal.fingerprint("POST", "/b", b""));
        assert_ne!(seal.fingerprint("POST", "/a", b"1"), seal.fingerprint("POST", "/a", b"2"));
    }
}
