//! `Pipeline Hook` and `Job Hook`: CI reports on a commit.
//!
//! Jobs of a pipeline are told of by both, and say the same if only whole seconds count: pipelines have no more. A job
//! that is tried again is another job with a higher number, and so is that of a later pipeline, so the number is the
//! order. Which try it is, only one of the two says, so it is not kept.

use domain::CommitSha;
use domain::check::{Check, CheckSource, CheckState};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Project;
use crate::git_host::parts::{moment, reference, short, url};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

/// How much of a name is kept.
const LONGEST_NAME: usize = 255;
/// How many jobs of a pipeline are kept: what fits one transaction.
const MOST_JOBS: usize = 40;

#[derive(Deserialize)]
struct PipelinePayload {
    object_attributes: Pipeline,
    project: Project,
    #[serde(default)]
    builds: Vec<Job>,
}

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
    sha: CommitSha,
    /// Given by `workflow:name`, else null.
    #[serde(default)]
    name: Option<String>,
    status: String,
    #[serde(default, deserialize_with = "moment")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    finished_at: Option<Timestamp>,
    #[serde(default)]
    queued_duration: Option<f64>,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Job {
    id: u64,
    name: String,
    status: String,
    #[serde(default, deserialize_with = "moment")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    finished_at: Option<Timestamp>,
    #[serde(default)]
    queued_duration: Option<f64>,
}

#[derive(Deserialize)]
struct JobPayload {
    sha: CommitSha,
    build_id: u64,
    build_name: String,
    build_status: String,
    #[serde(default, deserialize_with = "moment")]
    build_started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    build_finished_at: Option<Timestamp>,
    #[serde(default)]
    build_queued_duration: Option<f64>,
    #[serde(default)]
    commit: Option<OfPipeline>,
    #[serde(default)]
    project: Option<Project>,
    #[serde(default)]
    repository: Option<OldRepository>,
}

/// What the field `commit` of a job is: the pipeline.
#[derive(Deserialize)]
struct OfPipeline {
    #[serde(default)]
    name: Option<String>,
}

/// All that older servers say of the project.
#[derive(Deserialize)]
struct OldRepository {
    #[serde(default)]
    homepage: Option<String>,
}

pub(super) fn pipeline(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let PipelinePayload { object_attributes: pipeline, project, mut builds } = parse(hook)?;
    let repository = reference(hook, &project.path_with_namespace)?;
    let workflow = pipeline.name.filter(|name| !name.is_empty()).map(|name| short(name, LONGEST_NAME));
    let state = state(&pipeline.status);
    let started_at = pipeline.created_at.zip(pipeline.queued_duration).and_then(|(at, wait)| later(at, wait));
    let whole = Check {
        name: workflow.clone().unwrap_or_else(|| "pipeline".to_owned()),
        source: CheckSource::WorkflowRun,
        workflow: None,
        state,
        conclusion: conclusion(state, pipeline.status),
        attempt: 1,
        queued_at: pipeline.created_at,
        started_at: started_at.filter(|_| state != CheckState::Queued),
        completed_at: pipeline.finished_at.filter(|_| !state.is_pending()),
        url: url(pipeline.url),
        order: pipeline.id,
    };
    // Of jobs of one name only the newest counts, and a transaction writes a row once.
    builds.sort_by(|a, b| (&a.name, b.id).cmp(&(&b.name, a.id)));
    builds.dedup_by(|later, first| later.name == first.name);
    builds.truncate(MOST_JOBS);
    let jobs = builds.into_iter().map(|job| {
        let page = project.web_url.as_ref().map(|web| format!("{web}/-/jobs/{}", job.id));
        Check { url: url(page), ..check(job, workflow.clone()) }
    });
    let fact = |check| Fact::Check { repository: repository.clone(), commit: pipeline.sha.clone(), check };
    Ok(Content::Facts(std::iter::once(whole).chain(jobs).map(fact).collect()))
}

pub(super) fn job(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let payload: JobPayload = parse(hook)?;
    let path = payload.project.as_ref().map(|project| project.path_with_namespace.clone());
    let path = path.or_else(|| path_of(payload.repository?.homepage?));
    let Some(path) = path else {
        return Err(Unreadable("the job does not say of which project it is".to_owned()));
    };
    let web = payload.project.and_then(|project| project.web_url);
    let page = web.map(|web| format!("{web}/-/jobs/{}", payload.build_id));
    let workflow = payload.commit.and_then(|pipeline| pipeline.name).filter(|name| !name.is_empty());
    let job = Job {
        id: payload.build_id,
        name: payload.build_name,
        status: payload.build_status,
        started_at: payload.build_started_at,
        finished_at: payload.build_finished_at,
        queued_duration: payload.build_queued_duration,
    };
    let workflow = workflow.map(|name| short(name, LONGEST_NAME));
    let check = Check { url: url(page), ..check(job, workflow) };
    Ok(Fact::Check { repository: reference(hook, &path)?, commit: payload.sha, check }.into())
}

fn check(job: Job, workflow: Option<String>) -> Check {
    let state = state(&job.status);
    let started_at = job.started_at.map(whole).filter(|_| state != CheckState::Queued);
    // When a job was made does not count: it waits for the stages before it, and only then for a runner.
    let queued_at = started_at.zip(job.queued_duration).and_then(|(at, wait)| later(at, -wait));
    Check {
        name: short(job.name, LONGEST_NAME),
        source: CheckSource::WorkflowJob,
        workflow,
        state,
        conclusion: conclusion(state, job.status),
        attempt: 1,
        queued_at,
        started_at,
        completed_at: job.finished_at.map(whole).filter(|_| !state.is_pending()),
        url: None,
        order: job.id,
    }
}

/// How far it is. A word that is not known is red, and a job that waits for a person is not green.
fn state(status: &str) -> CheckState {
    match status {
        "success" => CheckState::Passed,
        "skipped" => CheckState::Skipped,
        "running" | "canceling" => CheckState::Running,
        "created"
        | "pending"
        | "preparing"
        | "scheduled"
        | "manual"
        | "waiting_for_resource"
        | "waiting_for_callback" => CheckState::Queued,
        _ => CheckState::Failed,
    }
}

fn conclusion(state: CheckState, status: String) -> Option<String> {
    (!state.is_pending()).then(|| short(status, 100))
}

/// The second that it is in.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// So many seconds later, in milliseconds; `None` for what is no time.
fn later(at: Timestamp, seconds: f64) -> Option<Timestamp> {
    let wait = SignedDuration::try_from_secs_f64((seconds * 1_000.0).round() / 1_000.0).ok()?;
    at.checked_add(wait).ok()
}

/// The path of a project from the address of its page.
fn path_of(homepage: String) -> Option<String> {
    let (_, rest) = homepage.split_once("://")?;
    rest.split_once('/').map(|(_, path)| path.to_owned())
}
