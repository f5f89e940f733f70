//! `pullrequest:…`: a pull request was opened, changed, declined or merged.

use domain::CommitPrefix;
use domain::change::PullRequest;
use domain::note::Note;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Account, Links};
use crate::git_host::parts::{Repository, moment, short};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    pullrequest: Pull,
    repository: Repository,
    #[serde(default)]
    actor: Option<Account>,
}

#[derive(Deserialize)]
struct Pull {
    id: u64,
    title: String,
    state: String,
    #[serde(default)]
    author: Option<Account>,
    #[serde(default)]
    closed_by: Option<Account>,
    #[serde(default)]
    merge_commit: Option<Hash>,
    source: End,
    destination: End,
    #[serde(default, deserialize_with = "moment")]
    updated_on: Option<Timestamp>,
    #[serde(default)]
    links: Option<Links>,
}

#[derive(Deserialize)]
struct End {
    #[serde(default)]
    branch: Option<Branch>,
    #[serde(default)]
    commit: Option<Hash>,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
}

/// The beginning of a hash: Bitbucket writes twelve digits here.
#[derive(Deserialize)]
struct Hash {
    hash: CommitPrefix,
}

pub(super) fn merged(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { pullrequest: pull, repository, actor } = parse(hook)?;
    let Some(Hash { hash: merge_commit }) = pull.merge_commit else {
        return Ok(Content::Nothing(
            "the pull request does not say by which commit it was merged".to_owned(),
        ));
    };
    let pull_request = PullRequest {
        number: pull.id,
        title: short(pull.title, 300),
        author: pull.author.map(Account::author).unwrap_or_default(),
        merged_by: pull.closed_by.or(actor).map(Account::author),
        merge_commit,
        merged_at: pull.updated_on.unwrap_or(hook.received_at),
        url: pull.links.and_then(Links::page),
    };
    Ok(Fact::PullRequestMerged { repository: repository.reference(hook)?, pull_request }.into())
}

pub(super) fn changed(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { pullrequest: pull, repository, .. } = parse(hook)?;
    let head = pull.source.commit.and_then(|commit| commit.hash.full());
    let branch = pull.destination.branch.map(|branch| branch.name).unwrap_or_default();
    let Some(head) = head else {
        let state = short(pull.state, 100);
        return Ok(Content::Nothing(format!("pull request {} into {branch}: {state}", pull.id)));
    };
    Ok(Note::PullRequest {
        repository: repository.reference(hook)?,
        number: pull.id,
        branch: short(branch, 255),
        head,
        state: short(pull.state, 100),
        author: pull.author.and_then(|author| author.author().login),
    }
    .into())
}
