//! `Merge Request Hook`: a merge request was opened, changed, closed or merged.

use domain::CommitSha;
use domain::change::{Author, PullRequest};
use domain::note::Note;
use jiff::Timestamp;
use serde::Deserialize;

use super::Project;
use crate::git_host::parts::{bounded, moment, reference, short, url};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    object_attributes: MergeRequest,
    project: Project,
    /// Who did what the webhook tells of.
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    title: String,
    state: String,
    #[serde(default)]
    action: Option<String>,
    target_branch: String,
    #[serde(default)]
    author_id: Option<u64>,
    #[serde(default)]
    merge_commit_sha: Option<CommitSha>,
    #[serde(default)]
    squash_commit_sha: Option<CommitSha>,
    last_commit: LastCommit,
    #[serde(default, deserialize_with = "moment")]
    merged_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    updated_at: Option<Timestamp>,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
struct LastCommit {
    id: CommitSha,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    name: Option<String>,
    username: String,
    #[serde(default)]
    email: Option<String>,
}

impl User {
    fn author(self) -> Author {
        let name = self.name.unwrap_or_else(|| self.username.clone());
        bounded(Author { name, email: self.email, login: Some(self.username) })
    }
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { object_attributes: request, project, user } = parse(hook)?;
    let repository = reference(hook, &project.path_with_namespace)?;
    if request.action.as_deref() != Some("merge") || request.state != "merged" {
        return Ok(Note::PullRequest {
            repository,
            number: request.iid,
            branch: short(request.target_branch, 255),
            head: request.last_commit.id,
            state: short(request.state, 100),
            author: None,
        }
        .into());
    }
    // A fast-forward makes no commit: the branch ends where the request ended, or at what it was squashed to.
    let merge_commit =
        request.merge_commit_sha.or(request.squash_commit_sha).unwrap_or(request.last_commit.id);
    let is_own = user.as_ref().is_some_and(|user| user.id.is_some() && user.id == request.author_id);
    let merged_by = user.map(User::author);
    let pull_request = PullRequest {
        number: request.iid,
        title: short(request.title, 300),
        author: author(request.author_id, merged_by.as_ref().filter(|_| is_own)),
        merged_by,
        merge_commit: merge_commit.into(),
        merged_at: request.merged_at.or(request.updated_at).unwrap_or(hook.received_at),
        url: url(request.url),
    };
    Ok(Fact::PullRequestMerged { repository, pull_request }.into())
}

/// Who opened it. GitLab names them by a number alone, unless it was the person who merged it.
fn author(id: Option<u64>, merged_by: Option<&Author>) -> Author {
    match (merged_by, id) {
        (Some(same), _) => same.clone(),
        (None, Some(id)) => Author { name: format!("user {id}"), ..Author::default() },
        (None, None) => Author::default(),
    }
}
