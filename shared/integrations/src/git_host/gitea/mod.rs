//! Gitea, and Forgejo, which came of it.
//!
//! Most of what they send is written as GitHub writes it, by intention, and read by the same code. What they list of a
//! push is not.

use http::HeaderMap;
use serde::Deserialize;

use super::github::{checks, notes, pulls};
use super::signature::{BadSignature, hmac_hex};
use super::{Hook, Reading, Unreadable, nothing_of, parse, parts, payload_of_form};

mod push;
mod run;
#[cfg(test)]
mod tests;

/// Forgejo has a name of its own for each header, and sends Gitea's too.
const SIGNATURE: [&str; 2] = ["X-Gitea-Signature", "X-Forgejo-Signature"];
pub(super) const DELIVERY: [&str; 2] = ["X-Gitea-Delivery", "X-Forgejo-Delivery"];
pub(super) const EVENT: [&str; 2] = ["X-Gitea-Event", "X-Forgejo-Event"];

/// Checks `X-Gitea-Signature`, which has no prefix; under Forgejo's name only where Gitea's is missing, and it is the
/// same then. What is signed is the JSON, also where a form wraps it.
pub(super) fn verify<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
) -> Result<(), BadSignature> {
    let signed = payload_of_form(headers, body).map_err(|_| BadSignature::Malformed)?;
    let [gitea, forgejo] = SIGNATURE;
    let name = if headers.contains_key(gitea) || !headers.contains_key(forgejo) { gitea } else { forgejo };
    hmac_hex(headers, name, "", &signed, secrets)
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Reading, Unreadable> {
    let Envelope { action } = parse(hook)?;
    let content = match hook.event {
        "push" => push::read(hook)?,
        "pull_request" => pulls::read(hook)?,
        "status" => checks::status(hook)?,
        "workflow_job" => checks::workflow_job(hook)?,
        "workflow_run" => checks::workflow_run(hook)?,
        "action_run_success" | "action_run_failure" | "action_run_recover" => run::read(hook)?,
        "release" => notes::release(hook)?,
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
