//! Bitbucket Cloud: <https://developer.atlassian.com/cloud/bitbucket/rest/>.

use domain::CommitSha;
use domain::change::Author;
use domain::report::StatusState;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::commit::{Parent, commit, newest_first};
use super::request::{Api, Request, Scheme, parts};
use super::{Access, ApiError, Between, Head, Listed, MOST_PAGES, PAGE, StatusToSet};
use crate::git_host::parts::author_in;
use crate::outgoing::Outgoing;

/// How long the key of a status may be.
const LONGEST_KEY: usize = 40;

/// The API of Bitbucket Cloud.
#[derive(Debug, Clone)]
pub struct Bitbucket(Api);

/// `repositories/workspace/name/…`
fn path<'a>(access: Access<'a>, rest: &[&'a str]) -> Vec<&'a str> {
    std::iter::once("repositories").chain(parts(access.repository)).chain(rest.iter().copied()).collect()
}

#[derive(Deserialize)]
struct Page {
    values: Vec<Found>,
    /// Where the next page is; none after the last.
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    hash: CommitSha,
    #[serde(default)]
    message: String,
    #[serde(default)]
    date: Option<Timestamp>,
    #[serde(default)]
    author: Option<Person>,
    #[serde(default)]
    parents: Vec<Parent>,
    #[serde(default)]
    links: Links,
}

#[derive(Deserialize, Default)]
struct Links {
    #[serde(default)]
    html: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

#[derive(Deserialize)]
struct Person {
    /// `Name <address>`.
    #[serde(default)]
    raw: String,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    nickname: Option<String>,
}

impl From<Person> for Author {
    fn from(person: Person) -> Self {
        author_in(&person.raw, person.user.and_then(|user| user.nickname))
    }
}

impl From<Found> for Listed {
    fn from(found: Found) -> Self {
        let author = found.author.map(Author::from).unwrap_or_default();
        let url = found.links.html.map(|link| link.href);
        Self {
            commit: commit(found.hash, &found.message, author, found.date, url),
            parents: found.parents.into_iter().map(|parent| parent.sha).collect(),
        }
    }
}

impl Bitbucket {
    pub(super) fn new(outgoing: Outgoing) -> Self {
        Self(Api::new(outgoing, Scheme::BasicOrBearer, "application/json"))
    }

    pub(super) async fn head(
        &self,
        access: Access<'_>,
        branch: &str,
        etag: Option<&str>,
    ) -> Result<Head, ApiError> {
        #[derive(Deserialize)]
        struct Branch {
            target: Parent,
        }
        let mut path = path(access, &["refs", "branches"]);
        path.extend(parts(branch));
        let request = Request { etag, ..Request::get(path) };
        self.0.head(access, request, |found: Branch| found.target.sha).await
    }

    pub(super) async fn commit(
        &self,
        access: Access<'_>,
        commit: &CommitSha,
    ) -> Result<Option<Listed>, ApiError> {
        let path = path(access, &["commit", commit.as_str()]);
        let found: Found = self.0.json(access, Request::get(path)).await?;
        Ok(Some(found.into()))
    }

    pub(super) async fn between(
        &self,
        access: Access<'_>,
        base: Option<&CommitSha>,
        head: &CommitSha,
    ) -> Result<Between, ApiError> {
        let mut listed: Vec<Listed> = Vec::new();
        for page in 1..=MOST_PAGES {
            let mut request = Request::get(path(access, &["commits"])).query("include", head);
            if let Some(base) = base {
                request = request.query("exclude", base);
            }
            let found: Page = self.0.json(access, request.query("pagelen", PAGE).query("page", page)).await?;
            listed.extend(found.values.into_iter().map(Listed::from));
            if found.next.is_none() {
                return Ok(newest_first(listed, base, true));
            }
        }
        Ok(newest_first(listed, base, false))
    }

    /// A status with the key of another takes its place.
    pub(super) async fn set_status(
        &self,
        access: Access<'_>,
        status: StatusToSet<'_>,
    ) -> Result<(), ApiError> {
        let state = match status.status.state {
            StatusState::Pending | StatusState::Running => "INPROGRESS",
            StatusState::Success => "SUCCESSFUL",
            StatusState::Failure => "FAILED",
            StatusState::Stopped | StatusState::Superseded => "STOPPED",
        };
        let body = json!({
            "key": key(status.context),
            "name": status.context,
            "state": state,
            "description": status.status.description,
            "url": status.target_url,
        });
        let path = path(access, &["commit", status.commit.as_str(), "statuses", "build"]);
        self.0.done(access, Request::post(path, body)).await
    }
}

/// A status's key: its name, or something as unique that is short enough.
fn key(context: &str) -> String {
    match context.len() {
        0..=LONGEST_KEY => context.to_owned(),
        _ => format!("keelson/{}", &hex::encode(Sha256::digest(context))[..LONGEST_KEY - "keelson/".len()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_a_short_key_of_its_own() {
        assert_eq!(key("keelson/production"), "keelson/production");
        let long = |end: &str| key(&format!("keelson/{}/{end}", "a".repeat(40)));
        assert_eq!(long("staging").len(), LONGEST_KEY);
        assert_ne!(long("staging"), long("production"));
    }

    #[test]
    fn a_person_is_read_from_what_git_says() {
        let author = |raw: &str| Author::from(Person { raw: raw.to_owned(), user: None });
        let ada = author("Ada Lovelace <ada@example.com>");
        assert_eq!((ada.name.as_str(), ada.email.as_deref()), ("Ada Lovelace", Some("ada@example.com")));
        assert_eq!(author("ada").email, None);
    }
}
