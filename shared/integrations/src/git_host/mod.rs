//! Webhooks of git hosts: is it from the host, which delivery is it, and what does it say.
//!
//! Every function takes the connection's kind and does what that kind of host does. A request that carries another
//! host's headers is not looked at by that host's rules: Gitea sends GitHub's headers beside its own, and Bitbucket's
//! `X-Hub-Signature` is SHA-256 where GitHub's is SHA-1.

use std::borrow::Cow;

use domain::ConnectionName;
use domain::connection::{HostKind, Signing};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

mod bitbucket;
pub(crate) mod commits;
mod fact;
mod gitea;
mod github;
mod gitlab;
pub(crate) mod parts;
mod signature;
#[cfg(test)]
mod tests;

pub use fact::{Content, Fact, Reading};
pub use signature::{BadSignature, is_signing_token, signing_token};

/// A header that every request of the git host has is missing, or is not what the host sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request has no usable {0} header")]
pub struct BadHeader(pub &'static str);

impl From<BadHeader> for Unreadable {
    fn from(error: BadHeader) -> Self {
        Self(error.to_string())
    }
}

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// A webhook whose signature was checked.
#[derive(Debug, Clone, Copy)]
pub struct Hook<'a> {
    /// The connection it came through.
    pub connection: &'a ConnectionName,
    /// The host's word for the kind of event, as [`event_name`] gives it.
    pub event: &'a str,
    /// The JSON, as [`payload`] gives it.
    pub payload: &'a [u8],
    /// When it was received: used where the host does not say when something happened.
    pub received_at: Timestamp,
}

/// Checks that the body was signed with one of the secrets, in constant time. The body is not looked into.
///
/// The scheme is the connection's. One that hosts of that kind do not have proves nothing.
///
/// # Errors
/// What is wrong with the signature. Nothing of the request may be used then.
pub fn verify<S: AsRef<[u8]>>(
    kind: HostKind,
    signing: Signing,
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
    now: Timestamp,
) -> Result<(), BadSignature> {
    match (kind, signing) {
        (HostKind::GitHub, Signing::BodyHmac) => github::verify(headers, body, secrets),
        (HostKind::Gitea, Signing::BodyHmac) => gitea::verify(headers, body, secrets),
        (HostKind::Bitbucket, Signing::BodyHmac) => bitbucket::verify(headers, body, secrets),
        (HostKind::GitLab, Signing::StandardWebhooks) => {
            signature::standard_webhooks(headers, body, secrets, now)
        }
        (HostKind::GitLab, Signing::PlainToken) => signature::plain_token(headers, gitlab::TOKEN, secrets),
        (HostKind::GitLab, Signing::BodyHmac)
        | (
            HostKind::GitHub | HostKind::Gitea | HostKind::Bitbucket,
            Signing::StandardWebhooks | Signing::PlainToken,
        ) => Err(BadSignature::NotOfThisHost),
    }
}

/// What tells the delivery from others, the same whenever it is delivered again.
///
/// The host's own id where it sends one. Otherwise something made of the body, so that the same is told once and
/// nothing is refused for a header that a proxy took away.
pub fn delivery_id(kind: HostKind, headers: &HeaderMap, body: &[u8]) -> String {
    let id = match kind {
        HostKind::GitHub => word(headers, "X-GitHub-Delivery").ok(),
        HostKind::GitLab => gitlab::delivery_id(headers, body),
        HostKind::Gitea => first_word(headers, gitea::DELIVERY),
        HostKind::Bitbucket => word(headers, "X-Request-UUID").ok(),
    };
    id.unwrap_or_else(|| format!("body-{}", digest(body)))
}

/// The host's word for the kind of event, such as `push`.
///
/// # Errors
/// If the request has none.
pub fn event_name(kind: HostKind, headers: &HeaderMap) -> Result<String, BadHeader> {
    match kind {
        HostKind::GitHub => word(headers, "X-GitHub-Event"),
        HostKind::GitLab => gitlab::event_name(headers),
        HostKind::Gitea => first_word(headers, gitea::EVENT).ok_or(BadHeader(gitea::EVENT[0])),
        HostKind::Bitbucket => word(headers, "X-Event-Key"),
    }
}

/// The JSON in a body, which some hosts can wrap in a form.
///
/// # Errors
/// If the body is a form without it.
pub fn payload<'a>(kind: HostKind, headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Unreadable> {
    match kind {
        HostKind::GitHub | HostKind::Gitea => payload_of_form(headers, body),
        HostKind::GitLab | HostKind::Bitbucket => Ok(Cow::Borrowed(body)),
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
        HostKind::GitLab => gitlab::read(hook),
        HostKind::Gitea => gitea::read(hook),
        HostKind::Bitbucket => bitbucket::read(hook),
    }
}

/// The settings pages of GitHub and Gitea offer a form, with the JSON in one field, beside JSON.
fn payload_of_form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Unreadable> {
    let is_form = only(headers, CONTENT_TYPE.as_str())
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Ok(Cow::Borrowed(body));
    }
    form_urlencoded::parse(body)
        .find(|(name, _)| name == "payload")
        .map(|(_, json)| Cow::Owned(json.into_owned().into_bytes()))
        .ok_or_else(|| Unreadable("the form has no field `payload`".to_owned()))
}

fn parse<T: DeserializeOwned>(hook: &Hook<'_>) -> Result<T, Unreadable> {
    serde_json::from_slice(hook.payload).map_err(|error| {
        let text = format!("the body is not what a `{}` event has: {error}", hook.event);
        Unreadable(parts::short(text, 300))
    })
}

/// Nothing is kept of events of that kind.
fn nothing_of(event: &str) -> Content {
    Content::Nothing(format!("Keelson keeps nothing of `{event}` events"))
}

fn digest(body: &[u8]) -> String {
    hex::encode(&Sha256::digest(body)[..16])
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

/// The first of those headers that is there: names that one host has for the same thing.
fn first_word(headers: &HeaderMap, names: [&'static str; 2]) -> Option<String> {
    let name = names.into_iter().find(|name| headers.contains_key(*name))?;
    word(headers, name).ok()
}
