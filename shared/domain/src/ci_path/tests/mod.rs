//! Paths and trends computed by hand.

mod paths;
mod trends;

use jiff::{SignedDuration, Timestamp};

use super::*;

/// So many seconds after the push.
fn at(second: i64) -> Timestamp {
    let push: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    push + SignedDuration::from_secs(second)
}

/// A job that was asked for, taken by a runner, and ended.
fn job(name: &str, queued: i64, started: i64, ended: i64) -> Job {
    Job {
        name: name.to_owned(),
        state: CheckState::Passed,
        attempt: 1,
        queued_at: at(queued),
        started_at: at(started),
        ended_at: Some(at(ended)),
        url: None,
        steps: Vec::new(),
    }
}

fn run(registered: i64, jobs: impl Into<Vec<Job>>) -> Run {
    Run {
        service: "shop".parse().unwrap(),
        commit: "1".repeat(40).parse().unwrap(),
        title: "Change 1".to_owned(),
        artifact: Digest::from_bytes([1; 32]),
        pushed_at: Some(at(0)),
        registered_at: at(registered),
        jobs: jobs.into(),
    }
}

fn step(name: &str, seconds: u32) -> Step {
    Step { name: name.to_owned(), seconds }
}
