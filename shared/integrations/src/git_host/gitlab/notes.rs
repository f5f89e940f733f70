//! Events that are kept with their delivery and nowhere else.

use domain::CommitSha;
use domain::note::Note;
use jiff::Timestamp;
use serde::Deserialize;

use super::Project;
use crate::git_host::parts::{moment, reference, short};
use crate::git_host::{Content, Hook, Unreadable, parse};

/// How much of a name or word of the host is kept.
const LONGEST: usize = 255;

#[derive(Deserialize)]
struct DeploymentPayload {
    deployment_id: u64,
    environment: String,
    status: String,
    #[serde(default, deserialize_with = "moment")]
    status_changed_at: Option<Timestamp>,
    /// The only place that has the whole hash.
    #[serde(default)]
    commit_url: Option<String>,
    project: Project,
}

pub(super) fn deployment(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let payload: DeploymentPayload = parse(hook)?;
    let commit = payload.commit_url.as_deref().and_then(|address| address.rsplit('/').next());
    let Some(commit) = commit.and_then(|text| text.parse::<CommitSha>().ok()) else {
        return Ok(Content::Nothing("the deployment does not say of which commit it is".to_owned()));
    };
    Ok(Note::DeploymentStatus {
        repository: reference(hook, &payload.project.path_with_namespace)?,
        deployment: payload.deployment_id,
        environment: short(payload.environment, LONGEST),
        commit,
        state: short(payload.status, LONGEST),
        at: payload.status_changed_at,
    }
    .into())
}

#[derive(Deserialize)]
struct ReleasePayload {
    tag: String,
    #[serde(default, deserialize_with = "moment")]
    released_at: Option<Timestamp>,
    project: Project,
}

pub(super) fn release(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let payload: ReleasePayload = parse(hook)?;
    Ok(Note::Release {
        repository: reference(hook, &payload.project.path_with_namespace)?,
        tag: short(payload.tag, LONGEST),
        draft: false,
        prerelease: false,
        at: payload.released_at,
    }
    .into())
}
