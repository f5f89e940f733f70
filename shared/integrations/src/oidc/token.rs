//! The token itself: three parts, one signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use super::Refused;

/// Tokens of GitHub are about two thousand characters long; those of people in many groups are longer.
const LONGEST: usize = 64 * 1024;

/// How a token may be signed: by the private half of a key whose public half the issuer publishes. Never `none`, and
/// never by a secret (`HS256`): a public key must not be taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA with the curve P-256 and SHA-256.
    Es256,
}

impl Algorithm {
    /// Its name (RFC 7518, section 3.1).
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// A public key, which is good for one algorithm only.
#[derive(Debug, Clone)]
pub(super) enum PublicKey {
    /// For RS256.
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// For ES256: the point, uncompressed.
    P256(Vec<u8>),
}

impl PublicKey {
    /// The algorithm it is for.
    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
        }
    }
}

/// A token whose signature is not checked yet, so that nothing but the name of its key may be used.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// How it says that it is signed, which is one of those that are accepted.
    pub(super) algorithm: Algorithm,
    /// The issuer's name for the key, if it names its keys.
    pub(super) key_id: Option<String>,
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
    /// Takes a token apart that is signed by one of those algorithms.
    pub(super) fn parse(text: &'a str, accepted: &[Algorithm]) -> Result<Self, Refused> {
        if text.len() > LONGEST {
            return Err(Refused::malformed("it is too long"));
        }
        let no_parts = || Refused::malformed("it has no three parts");
        let (signed, signature) = text.rsplit_once('.').ok_or_else(no_parts)?;
        let (header, claims) = signed.split_once('.').ok_or_else(no_parts)?;
        let header =
            URL_SAFE_NO_PAD.decode(header).map_err(|_| Refused::malformed("its header is not base64url"))?;
        let header: Header = serde_json::from_slice(&header)
            .map_err(|_| Refused::malformed("its header is not that of a token"))?;
        let algorithm = accepted.iter().find(|accepted| accepted.name() == header.alg);
        let algorithm =
            *algorithm.ok_or_else(|| Refused::Algorithm(header.alg.chars().take(50).collect()))?;
        if header.crit.is_some() {
            return Err(Refused::malformed("its header demands extensions"));
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| Refused::malformed("its signature is not base64url"))?;
        Ok(Self { algorithm, key_id: header.kid, signed, claims, signature })
    }

    /// What the token says, once its signature is known to be right.
    pub(super) fn verified_claims(&self, key: &PublicKey) -> Result<Value, Refused> {
        let signed = self.signed.as_bytes();
        let verified = match key {
            PublicKey::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, &self.signature),
            PublicKey::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, &self.signature)
            }
        };
        verified.map_err(|_| Refused::Signature)?;
        let claims = URL_SAFE_NO_PAD
            .decode(self.claims)
            .map_err(|_| Refused::malformed("its claims are not base64url"))?;
        serde_json::from_slice(&claims).map_err(|_| Refused::malformed("its claims are not JSON"))
    }
}
