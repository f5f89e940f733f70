//! `push`: commits arrived on a branch.

use domain::CommitSha;
use domain::change::{Author, Commit, Push};
use jiff::Timestamp;
use serde::Deserialize;

use crate::git_host::commits::PushedCommit;
use crate::git_host::parts::{Account, GitPerson, Repository, branch_of};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

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
    let mut commits: Vec<Commit> = payload.commits.into_iter().map(PushedCommit::commit).collect();
    // A branch made from commits that are on another branch brings none, but still points to one.
    let is_listed = commits.iter().any(|commit| commit.sha == payload.after);
    let head = payload.head_commit.filter(|head| !is_listed && head.id == payload.after);
    commits.extend(head.map(PushedCommit::commit));
    let before = if payload.created { payload.after.zero() } else { payload.before };
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
