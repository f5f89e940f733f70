//! `pull_request`: a pull request was opened, changed, closed or merged.

use domain::CommitSha;
use domain::change::PullRequest;
use domain::note::Note;
use jiff::Timestamp;
use serde::Deserialize;

use crate::git_host::parts::{Account, Repository, moment, short, url};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    pull_request: Pull,
    repository: Repository,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    title: String,
    state: String,
    #[serde(default)]
    merged: Option<bool>,
    #[serde(default, deserialize_with = "moment")]
    merged_at: Option<Timestamp>,
    #[serde(default)]
    merge_commit_sha: Option<CommitSha>,
    #[serde(default)]
    merged_by: Option<Account>,
    /// Absent when the account was deleted.
    #[serde(default)]
    user: Option<Account>,
    base: End,
    head: End,
    #[serde(default)]
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct End {
    #[serde(rename = "ref")]
    branch: String,
    sha: CommitSha,
}

pub(in crate::git_host) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { pull_request: pull, repository } = parse(hook)?;
    let repository = repository.reference(hook)?;
    // An open pull request has a `merge_commit_sha` too: a commit that only tries whether it could be merged.
    let merge_commit = pull.merge_commit_sha.filter(|_| pull.merged == Some(true));
    Ok(match (merge_commit, pull.merged_at) {
        (Some(merge_commit), Some(merged_at)) => {
            let pull_request = PullRequest {
                number: pull.number,
                title: short(pull.title, 300),
                author: pull.user.map(Account::author).unwrap_or_default(),
                merged_by: pull.merged_by.map(Account::author),
                merge_commit: merge_commit.into(),
                merged_at,
                url: url(pull.html_url),
            };
            Fact::PullRequestMerged { repository, pull_request }.into()
        }
        _ => Note::PullRequest {
            repository,
            number: pull.number,
            branch: short(pull.base.branch, 255),
            head: pull.head.sha,
            state: short(pull.state, 100),
            author: pull.user.and_then(|user| user.author().login),
        }
        .into(),
    })
}
