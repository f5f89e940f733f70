//! OpenID Connect: tokens by which an issuer vouches for somebody, a CI job ([`ci`]) or a person ([`sign_in`]).
//!
//! What both need is here: what the issuer publishes (`issuer`), a token's signature (`token`), and the claims
//! that every token has (`claims`). Who may vouch for whom, and what a token must say besides, is theirs.
//!
//! `ring`, which TLS brings anyway, checks a signature in one call. The crate `jsonwebtoken` would bring either the
//! `rsa` crate, whose timing leak has no fix (RUSTSEC-2023-0071), or a second cryptography library written in C, to
//! offer a choice of algorithms that must not be a choice; `openidconnect` brings the former.

use jiff::{SignedDuration, Timestamp};

pub mod ci;
mod claims;
mod issuer;
pub mod sign_in;
mod token;

pub use crate::outgoing::{BadAddress, Unreachable};
pub use ci::Verifier;

/// How far the issuer's clock may be from this one.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not a token, or one without what the issuer's tokens have.
    #[error("it is not an identity token: {0}")]
    Malformed(String),
    /// Not signed as the issuer's tokens are. Whoever sends a token has no say in how it is checked.
    #[error("it is signed by `{0}`, which is not accepted")]
    Algorithm(String),
    /// The issuer publishes no such key, or several that it could be.
    #[error("the issuer has no key `{0}`")]
    UnknownKey(String),
    /// Not signed by the issuer, or changed since.
    #[error("its signature is wrong")]
    Signature,
    /// From somebody else.
    #[error("its issuer is `{0}`, which is not trusted")]
    Issuer(String),
    /// For somebody else, who could have kept it and sent it here.
    #[error("its audience is not `{0}`")]
    Audience(String),
    /// Handed out to another program, although this one may read it.
    #[error("it was made for another client than `{0}`")]
    Client(String),
    /// Too old.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// Too early.
    #[error("it is not valid before {0}")]
    NotYetValid(Timestamp),
    /// Of another sign-in than the one it was asked for.
    #[error("it belongs to another sign-in")]
    Nonce,
    /// Of a CI job that is not trusted.
    #[error(transparent)]
    Job(#[from] ci::Untrusted),
    /// The keys cannot be fetched, so nothing is known of the token. Trying again later may help.
    #[error("the issuer's keys cannot be fetched: {0}")]
    IssuerUnreachable(#[source] Unreachable),
}

impl Refused {
    /// Whether the same token may be accepted later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::IssuerUnreachable(_))
    }

    fn malformed(what: &str) -> Self {
        Self::Malformed(what.to_owned())
    }
}

fn later(at: Timestamp) -> Timestamp {
    at.saturating_add(LEEWAY).unwrap_or(Timestamp::MAX)
}
