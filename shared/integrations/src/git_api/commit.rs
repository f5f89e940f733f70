//! Commits as APIs list them, in Keelson's words: bounded as those of webhooks are.

use domain::CommitSha;
use domain::change::{Author, Commit};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Between, Listed};
use crate::git_host::commits;
use crate::git_host::parts::bounded;

/// The hash of a parent, which GitHub and Gitea call `sha` and Bitbucket `hash`.
#[derive(Deserialize)]
pub(super) struct Parent {
    #[serde(alias = "hash")]
    pub(super) sha: CommitSha,
}

/// A commit as GitHub lists it, and Gitea, which copies it.
#[derive(Deserialize)]
pub(super) struct HubCommit {
    sha: CommitSha,
    #[serde(default)]
    html_url: Option<String>,
    commit: GitCommit,
    #[serde(default)]
    author: Option<HubAccount>,
    #[serde(default)]
    parents: Vec<Parent>,
}

#[derive(Deserialize)]
struct GitCommit {
    #[serde(default)]
    message: String,
    #[serde(default)]
    author: Option<GitPerson>,
    #[serde(default)]
    committer: Option<GitPerson>,
}

#[derive(Deserialize)]
struct GitPerson {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    date: Option<Timestamp>,
}

/// An account; an empty object where nobody is known by the e-mail address.
#[derive(Deserialize)]
struct HubAccount {
    #[serde(default)]
    login: Option<String>,
}

impl From<HubCommit> for Listed {
    fn from(listed: HubCommit) -> Self {
        let GitCommit { message, author, committer } = listed.commit;
        let at = committer.or_else(|| author.as_ref().map(GitPerson::only_date)).and_then(|who| who.date);
        let login = listed.author.and_then(|account| account.login).filter(|login| !login.is_empty());
        let author = author.map(|who| Author { name: who.name, email: who.email, login: login.clone() });
        let author = author.unwrap_or_else(|| Author { login, ..Author::default() });
        Self {
            commit: commit(listed.sha, &message, author, at, listed.html_url),
            parents: listed.parents.into_iter().map(|parent| parent.sha).collect(),
        }
    }
}

impl GitPerson {
    fn only_date(&self) -> Self {
        Self { name: String::new(), email: None, date: self.date }
    }
}

/// A commit as it is kept.
pub(super) fn commit(
    sha: CommitSha,
    message: &str,
    author: Author,
    at: Option<Timestamp>,
    url: Option<String>,
) -> Commit {
    commits::commit(sha, message, bounded(author), at.unwrap_or(Timestamp::UNIX_EPOCH), url)
}

/// Commits that were listed newest first. Those from `base` on are left out, should the host list them.
pub(super) fn newest_first(listed: Vec<Listed>, base: Option<&CommitSha>, complete: bool) -> Between {
    let is_base = |listed: &Listed| base == Some(&listed.commit.sha);
    let reached = listed.iter().any(is_base);
    let mut commits: Vec<Commit> =
        listed.into_iter().take_while(|listed| !is_base(listed)).map(|listed| listed.commit).collect();
    commits.reverse();
    Between { commits, complete: complete || reached }
}
