//! The issuer's keys, and how it signs with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use ring::{digest, hmac};
use serde_json::{Value, json};

use super::SignedBy;

/// Two RSA keys that protect nothing, in turns: making one takes seconds.
const RSA: [&[u8]; 2] = [
    include_bytes!("../../../integrations/tests/fixtures/issuer-key.p8"),
    include_bytes!("../../../integrations/tests/fixtures/stranger-key.p8"),
];

pub(super) struct Keys {
    generation: usize,
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self::of(0)
    }

    /// The next keys.
    pub(super) fn rotate(&mut self) {
        *self = Self::of(self.generation + 1);
    }

    /// Keys that nobody publishes, under the names of those that are.
    pub(super) fn forged(&self) -> Self {
        Self { generation: self.generation, ..Self::of(self.generation + 1) }
    }

    fn of(generation: usize) -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let p256 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        let rsa = RsaKeyPair::from_pkcs8(RSA[generation % RSA.len()]);
        Self { generation, rsa: rsa.expect("a key"), p256: p256.expect("a key") }
    }

    /// As they are published.
    pub(super) fn published(&self) -> Value {
        let rsa = RsaPublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let point = self.p256.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.name("rsa"), "n": part(&rsa.n), "e": part(&rsa.e) },
            { "kty": "EC", "use": "sig", "crv": "P-256", "kid": self.name("ec"), "x": part(&point[1..33]), "y": part(&point[33..]) },
            { "kty": "oct", "kid": "a-secret", "k": "c2VjcmV0" },
        ] })
    }

    /// A token with these claims.
    pub(super) fn sign(&self, how: SignedBy, claims: &Value) -> String {
        let header = match how {
            SignedBy::Rs256 => json!({ "alg": "RS256", "typ": "JWT", "kid": self.name("rsa") }),
            SignedBy::Es256 => json!({ "alg": "ES256", "kid": self.name("ec") }),
            SignedBy::Es256WithoutName => json!({ "alg": "ES256" }),
        };
        let text = signed_part(&header, claims);
        let random = SystemRandom::new();
        let signature = match how {
            SignedBy::Rs256 => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                let made = self.rsa.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature);
                made.expect("a signature");
                signature
            }
            SignedBy::Es256 | SignedBy::Es256WithoutName => {
                self.p256.sign(&random, text.as_bytes()).expect("a signature").as_ref().to_vec()
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token that is signed as if the public key were a secret.
    pub(super) fn sign_with_public_key(&self, claims: &Value) -> String {
        let text = signed_part(&json!({ "alg": "HS256", "kid": self.name("rsa") }), claims);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.rsa.public().as_ref());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.generation)
    }
}

/// A token that nobody signed.
pub(super) fn unsigned(claims: &Value) -> String {
    format!("{}.", signed_part(&json!({ "alg": "none" }), claims))
}

/// RFC 7636, section 4.2.
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
