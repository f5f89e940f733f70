//! GitHub, and GitHub Enterprise servers.

use std::borrow::Cow;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::{BadSignature, Content, Fact, Hook, Reading, Unreadable, only};

mod checks;
mod notes;
mod parts;
mod pulls;
mod push;
#[cfg(test)]
mod tests;

const SIGNATURE: &str = "X-Hub-Signature-256";

/// Checks `X-Hub-Signature-256`. The older `X-Hub-Signature` is SHA-1, and never looked at.
pub(super) fn verify<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
) -> Result<(), BadSignature> {
    let header = only(headers, SIGNATURE).ok_or(BadSignature::Missing(SIGNATURE))?;
    let digits = header.strip_prefix("sha256=").ok_or(BadSignature::Malformed)?;
    let signature = hex::decode(digits).map_err(|_| BadSignature::Malformed)?;
    // Anybody can sign with an empty secret.
    let mut secrets = secrets.iter().map(AsRef::as_ref).filter(|secret| !secret.is_empty());
    let is_signed = |secret: &[u8]| match Hmac::<Sha256>::new_from_slice(secret) {
        Ok(mac) => mac.chain_update(body).verify_slice(&signature).is_ok(),
        Err(_) => false,
    };
    secrets.any(is_signed).then_some(()).ok_or(BadSignature::Wrong)
}

/// GitHub's settings page offers a form, with the JSON in one field, before it offers JSON.
pub(super) fn payload<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Unreadable> {
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

pub(super) fn read(hook: &Hook<'_>) -> Result<Reading, Unreadable> {
    let Envelope { action } = parse(hook)?;
    let content = match hook.event {
        "ping" => Fact::Ping.into(),
        "push" => push::read(hook)?,
        "pull_request" => pulls::read(hook)?,
        "check_run" => checks::run(hook)?,
        "workflow_job" => checks::workflow_job(hook)?,
        "workflow_run" => checks::workflow_run(hook)?,
        "status" => checks::status(hook)?,
        "check_suite" => notes::check_suite(hook)?,
        "merge_group" => notes::merge_group(hook)?,
        "deployment" => notes::deployment(hook)?,
        "deployment_status" => notes::deployment_status(hook)?,
        "release" => notes::release(hook)?,
        "installation" => notes::installation(hook)?,
        other => Content::Nothing(format!("Keelson keeps nothing of `{other}` events")),
    };
    Ok(Reading { action: action.map(|action| parts::short(action, 100)), content })
}

/// What every event may have.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    action: Option<String>,
}

fn parse<T: DeserializeOwned>(hook: &Hook<'_>) -> Result<T, Unreadable> {
    serde_json::from_slice(hook.payload).map_err(|error| {
        let text = format!("the body is not what a `{}` event has: {error}", hook.event);
        Unreadable(parts::short(text, 300))
    })
}
