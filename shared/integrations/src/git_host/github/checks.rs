//! `check_run`, `workflow_job`, `workflow_run` and `status`: CI reports on a commit.
//!
//! The order of a report is the host's number of the run, which rises, and for a job the number of the run it belongs
//! to, because a second try keeps that number and counts its tries.

use domain::CommitSha;
use domain::check::{Check, CheckSource, CheckState};
use domain::ci_path::{JobSteps, Step};
use jiff::Timestamp;
use serde::Deserialize;

use crate::git_host::parts::{Repository, moment, short, url};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

/// How much of a name is kept.
const LONGEST_NAME: usize = 255;

#[derive(Deserialize)]
struct CheckRunPayload {
    check_run: Run,
    repository: Repository,
}

#[derive(Deserialize)]
struct WorkflowJobPayload {
    workflow_job: Run,
    repository: Repository,
}

#[derive(Deserialize)]
struct WorkflowRunPayload {
    workflow_run: Run,
    #[serde(default)]
    workflow: Option<Workflow>,
    repository: Repository,
}

#[derive(Deserialize)]
struct Workflow {
    #[serde(default)]
    name: Option<String>,
}

/// A check run, a job or a workflow run: they differ in few fields.
#[derive(Deserialize)]
struct Run {
    id: u64,
    /// Of a check run.
    #[serde(default)]
    app: Option<App>,
    /// Of a job.
    #[serde(default)]
    workflow_name: Option<String>,
    #[serde(default)]
    run_id: Option<u64>,
    #[serde(default)]
    run_attempt: Option<u32>,
    #[serde(default)]
    name: Option<String>,
    head_sha: CommitSha,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    run_started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    completed_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    updated_at: Option<Timestamp>,
    #[serde(default)]
    html_url: Option<String>,
    /// Of a job.
    #[serde(default)]
    steps: Vec<JobStep>,
}

/// One step of a job.
#[derive(Deserialize)]
struct JobStep {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    completed_at: Option<Timestamp>,
}

impl JobStep {
    /// The step with how long it took, if the host says so.
    fn measured(self) -> Option<Step> {
        let seconds = self.completed_at?.as_second() - self.started_at?.as_second();
        Some(Step { name: self.name?, seconds: u32::try_from(seconds).ok()? })
    }
}

#[derive(Deserialize)]
struct App {
    #[serde(default)]
    slug: Option<String>,
}

#[derive(Deserialize)]
struct StatusPayload {
    id: u64,
    sha: CommitSha,
    context: String,
    state: String,
    #[serde(default, deserialize_with = "moment")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    updated_at: Option<Timestamp>,
    #[serde(default)]
    target_url: Option<String>,
    repository: Repository,
}

pub(in crate::git_host) fn run(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let CheckRunPayload { check_run: run, repository } = parse(hook)?;
    let (order, queued_at, completed_at) = (run.id, run.created_at, run.completed_at);
    let times = Times { queued_at, started_at: run.started_at, completed_at };
    fact(hook, &repository, CheckSource::CheckRun, run, order, times)
}

pub(in crate::git_host) fn workflow_job(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let WorkflowJobPayload { workflow_job: mut job, repository } = parse(hook)?;
    let order = job.run_id.unwrap_or(job.id);
    let times =
        Times { queued_at: job.created_at, started_at: job.started_at, completed_at: job.completed_at };
    let steps = std::mem::take(&mut job.steps);
    let content = fact(hook, &repository, CheckSource::WorkflowJob, job, order, times)?;
    Ok(with_steps(content, steps))
}

/// The report of a job that has ended, and with it how long its steps took, as far as the host says so.
fn with_steps(content: Content, steps: Vec<JobStep>) -> Content {
    let Content::Facts(mut facts) = content else { return content };
    if let [Fact::Check { repository, commit, check }] = facts.as_slice()
        && !check.state.is_pending()
    {
        let Check { name, order, attempt, .. } = check;
        let measured = steps.into_iter().filter_map(JobStep::measured);
        let steps = JobSteps::new(name.clone(), *order, *attempt, measured);
        let (repository, commit) = (repository.clone(), commit.clone());
        // Without any there is nothing to keep.
        if !steps.steps.is_empty() {
            facts.push(Fact::Steps { repository, commit, steps });
        }
    }
    Content::Facts(facts)
}

pub(in crate::git_host) fn workflow_run(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let WorkflowRunPayload { workflow_run: mut run, workflow, repository } = parse(hook)?;
    run.name = run.name.filter(|name| !name.is_empty()).or(workflow.and_then(|workflow| workflow.name));
    // A second try keeps `created_at`. A run has no field for when it ended, but is not touched after that. Gitea has
    // such a field, and no others.
    let started_at = run.run_started_at.or(run.created_at).or(run.started_at);
    let completed_at = run.completed_at.or(run.updated_at);
    let times = Times { queued_at: started_at, started_at, completed_at };
    let order = run.id;
    fact(hook, &repository, CheckSource::WorkflowRun, run, order, times)
}

pub(in crate::git_host) fn status(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let status: StatusPayload = parse(hook)?;
    let state = match status.state.as_str() {
        "pending" => CheckState::Running,
        "success" => CheckState::Passed,
        _ => CheckState::Failed,
    };
    let check = Check {
        name: short(status.context, LONGEST_NAME),
        source: CheckSource::Status,
        workflow: None,
        state,
        conclusion: (!state.is_pending()).then(|| short(status.state, 100)),
        attempt: 1,
        queued_at: None,
        started_at: status.created_at.filter(|_| state.is_pending()),
        completed_at: status.updated_at.filter(|_| !state.is_pending()),
        url: url(status.target_url),
        order: status.id,
    };
    let repository = status.repository.reference(hook)?;
    Ok(Fact::Check { repository, commit: status.sha, check }.into())
}

struct Times {
    queued_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
}

fn fact(
    hook: &Hook<'_>,
    repository: &Repository,
    source: CheckSource,
    run: Run,
    order: u64,
    times: Times,
) -> Result<Content, Unreadable> {
    let state = state(run.status.as_deref(), run.conclusion.as_deref());
    let Some(name) = run.name.filter(|name| !name.is_empty()) else {
        return Ok(Content::Nothing("the check has no name".to_owned()));
    };
    let check = Check {
        name: short(name, LONGEST_NAME),
        source,
        workflow: run
            .workflow_name
            .or(run.app.and_then(|app| app.slug))
            .map(|word| short(word, LONGEST_NAME)),
        state,
        conclusion: run.conclusion.map(|conclusion| short(conclusion, 100)),
        attempt: run.run_attempt.unwrap_or(1),
        queued_at: times.queued_at,
        // GitHub fills the field before a runner has taken the job.
        started_at: times.started_at.filter(|_| state != CheckState::Queued),
        completed_at: times.completed_at.filter(|_| !state.is_pending()),
        url: url(run.html_url),
        order,
    };
    Ok(Fact::Check { repository: repository.reference(hook)?, commit: run.head_sha, check }.into())
}

/// How far a run is. A word that is not known is never green: as a status it is "not yet", as a result it is red.
fn state(status: Option<&str>, conclusion: Option<&str>) -> CheckState {
    match (status, conclusion) {
        (Some("completed"), Some("success")) => CheckState::Passed,
        (Some("completed"), Some("skipped" | "neutral")) => CheckState::Skipped,
        (Some("completed"), _) => CheckState::Failed,
        (Some("in_progress"), _) => CheckState::Running,
        _ => CheckState::Queued,
    }
}
