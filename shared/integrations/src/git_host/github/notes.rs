//! Events that are kept with their delivery and nowhere else.

use domain::CommitSha;
use domain::note::Note;
use jiff::Timestamp;
use serde::Deserialize;

use crate::git_host::parts::{Account, Repository, branch_of, moment, short};
use crate::git_host::{Content, Hook, Unreadable, parse};

/// How much of a name or word of the host is kept.
const LONGEST: usize = 255;

#[derive(Deserialize)]
struct CheckSuitePayload {
    check_suite: CheckSuite,
    repository: Repository,
}

#[derive(Deserialize)]
struct CheckSuite {
    head_sha: CommitSha,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    app: Option<App>,
}

#[derive(Deserialize)]
struct App {
    #[serde(default)]
    name: Option<String>,
}

pub(in crate::git_host) fn check_suite(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let CheckSuitePayload { check_suite: suite, repository } = parse(hook)?;
    let app = suite.app.and_then(|app| app.name).unwrap_or_default();
    Ok(Note::CheckSuite {
        repository: repository.reference(hook)?,
        commit: suite.head_sha,
        app: word(app),
        status: suite.status.map(word),
        conclusion: suite.conclusion.map(word),
    }
    .into())
}

#[derive(Deserialize)]
struct MergeGroupPayload {
    merge_group: MergeGroup,
    repository: Repository,
}

#[derive(Deserialize)]
struct MergeGroup {
    head_sha: CommitSha,
    base_ref: String,
}

pub(in crate::git_host) fn merge_group(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let MergeGroupPayload { merge_group: group, repository } = parse(hook)?;
    let branch = branch_of(&group.base_ref).unwrap_or(&group.base_ref).to_owned();
    let repository = repository.reference(hook)?;
    Ok(Note::MergeGroup { repository, branch: word(branch), head: group.head_sha }.into())
}

#[derive(Deserialize)]
struct DeploymentPayload {
    deployment: Deployment,
    repository: Repository,
}

#[derive(Deserialize)]
struct Deployment {
    id: u64,
    sha: CommitSha,
    environment: String,
    #[serde(default, deserialize_with = "moment")]
    created_at: Option<Timestamp>,
}

pub(in crate::git_host) fn deployment(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let DeploymentPayload { deployment, repository } = parse(hook)?;
    Ok(Note::Deployment {
        repository: repository.reference(hook)?,
        id: deployment.id,
        environment: word(deployment.environment),
        commit: deployment.sha,
        at: deployment.created_at,
    }
    .into())
}

#[derive(Deserialize)]
struct DeploymentStatusPayload {
    deployment_status: DeploymentStatus,
    deployment: Deployment,
    repository: Repository,
}

#[derive(Deserialize)]
struct DeploymentStatus {
    state: String,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_at: Option<Timestamp>,
}

pub(in crate::git_host) fn deployment_status(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let DeploymentStatusPayload { deployment_status: status, deployment, repository } = parse(hook)?;
    Ok(Note::DeploymentStatus {
        repository: repository.reference(hook)?,
        deployment: deployment.id,
        environment: word(status.environment.unwrap_or(deployment.environment)),
        commit: deployment.sha,
        state: word(status.state),
        at: status.created_at,
    }
    .into())
}

#[derive(Deserialize)]
struct ReleasePayload {
    release: Release,
    repository: Repository,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    #[serde(default, deserialize_with = "moment")]
    published_at: Option<Timestamp>,
}

pub(in crate::git_host) fn release(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let ReleasePayload { release, repository } = parse(hook)?;
    Ok(Note::Release {
        repository: repository.reference(hook)?,
        tag: word(release.tag_name),
        draft: release.draft,
        prerelease: release.prerelease,
        at: release.published_at,
    }
    .into())
}

#[derive(Deserialize)]
struct InstallationPayload {
    installation: Installation,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
    account: Account,
}

pub(in crate::git_host) fn installation(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let InstallationPayload { installation } = parse(hook)?;
    Ok(Note::Installation { id: installation.id, account: word(installation.account.login) }.into())
}

fn word(text: String) -> String {
    short(text, LONGEST)
}
