//! Many runs together, beside what the manifest allows.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CriticalPath, Run, Trend, trend};
use crate::CommitSha;
use crate::figure::{Figure, Share, Spread};

/// How the figures come from the runs, in words.
pub const FORMULA: &str = "For each commit whose first artifact was registered in the window, from the push received \
    to the artifact registered, along the longest chain of jobs. The git host does not say which job needed which, so \
    a job is taken to follow the one that ended last before it was asked for, and the last job is the one that ran \
    when the artifact was registered. Queue is the time the chain's jobs waited for a runner, run the time they ran, \
    other what no job explains. A run with a job that was run again is counted apart, because only the last try's \
    times are known.";

/// What many runs add up to. Lengths are in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// All runs of the window.
    pub runs: usize,
    /// Those with a job that was run again: counted apart.
    pub reruns: usize,
    /// From push to artifact.
    pub total: Figure<Spread>,
    /// Of that, waiting for a runner.
    pub queue: Figure<Spread>,
    /// Of that, running.
    pub run: Figure<Spread>,
    /// Of that, what no job explains.
    pub other: Figure<Spread>,
    /// How many took longer than they should.
    pub over_budget: Figure<Share>,
    /// Whether it gets slower, and what makes it so.
    pub trend: Trend,
    /// Every run whose path is known, oldest first.
    pub points: Vec<Point>,
}

/// One run, for a plot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CiPoint")]
pub struct Point {
    /// When its artifact was registered.
    pub at: Timestamp,
    /// The commit.
    pub commit: CommitSha,
    /// The first line of its message.
    pub title: String,
    /// From push to artifact, in seconds.
    pub seconds: u64,
    /// Of that, waiting for a runner.
    pub queue: u64,
    /// Of that, running.
    pub run: u64,
    /// Of that, what no job explains.
    pub other: u64,
    /// Whether a job was run again.
    pub rerun: bool,
    /// Whether it took longer than it should.
    pub over: bool,
}

/// Adds up the runs of a window, newest first, beside a budget in seconds.
pub fn summarize(runs: &[Run], budget: u64) -> Summary {
    let known: Vec<(&Run, CriticalPath)> =
        runs.iter().filter_map(|run| Some((run, run.critical_path()?))).collect();
    let paths: Vec<&CriticalPath> =
        known.iter().filter(|(run, _)| !run.is_rerun()).map(|(_, path)| path).collect();
    let rows = runs.iter().filter(|run| !run.is_rerun()).count();
    let left_out = rows - paths.len();
    let nothing = match (runs.len(), rows) {
        (0, _) => "no artifact was registered in this window",
        (_, 0) => "every run in this window had a job that was run again",
        _ => "no push is known of these runs",
    };
    let spread = |part: fn(&CriticalPath) -> u64| {
        Figure::new(Spread::of(paths.iter().copied().map(part)), nothing, rows, left_out)
    };
    let point = |(run, path): &(&Run, CriticalPath)| Point {
        at: run.registered_at,
        commit: run.commit.clone(),
        title: run.title.clone(),
        seconds: path.seconds,
        queue: path.queue,
        run: path.run,
        other: path.other,
        rerun: run.is_rerun(),
        over: path.seconds > budget,
    };
    Summary {
        runs: runs.len(),
        reruns: runs.len() - rows,
        total: spread(|path| path.seconds),
        queue: spread(|path| path.queue),
        run: spread(|path| path.run),
        other: spread(|path| path.other),
        over_budget: Figure::new(
            Share::of(paths.iter().map(|path| path.seconds > budget)),
            nothing,
            rows,
            left_out,
        ),
        trend: trend(runs),
        points: known.iter().rev().map(point).collect(),
    }
}
