//! The commits of a push, which GitHub, GitLab and Gitea write alike.

use std::iter;

use domain::CommitSha;
use domain::change::{Author, Commit, co_authors};
use jiff::Timestamp;
use serde::Deserialize;

use super::parts::{GitPerson, bounded, short, url};

/// How much of the first line of a message is kept.
const LONGEST_TITLE: usize = 300;
/// How many authors of a commit are kept: more than any gate will ever look at, and too few to fill a row.
const MOST_AUTHORS: usize = 100;

/// A commit as most hosts write it.
#[derive(Deserialize)]
pub(super) struct PushedCommit {
    pub(super) id: CommitSha,
    message: String,
    timestamp: Timestamp,
    author: GitPerson,
    #[serde(default)]
    url: Option<String>,
}

impl PushedCommit {
    pub(super) fn commit(self) -> Commit {
        commit(self.id, &self.message, self.author.author(), self.timestamp, self.url)
    }
}

/// A commit, with the co-authors that its message names.
pub(crate) fn commit(
    sha: CommitSha,
    message: &str,
    author: Author,
    at: Timestamp,
    address: Option<String>,
) -> Commit {
    let mut authors: Vec<Author> = Vec::new();
    let co_authors = co_authors(message).into_iter().map(bounded);
    for author in iter::once(author).chain(co_authors) {
        if authors.len() < MOST_AUTHORS && !authors.contains(&author) {
            authors.push(author);
        }
    }
    let title = message.lines().next().unwrap_or_default().trim_end();
    Commit { sha, title: short(title.to_owned(), LONGEST_TITLE), authors, at, url: url(address) }
}

/// The same commits, oldest first: hosts differ in where they begin, and say so only by where the newest is.
pub(super) fn oldest_first(mut commits: Vec<Commit>, newest: &CommitSha) -> Vec<Commit> {
    if commits.first().is_some_and(|first| first.sha == *newest) {
        commits.reverse();
    }
    commits
}
