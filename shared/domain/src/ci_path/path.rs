//! The longest chain of jobs from a push to its artifact.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Job, Run};

/// The chain of jobs that an artifact had to wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CriticalPath {
    /// When the push was received.
    pub from: Timestamp,
    /// When the artifact was registered.
    pub to: Timestamp,
    /// From the one to the other, in seconds: `queue`, `run` and `other` together.
    pub seconds: u64,
    /// Waiting for a runner.
    pub queue: u64,
    /// Running.
    pub run: u64,
    /// What no job explains: the host's delay before a job was asked for, and after the last job of the chain.
    pub other: u64,
    /// The jobs of the chain, in order.
    pub links: Vec<Link>,
}

/// A job's part of the path. Parts do not overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CriticalLink")]
pub struct Link {
    /// The job's name.
    pub job: String,
    /// From when it waited for a runner.
    pub queued_at: Timestamp,
    /// From when it ran.
    pub started_at: Timestamp,
    /// Until when it ran, or the artifact was registered.
    pub ended_at: Timestamp,
    /// Waiting for a runner, in seconds.
    pub queue: u64,
    /// Running, in seconds.
    pub run: u64,
}

/// Hosts tell times in whole seconds, so a job can seem to be asked for just before the one it needs ended.
const RESOLUTION: i64 = 1;

impl Run {
    /// The chain of jobs that the artifact had to wait for; `None` while the push is not known, or is later than the
    /// artifact.
    ///
    /// It is followed backwards. The last job is the one that registered the artifact: of those running then, the one
    /// that ended first, because a job that uploads is soon done; if none ran, the one that had ended last. The job
    /// before any other is the one that ended last before that one was asked for, because a job that needs others is
    /// asked for when the last of them ends.
    pub fn critical_path(&self) -> Option<CriticalPath> {
        let (from, to) = (self.pushed_at?, self.registered_at);
        if to < from {
            return None;
        }
        let mut chain = Vec::new();
        let mut next = self.last_job();
        while let Some(job) = next {
            chain.push(job);
            next = self.job_before(job);
        }
        chain.reverse();
        let mut end = from;
        let mut links = Vec::new();
        for job in chain {
            // A job asked for before the push belongs to an earlier run of the same commit: only what is within counts.
            let queued_at = job.queued_at.clamp(end, to);
            let started_at = job.started_at.clamp(queued_at, to);
            let ended_at = job.ended_at.unwrap_or(to).clamp(started_at, to);
            let (queue, run) = (between(queued_at, started_at), between(started_at, ended_at));
            links.push(Link { job: job.name.clone(), queued_at, started_at, ended_at, queue, run });
            end = ended_at;
        }
        let queue = links.iter().map(|link| link.queue).sum();
        let run = links.iter().map(|link| link.run).sum();
        let seconds = between(from, to);
        Some(CriticalPath {
            from,
            to,
            seconds,
            queue,
            run,
            other: seconds.saturating_sub(queue + run),
            links,
        })
    }

    fn last_job(&self) -> Option<&Job> {
        let begun = || self.jobs.iter().filter(|job| job.started_at <= self.registered_at);
        let end = |job: &&Job| job.ended_at.unwrap_or(Timestamp::MAX);
        let running = begun().filter(|job| end(job) >= self.registered_at).min_by_key(end);
        running.or_else(|| begun().max_by_key(end))
    }

    fn job_before(&self, job: &Job) -> Option<&Job> {
        let asked = job.queued_at.as_second() + RESOLUTION;
        let earlier = self.jobs.iter().filter(|other| {
            // Strictly earlier, so that a chain ends.
            other.queued_at < job.queued_at && other.ended_at.is_some_and(|ended| ended.as_second() <= asked)
        });
        earlier.max_by_key(|other| other.ended_at)
    }
}

/// Whole seconds from one moment to a later one. Moments are cut to seconds first, so that parts add up to the whole.
fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}
