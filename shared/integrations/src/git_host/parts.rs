//! Parts that many events have, and how they become Keelson's.

use domain::change::Author;
use domain::manifest::RepositoryRef;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Hook, Unreadable};

/// How long an e-mail address can be.
const LONGEST_EMAIL: usize = 254;
/// How much of a name is kept.
const LONGEST_NAME: usize = 100;
/// How much of an address is kept; a longer one is left out, as half an address leads nowhere.
const LONGEST_URL: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct Repository {
    full_name: String,
    /// When something was pushed to it last.
    #[serde(default, deserialize_with = "moment")]
    pub(super) pushed_at: Option<Timestamp>,
}

impl Repository {
    pub(super) fn reference(&self, hook: &Hook<'_>) -> Result<RepositoryRef, Unreadable> {
        reference(hook, &self.full_name)
    }
}

/// The repository with that path on the host.
pub(super) fn reference(hook: &Hook<'_>, path: &str) -> Result<RepositoryRef, Unreadable> {
    format!("{}:{path}", hook.connection).parse().map_err(|error| Unreadable(format!("{error}")))
}

/// An account.
#[derive(Deserialize)]
pub(super) struct Account {
    /// An enterprise has a `slug` instead.
    #[serde(alias = "slug")]
    pub(super) login: String,
}

impl Account {
    pub(super) fn author(self) -> Author {
        let login = short(self.login, LONGEST_NAME);
        Author { name: login.clone(), email: None, login: Some(login) }
    }
}

/// What GitLab writes in place of an e-mail address that is not public. It would be one author for everybody.
const REDACTED: &str = "[REDACTED]";

/// Somebody as git names them.
#[derive(Deserialize)]
pub(super) struct GitPerson {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    username: Option<String>,
}

impl GitPerson {
    pub(super) fn author(self) -> Author {
        bounded(Author { name: self.name.unwrap_or_default(), email: self.email, login: self.username })
    }
}

/// Somebody as git has them in one text: `Ada Lovelace <ada@example.com>`.
pub(crate) fn author_in(text: &str, login: Option<String>) -> Author {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name, rest.trim().strip_suffix('>').map(str::to_owned)),
        None => (text, None),
    };
    bounded(Author { name: name.trim().to_owned(), email, login })
}

/// Somebody, with no more of each part than is kept.
pub(crate) fn bounded(author: Author) -> Author {
    let is_address = |email: &String| !email.is_empty() && email != REDACTED;
    Author {
        name: short(author.name, LONGEST_NAME),
        email: author.email.filter(is_address).map(|email| short(email, LONGEST_EMAIL)),
        login: author.login.map(|login| short(login, LONGEST_NAME)),
    }
}

/// A moment: text, or seconds since 1970. GitLab writes some as `2016-08-12 15:23:28 UTC`, some as
/// `2021-04-28 21:50:00 +0200`. What is nothing of these is no moment, and no error.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    Ok(match value {
        Some(Value::String(text)) => moment_in(&text),
        Some(Value::Number(seconds)) => {
            seconds.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok())
        }
        _ => None,
    })
}

fn moment_in(text: &str) -> Option<Timestamp> {
    let in_zone = || Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", text).ok();
    match text.strip_suffix(" UTC") {
        Some(utc) => format!("{utc}Z").parse().ok(),
        None => text.parse().ok().or_else(in_zone),
    }
}

/// An address to show.
pub(super) fn url(address: Option<String>) -> Option<String> {
    let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    address.filter(|url| url.len() <= LONGEST_URL && is_web(url))
}

/// At most so many characters of a text.
pub(super) fn short(text: String, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text,
        Some((end, _)) => text[..end].to_owned(),
    }
}

/// The branch that a full ref names, if it names one.
pub(super) fn branch_of(full_ref: &str) -> Option<&str> {
    full_ref.strip_prefix("refs/heads/").filter(|branch| !branch.is_empty() && branch.len() <= 255)
}
