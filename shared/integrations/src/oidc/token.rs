//! The token itself: three parts, one algorithm, one signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::Value;

use super::{Claims, Refused};

/// Tokens of GitHub are about two thousand characters long.
const LONGEST: usize = 16 * 1024;

/// A public RSA key.
pub(super) type PublicKey = RsaPublicKeyComponents<Vec<u8>>;

/// A token whose signature is not checked yet, so that nothing but the name of its key may be used.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// The issuer's name for the key.
    pub(super) key_id: String,
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

/// Of the header only this is looked at: never a key, or an address of keys, that the token brings along.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood. None are.
    crit: Option<Value>,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Refused> {
        let malformed = |what: &str| Refused::Malformed(what.to_owned());
        if text.len() > LONGEST {
            return Err(malformed("it is too long"));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| malformed("it has no three parts"))?;
        let (header, claims) = signed.split_once('.').ok_or_else(|| malformed("it has no three parts"))?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| malformed("its header is not base64url"))?;
        let header: Header =
            serde_json::from_slice(&header).map_err(|_| malformed("its header is not that of a token"))?;
        if header.alg != "RS256" {
            return Err(Refused::Algorithm(header.alg.chars().take(50).collect()));
        }
        if header.crit.is_some() {
            return Err(malformed("its header demands extensions"));
        }
        let key_id = header.kid.ok_or_else(|| malformed("its header names no key"))?;
        let signature =
            URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed("its signature is not base64url"))?;
        Ok(Self { key_id, signed, claims, signature })
    }

    /// What the token says, once its signature is known to be right.
    pub(super) fn verified_claims(self, key: &PublicKey) -> Result<Claims, Refused> {
        key.verify(&RSA_PKCS1_2048_8192_SHA256, self.signed.as_bytes(), &self.signature)
            .map_err(|_| Refused::Signature)?;
        let claims = URL_SAFE_NO_PAD
            .decode(self.claims)
            .map_err(|_| Refused::Malformed("its claims are not base64url".to_owned()))?;
        serde_json::from_slice(&claims).map_err(|error| Refused::Malformed(error.to_string()))
    }
}
