//! GitLab, gitlab.com or a server of one's own.
//!
//! What kind of event it is, is read from `object_kind` in the body: a signing token covers the body and not the header
//! `X-Gitlab-Event`, and a secret token covers neither.

use http::HeaderMap;
use serde::Deserialize;

use super::{BadHeader, Content, Hook, Reading, Unreadable, digest, nothing_of, only, parse, parts, word};

mod ci;
mod merge_request;
mod notes;
mod push;
#[cfg(test)]
mod tests;

/// The header with the secret token.
pub(super) const TOKEN: &str = "X-Gitlab-Token";
const EVENT: &str = "X-Gitlab-Event";

/// `webhook-id`, which is the same on every try, or `Idempotency-Key`, which is what it was called before GitLab 19.0.
///
/// Still older servers have `X-Gitlab-Event-UUID` only, which events that follow from each other share. So the body
/// belongs to it.
pub(super) fn delivery_id(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let own = ["webhook-id", "Idempotency-Key"].into_iter().find_map(|name| word(headers, name).ok());
    own.or_else(|| {
        let event = word(headers, "X-Gitlab-Event-UUID").ok()?;
        Some(format!("{}-{}", event.get(..36).unwrap_or(&event), digest(body)))
    })
}

/// GitLab's word for the event as others write it: `Merge Request Hook` is `merge_request`.
pub(super) fn event_name(headers: &HeaderMap) -> Result<String, BadHeader> {
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    let title = only(headers, EVENT).filter(|text| (1..=100).contains(&text.len()) && is_word(text));
    let title = title.ok_or(BadHeader(EVENT))?;
    Ok(title.strip_suffix(" Hook").unwrap_or(title).to_ascii_lowercase().replace(' ', "_"))
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Reading, Unreadable> {
    let Envelope { object_kind, event_name, object_attributes, action } = parse(hook)?;
    let kind = object_kind.or(event_name).unwrap_or_else(|| hook.event.to_owned());
    let content = match kind.as_str() {
        "push" => push::read(hook)?,
        "tag_push" => Content::Nothing("Keelson keeps branches, not tags".to_owned()),
        "merge_request" => merge_request::read(hook)?,
        "pipeline" => ci::pipeline(hook)?,
        "build" => ci::job(hook)?,
        "deployment" => notes::deployment(hook)?,
        "release" => notes::release(hook)?,
        other => nothing_of(&parts::short(other.to_owned(), 100)),
    };
    let action = object_attributes.and_then(|attributes| attributes.action).or(action);
    Ok(Reading { action: action.map(|action| parts::short(action, 100)), content })
}

/// What every event may have.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    object_kind: Option<String>,
    #[serde(default)]
    event_name: Option<String>,
    #[serde(default)]
    object_attributes: Option<Attributes>,
    #[serde(default)]
    action: Option<String>,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    action: Option<String>,
}

/// The project, which GitLab names with all the groups it lies in.
#[derive(Deserialize)]
struct Project {
    path_with_namespace: String,
    #[serde(default)]
    web_url: Option<String>,
}
