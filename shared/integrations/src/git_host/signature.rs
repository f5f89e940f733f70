//! The ways in which webhooks prove where they come from. Every comparison takes the same time wherever it fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::only;

/// Why a request is not known to come from the git host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// There is none, or more than one.
    #[error("the request has no {0} header")]
    Missing(&'static str),
    /// It is not written as the host writes it.
    #[error("the signature is not written as the host writes it")]
    Malformed,
    /// It was not made with a secret of this connection, or not over this body.
    #[error("the signature does not fit the body and the connection's secret")]
    Wrong,
    /// It is right, but was made too long before or after now to be of this moment.
    #[error("the signature is of another time: it was made at {0}, and may be five minutes from now at most")]
    OtherTime(Timestamp),
    /// The connection is set up for a scheme that its host does not have.
    #[error("the connection's git host does not sign webhooks in the way that the connection names")]
    NotOfThisHost,
}

const ID: &str = "webhook-id";
const MOMENT: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
/// How far the sender's clock may be from this one (Standard Webhooks).
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// What a signing token begins with.
const TOKEN_PREFIX: &str = "whsec_";
/// How many bytes a signing token has (Standard Webhooks). GitLab's have 32.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Checks the hexadecimal HMAC-SHA256 of a text, which the header has after `prefix`.
pub(super) fn hmac_hex<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    name: &'static str,
    prefix: &str,
    signed: &[u8],
    secrets: &[S],
) -> Result<(), BadSignature> {
    let header = only(headers, name).ok_or(BadSignature::Missing(name))?;
    let digits = header.strip_prefix(prefix).ok_or(BadSignature::Malformed)?;
    let signature = hex::decode(digits).map_err(|_| BadSignature::Malformed)?;
    let is_signed = |secret: &[u8]| is_hmac(secret, &[signed], &signature);
    usable(secrets).any(is_signed).then_some(()).ok_or(BadSignature::Wrong)
}

/// Checks `webhook-signature`: `v1,` and the HMAC-SHA256, as base64, of id, moment and body with dots between them.
/// Several may stand in a row while the sender changes its token.
///
/// That the signature is right is found out before whether it is of now, so that nobody without a token learns more
/// than that it is wrong.
pub(super) fn standard_webhooks<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
    now: Timestamp,
) -> Result<(), BadSignature> {
    let find = |name| only(headers, name).ok_or(BadSignature::Missing(name));
    let (signatures, id, moment) = (find(SIGNATURE)?, find(ID)?, find(MOMENT)?);
    let at = moment.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let at = at.ok_or(BadSignature::Malformed)?;
    // Another version would be another algorithm, which is not known to be safe.
    let known = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    let known: Vec<Vec<u8>> = known.filter_map(|text| STANDARD.decode(text).ok()).collect();
    if known.is_empty() {
        return Err(BadSignature::Malformed);
    }
    let signed = [id.as_bytes(), b".", moment.as_bytes(), b".", body];
    let is_signed = |secret: &[u8]| {
        key_of(secret).is_some_and(|key| known.iter().any(|signature| is_hmac(&key, &signed, signature)))
    };
    if !usable(secrets).any(is_signed) {
        return Err(BadSignature::Wrong);
    }
    match now.duration_since(at).abs() <= TOLERANCE {
        true => Ok(()),
        false => Err(BadSignature::OtherTime(at)),
    }
}

/// Checks a header that has the secret itself.
///
/// Not the texts are compared but their HMACs with one key: that takes the same time wherever they differ, and tells
/// nothing of the secret's length either.
pub(super) fn plain_token<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    name: &'static str,
    secrets: &[S],
) -> Result<(), BadSignature> {
    let token = only(headers, name).ok_or(BadSignature::Missing(name))?;
    let is_same = |secret: &[u8]| match Hmac::<Sha256>::new_from_slice(b"keelson plain token") {
        Ok(mac) => {
            let expected = mac.clone().chain_update(secret).finalize().into_bytes();
            mac.chain_update(token).verify_slice(&expected).is_ok()
        }
        Err(_) => false,
    };
    usable(secrets).any(is_same).then_some(()).ok_or(BadSignature::Wrong)
}

/// A signing token, as a git host takes it, made of random text.
pub fn signing_token(random: &str) -> String {
    let key = <Sha256 as sha2::Digest>::digest(random.as_bytes());
    format!("{TOKEN_PREFIX}{}", STANDARD.encode(key))
}

/// Whether a text is a signing token: `whsec_` and 24 to 64 bytes as base64 (Standard Webhooks).
pub fn is_signing_token(text: &str) -> bool {
    key_of(text.as_bytes()).is_some()
}

fn key_of(token: &[u8]) -> Option<Vec<u8>> {
    let key = STANDARD.decode(token.strip_prefix(TOKEN_PREFIX.as_bytes())?).ok()?;
    TOKEN_BYTES.contains(&key.len()).then_some(key)
}

fn is_hmac(key: &[u8], signed: &[&[u8]], signature: &[u8]) -> bool {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    signed.iter().fold(mac, |mac, part| mac.chain_update(part)).verify_slice(signature).is_ok()
}

/// The secrets that are any: anybody can sign with an empty one.
fn usable<S: AsRef<[u8]>>(secrets: &[S]) -> impl Iterator<Item = &[u8]> {
    secrets.iter().map(AsRef::as_ref).filter(|secret| !secret.is_empty())
}
