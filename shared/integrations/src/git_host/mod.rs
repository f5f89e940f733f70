//! Webhooks of git hosts: is it from the host, which delivery is it, and what does it say.
//!
//! Every function takes the connection's kind and does what that kind of host does. A request that carries another
//! host's headers is not looked at by that host's rules.

use std::borrow::Cow;

use domain::ConnectionName;
use domain::connection::HostKind;
use http::HeaderMap;
use jiff::Timestamp;

mod fact;
mod github;

pub use fact::{Content, Fact, Reading};

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
}

/// A header that every request of the git host has is missing, or is not what the host sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request has no usable {0} header")]
pub struct BadHeader(pub &'static str);

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// A webhook whose signature was checked.
#[derive(Debug, Clone, Copy)]
pub struct Hook<'a> {
    /// The connection it came through.
    pub connection: &'a ConnectionName,
    /// The host's word for the kind of event.
    pub event: &'a str,
    /// The JSON, as [`payload`] gives it.
    pub payload: &'a [u8],
    /// When it was received: used where the host does not say when something happened.
    pub received_at: Timestamp,
}

/// Checks that the body was signed with one of the secrets, in constant time. The body is not looked into.
///
/// # Errors
/// What is wrong with the signature. Nothing of the request may be used then.
pub fn verify<S: AsRef<[u8]>>(
    kind: HostKind,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
) -> Result<(), BadSignature> {
    match kind {
        HostKind::GitHub => github::verify(headers, body, secrets),
    }
}

/// The host's own id of the delivery, the same whenever it is delivered again.
///
/// # Errors
/// If the request has none.
pub fn delivery_id(kind: HostKind, headers: &HeaderMap) -> Result<String, BadHeader> {
    match kind {
        HostKind::GitHub => word(headers, "X-GitHub-Delivery"),
    }
}

/// The host's word for the kind of event, such as `push`.
///
/// # Errors
/// If the request has none.
pub fn event_name(kind: HostKind, headers: &HeaderMap) -> Result<String, BadHeader> {
    match kind {
        HostKind::GitHub => word(headers, "X-GitHub-Event"),
    }
}

/// The JSON in a body, which some hosts can wrap in a form.
///
/// # Errors
/// If the body is a form without it.
pub fn payload<'a>(kind: HostKind, headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Unreadable> {
    match kind {
        HostKind::GitHub => github::payload(headers, body),
    }
}

/// What a webhook says, as far as Keelson keeps it.
///
/// An event or action that is not known is no error: it says nothing that is kept.
///
/// # Errors
/// If it is not JSON, or lacks what every event of its kind has.
pub fn read(kind: HostKind, hook: &Hook<'_>) -> Result<Reading, Unreadable> {
    match kind {
        HostKind::GitHub => github::read(hook),
    }
}

/// A header that is there once. Of two the sender and a proxy on the way may mean different ones.
fn only<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// A header with a short word in it, fit to be a part of a key and of a page.
fn word(headers: &HeaderMap, name: &'static str) -> Result<String, BadHeader> {
    let fits = |word: &&str| (1..=100).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_graphic());
    only(headers, name).filter(fits).map(str::to_owned).ok_or(BadHeader(name))
}
