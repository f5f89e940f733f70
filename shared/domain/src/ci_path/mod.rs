//! How long a commit takes through CI: from the push received to the artifact registered.
//!
//! A git host says of each job when it was asked for, when a runner took it and when it ended, but not which job
//! needed which: GitHub's webhook does not carry `needs`.
//! So the order is inferred from the times ([`Run::critical_path`]), and what no job explains is shown as waiting on
//! nobody in particular, not given to a job.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::check::{Check, CheckSource, CheckState};
use crate::{CommitSha, Digest, ServiceName};

mod path;
mod summary;
#[cfg(test)]
mod tests;
mod trend;

pub use path::{CriticalPath, Link};
pub use summary::{FORMULA, Point, Summary, summarize};
pub use trend::{Part, Regression, Trend, trend};

/// How many jobs of a run are kept: those that ended last.
pub const MOST_JOBS: usize = 40;
/// How many steps of a job are kept: the longest.
pub const MOST_STEPS: usize = 8;
/// How many characters of a step's name are kept.
pub const LONGEST_STEP_NAME: usize = 80;

/// A commit's way through CI, as far as it is known: kept for good, and small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The service.
    pub service: ServiceName,
    /// The commit.
    pub commit: CommitSha,
    /// The first line of its message; empty while the push is not known.
    pub title: String,
    /// The first artifact built from it.
    pub artifact: Digest,
    /// When it was pushed; absent while the push is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// When its artifact was registered.
    pub registered_at: Timestamp,
    /// Its jobs, in the order in which they were asked for.
    pub jobs: Vec<Job>,
}

/// One job of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// Its name, as the git host shows it.
    pub name: String,
    /// How far it is.
    pub state: CheckState,
    /// Which try this is, from 1. Only the last try's times are known.
    pub attempt: u32,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// When a runner took it.
    pub started_at: Timestamp,
    /// When it ended; absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Its page on the git host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its longest steps, the longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// One step of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Its name, shortened.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: u32,
}

/// The longest steps of a job, as the git host told them when it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSteps {
    /// The job's name.
    pub job: String,
    /// The order of the report they come from; see [`Check::order`].
    pub order: u64,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// The longest steps, the longest first.
    pub steps: Vec<Step>,
}

impl JobSteps {
    /// Keeps the longest of these steps.
    pub fn new(job: String, order: u64, attempt: u32, steps: impl IntoIterator<Item = Step>) -> Self {
        let mut steps: Vec<Step> = steps
            .into_iter()
            .filter(|step| step.seconds > 0)
            .map(|step| Step { name: step.name.chars().take(LONGEST_STEP_NAME).collect(), ..step })
            .collect();
        steps.sort_by(|a, b| b.seconds.cmp(&a.seconds).then_with(|| a.name.cmp(&b.name)));
        steps.truncate(MOST_STEPS);
        Self { job, order, attempt, steps }
    }

    /// Whether these should replace those known: of a newer run, or of a later try of the same.
    ///
    /// A total order, so the same reports leave the same steps in whatever order they arrive: two jobs of one name
    /// in one try are told apart by nothing but their steps.
    pub fn replaces(&self, known: &Self) -> bool {
        (self.order, self.attempt, &self.steps) > (known.order, known.attempt, &known.steps)
    }
}

/// The jobs among what CI reported of a commit, in the order in which they were asked for.
///
/// A job is often reported a second time as a check run, which knows less. So jobs are taken where there are any, else
/// check runs, else statuses; and of these only what has begun, because the others have no place in time.
pub fn jobs(checks: &[Check], steps: &[JobSteps]) -> Vec<Job> {
    let of = |source: CheckSource| checks.iter().filter(move |check| check.source == source);
    let sources = [CheckSource::WorkflowJob, CheckSource::CheckRun, CheckSource::Status];
    let Some(source) = sources.into_iter().find(|source| of(*source).next().is_some()) else {
        return Vec::new();
    };
    let job = |check: &Check| {
        let started_at = check.started_at?;
        let queued_at = check.queued_at.map_or(started_at, |queued| queued.min(started_at));
        let own = |steps: &&JobSteps| {
            steps.job == check.name && steps.order == check.order && steps.attempt == check.attempt
        };
        Some(Job {
            name: check.name.clone(),
            state: check.state,
            attempt: check.attempt,
            queued_at,
            started_at,
            ended_at: check.completed_at.map(|ended| ended.max(started_at)),
            url: check.url.clone(),
            steps: steps.iter().find(own).map(|steps| steps.steps.clone()).unwrap_or_default(),
        })
    };
    let ran = |check: &&Check| check.state != CheckState::Skipped;
    let mut jobs: Vec<Job> = of(source).filter(ran).filter_map(job).collect();
    jobs.sort_by(|a, b| b.ended_at.unwrap_or(Timestamp::MAX).cmp(&a.ended_at.unwrap_or(Timestamp::MAX)));
    jobs.truncate(MOST_JOBS);
    jobs.sort_by(|a, b| (a.queued_at, &a.name).cmp(&(b.queued_at, &b.name)));
    jobs
}

impl Run {
    /// Whether a job was run again: then its times are those of the last try, and it is counted apart.
    pub fn is_rerun(&self) -> bool {
        self.jobs.iter().any(|job| job.attempt > 1)
    }
}
