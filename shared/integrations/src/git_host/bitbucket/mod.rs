//! Bitbucket Cloud.

use http::HeaderMap;
use serde::Deserialize;

use super::signature::{BadSignature, hmac_hex};
use super::{Hook, Reading, Unreadable, nothing_of, parse};

mod pull_request;
mod push;
mod status;
#[cfg(test)]
mod tests;

/// Checks `X-Hub-Signature`, which has SHA-256 here. On GitHub the header of that name has SHA-1, which is refused.
pub(super) fn verify<S: AsRef<[u8]>>(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[S],
) -> Result<(), BadSignature> {
    hmac_hex(headers, "X-Hub-Signature", "sha256=", body, secrets)
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Reading, Unreadable> {
    let content = match hook.event {
        "repo:push" => push::read(hook)?,
        "pullrequest:fulfilled" => pull_request::merged(hook)?,
        "pullrequest:created" | "pullrequest:updated" | "pullrequest:rejected" => {
            pull_request::changed(hook)?
        }
        "repo:commit_status_created" | "repo:commit_status_updated" => status::read(hook)?,
        other => {
            // What is not JSON is no webhook of Bitbucket, whatever it is called.
            parse::<serde::de::IgnoredAny>(hook)?;
            nothing_of(other)
        }
    };
    // The name of the event says it all.
    Ok(Reading { action: None, content })
}

/// Somebody. Bitbucket has no logins any more; nicknames are what comes nearest, and can be changed.
#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    nickname: Option<String>,
}

impl Account {
    fn author(self) -> domain::change::Author {
        let name = self.display_name.or_else(|| self.nickname.clone()).unwrap_or_default();
        super::parts::bounded(domain::change::Author { name, email: None, login: self.nickname })
    }
}

/// Pages of something.
#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    html: Option<Link>,
    #[serde(default)]
    commit: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    href: Option<String>,
}

impl Links {
    fn page(self) -> Option<String> {
        super::parts::url(self.html?.href)
    }
}
