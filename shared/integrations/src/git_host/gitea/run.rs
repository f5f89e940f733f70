//! `action_run_success` and its like: Forgejo reports that a run of a workflow ended.
//!
//! It does not report that one began; its commit statuses do.

use domain::CommitSha;
use domain::check::{Check, CheckSource, CheckState};
use jiff::Timestamp;
use serde::Deserialize;

use crate::git_host::parts::{Repository, moment, short, url};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    /// The workflow's file, such as `ci.yml`.
    workflow_id: String,
    repository: Repository,
    commit_sha: CommitSha,
    status: String,
    #[serde(default, deserialize_with = "moment")]
    created: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    started: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    stopped: Option<Timestamp>,
    #[serde(default)]
    html_url: Option<String>,
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { run } = parse(hook)?;
    let state = match run.status.as_str() {
        "success" => CheckState::Passed,
        "skipped" => CheckState::Skipped,
        "running" => CheckState::Running,
        "waiting" | "blocked" => CheckState::Queued,
        _ => CheckState::Failed,
    };
    let check = Check {
        name: short(run.workflow_id, 255),
        source: CheckSource::WorkflowRun,
        workflow: None,
        state,
        conclusion: (!state.is_pending()).then(|| short(run.status, 100)),
        attempt: 1,
        queued_at: run.created,
        started_at: run.started.filter(|_| state != CheckState::Queued),
        completed_at: run.stopped.filter(|_| !state.is_pending()),
        url: url(run.html_url),
        order: run.id,
    };
    Ok(Fact::Check { repository: run.repository.reference(hook)?, commit: run.commit_sha, check }.into())
}
