//! `push`: commits arrived on a branch.

use std::iter;

use domain::CommitSha;
use domain::change::{Author, Commit, Push, co_authors};
use jiff::Timestamp;
use serde::Deserialize;

use super::parts::{Account, GitPerson, Repository, bounded, branch_of, short, url};
use super::{Content, Fact, Hook, Unreadable, parse};

/// How much of the first line of a message is kept.
const LONGEST_TITLE: usize = 300;
/// How many authors of a commit are kept: more than any gate will ever look at, and too few to fill a row.
const MOST_AUTHORS: usize = 100;
/// How many commits GitHub lists at most.
const MOST_COMMITS: usize = 2_048;

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    full_ref: String,
    before: CommitSha,
    after: CommitSha,
    #[serde(default)]
    created: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    forced: bool,
    #[serde(default)]
    commits: Vec<PushedCommit>,
    #[serde(default)]
    head_commit: Option<PushedCommit>,
    repository: Repository,
    #[serde(default)]
    pusher: Option<GitPerson>,
    #[serde(default)]
    sender: Option<Account>,
}

#[derive(Deserialize)]
struct PushedCommit {
    id: CommitSha,
    message: String,
    timestamp: Timestamp,
    author: GitPerson,
    #[serde(default)]
    url: Option<String>,
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let payload: Payload = parse(hook)?;
    let Some(branch) = branch_of(&payload.full_ref).map(str::to_owned) else {
        return Ok(Content::Nothing("Keelson keeps branches, not tags".to_owned()));
    };
    if payload.deleted || payload.after.is_zero() {
        return Ok(Content::Nothing("the branch was deleted".to_owned()));
    }
    let repository = payload.repository.reference(hook)?;
    Ok(Fact::Push { repository, branch, push: push(payload, hook.received_at) }.into())
}

fn push(payload: Payload, received_at: Timestamp) -> Push {
    let truncated = payload.commits.len() >= MOST_COMMITS;
    let mut commits: Vec<Commit> = payload.commits.into_iter().map(commit).collect();
    // A branch made from commits that are on another branch brings none, but still points to one.
    let is_listed = commits.iter().any(|commit| commit.sha == payload.after);
    let head = payload.head_commit.filter(|head| !is_listed && head.id == payload.after);
    commits.extend(head.map(commit));
    let before =
        if payload.created { none_before(&payload.after).unwrap_or(payload.before) } else { payload.before };
    let pusher = payload.pusher.map(GitPerson::author).unwrap_or_default();
    let login = payload.sender.and_then(|sender| sender.author().login).or(pusher.login);
    Push {
        before,
        after: payload.after,
        commits,
        pusher: Author { login, ..pusher },
        forced: payload.forced,
        at: payload.repository.pushed_at.unwrap_or(received_at),
        truncated,
    }
}

fn none_before(after: &CommitSha) -> Option<CommitSha> {
    "0".repeat(after.as_str().len()).parse().ok()
}

fn commit(pushed: PushedCommit) -> Commit {
    let mut authors: Vec<Author> = Vec::new();
    let co_authors = co_authors(&pushed.message).into_iter().map(bounded);
    for author in iter::once(pushed.author.author()).chain(co_authors) {
        if authors.len() < MOST_AUTHORS && !authors.contains(&author) {
            authors.push(author);
        }
    }
    let title = pushed.message.lines().next().unwrap_or_default().trim_end();
    Commit {
        sha: pushed.id,
        title: short(title.to_owned(), LONGEST_TITLE),
        authors,
        at: pushed.timestamp,
        url: url(pushed.url),
    }
}
