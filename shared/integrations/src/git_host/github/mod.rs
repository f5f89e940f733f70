//! GitHub, and GitHub Enterprise servers.

use http::HeaderMap;
use serde::Deserialize;

use super::signature::{BadSignature, hmac_hex};
use super::{Fact, Hook, Reading, Unreadable, nothing_of, parse, parts};

pub(super) mod checks;
pub(super) mod notes;
pub(super) mod pulls;
mod push;
#[cfg(test)]
mod tests;

/// Checks `X-Hub-Signature-256`. The older `X-Hub-Signature` is SHA-1, and never looked at.
pub(super) fn verify<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
) -> Result<(), BadSignature> {
    hmac_hex(headers, "X-Hub-Signature-256", "sha256=", body, secrets)
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
        other => nothing_of(other),
    };
    Ok(Reading { action: action.map(|action| parts::short(action, 100)), content })
}

/// What every event may have.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    action: Option<String>,
}
