//! `push`: commits arrived on a branch.

use domain::CommitSha;
use domain::change::{Author, Push};
use serde::Deserialize;

use crate::git_host::commits::{PushedCommit, oldest_first};
use crate::git_host::parts::{Repository, bounded, branch_of};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    full_ref: String,
    before: CommitSha,
    after: CommitSha,
    /// The newest first, and by default at most five of them; fifteen on Forgejo.
    #[serde(default)]
    commits: Option<Vec<PushedCommit>>,
    #[serde(default)]
    total_commits: u64,
    #[serde(default)]
    head_commit: Option<PushedCommit>,
    repository: Repository,
    #[serde(default)]
    pusher: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(default)]
    full_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

impl User {
    fn author(self) -> Author {
        let name = self.full_name.filter(|name| !name.is_empty()).unwrap_or_else(|| self.login.clone());
        bounded(Author { name, email: self.email, login: Some(self.login) })
    }
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let payload: Payload = parse(hook)?;
    let Some(branch) = branch_of(&payload.full_ref).map(str::to_owned) else {
        return Ok(Content::Nothing("Keelson keeps branches, not tags".to_owned()));
    };
    if payload.after.is_zero() {
        return Ok(Content::Nothing("the branch was deleted".to_owned()));
    }
    let listed = payload.commits.unwrap_or_default();
    let truncated = payload.total_commits > listed.len() as u64;
    let commits = listed.into_iter().map(PushedCommit::commit).collect();
    let mut commits = oldest_first(commits, &payload.after);
    // A branch made from commits that are on another branch brings none, but still points to one.
    let is_listed = commits.iter().any(|commit| commit.sha == payload.after);
    let head = payload.head_commit.filter(|head| !is_listed && head.id == payload.after);
    commits.extend(head.map(PushedCommit::commit));
    let push = Push {
        before: payload.before,
        after: payload.after,
        commits,
        pusher: payload.pusher.map(User::author).unwrap_or_default(),
        // Gitea does not say.
        forced: false,
        at: hook.received_at,
        truncated,
    };
    Ok(Fact::Push { repository: payload.repository.reference(hook)?, branch, push }.into())
}
