//! `Push Hook`: commits arrived on a branch.

use domain::CommitSha;
use domain::change::{Author, Push};
use serde::Deserialize;

use super::Project;
use crate::git_host::commits::{PushedCommit, oldest_first};
use crate::git_host::parts::{bounded, branch_of, reference};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    full_ref: String,
    before: CommitSha,
    after: CommitSha,
    #[serde(default)]
    user_name: Option<String>,
    #[serde(default)]
    user_username: Option<String>,
    #[serde(default)]
    user_email: Option<String>,
    project: Project,
    #[serde(default)]
    commits: Vec<PushedCommit>,
    /// How many there are: at most the newest twenty are listed.
    #[serde(default)]
    total_commits_count: u64,
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let payload: Payload = parse(hook)?;
    let Some(branch) = branch_of(&payload.full_ref).map(str::to_owned) else {
        return Ok(Content::Nothing("Keelson keeps branches, not tags".to_owned()));
    };
    if payload.after.is_zero() {
        return Ok(Content::Nothing("the branch was deleted".to_owned()));
    }
    let repository = reference(hook, &payload.project.path_with_namespace)?;
    let truncated = payload.total_commits_count > payload.commits.len() as u64;
    let commits = payload.commits.into_iter().map(PushedCommit::commit).collect();
    let push = Push {
        commits: oldest_first(commits, &payload.after),
        before: payload.before,
        after: payload.after,
        pusher: bounded(Author {
            name: payload.user_name.unwrap_or_default(),
            email: payload.user_email.filter(|email| !email.is_empty()),
            login: payload.user_username,
        }),
        // GitLab does not say.
        forced: false,
        at: hook.received_at,
        truncated,
    };
    Ok(Fact::Push { repository, branch, push }.into())
}
