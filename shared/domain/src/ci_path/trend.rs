//! Whether CI gets slower, and which job or step makes it so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Job, Run};
use crate::figure::Spread;

/// How many of the newest runs are compared with as many before them.
const RECENT: usize = 10;
/// How many runs each side must have at least.
const FEWEST: usize = 5;
/// How much longer something must take to be named: so many seconds, and such a share of what it took before.
const NOTABLE_SECONDS: u64 = 10;
const NOTABLE_PERCENT: u64 = 20;

/// Whether CI has become slower.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trend {
    /// It has, and this grew most.
    Slower(Regression),
    /// Nothing takes notably longer than before.
    Steady {
        /// How many of the newest runs were compared.
        newest: usize,
        /// With how many before them.
        before: usize,
    },
    /// There are too few runs to say.
    TooFew {
        /// Runs at the first try, with their times known.
        runs: usize,
        /// How many are needed.
        needed: usize,
    },
}

/// What of a job takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Waiting for a runner.
    Queue,
    /// Running.
    Run,
}

/// A job, or one step of it, that takes longer than it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Regression {
    /// The job.
    pub job: String,
    /// What of it.
    pub part: Part,
    /// The step, if one explains at least half of what the job takes longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The median of the newest runs, in seconds; of the step if one is named.
    pub now: u64,
    /// The median of those before.
    pub before: u64,
    /// How many of the newest runs had it.
    pub newest_runs: usize,
    /// How many of those before had it.
    pub runs_before: usize,
}

impl Regression {
    /// How much longer it takes, in seconds.
    pub fn longer_by(&self) -> u64 {
        self.now.saturating_sub(self.before)
    }
}

/// Compares the newest ten runs with the ten before, job by job. `runs` are newest first.
///
/// Runs with a job that was run again are left out: their times are those of the last try only.
/// A job is named when its median grew by ten seconds and a fifth, and three quarters of its newest runs took longer
/// than the median before, so that a few slow ones do not raise an alarm.
pub fn trend(runs: &[Run]) -> Trend {
    let clean: Vec<&Run> = runs.iter().filter(|run| !run.is_rerun() && !run.jobs.is_empty()).collect();
    let (newest, before) = clean.split_at(clean.len().min(RECENT));
    let before = &before[..before.len().min(RECENT)];
    if newest.len() < RECENT || before.len() < FEWEST {
        return Trend::TooFew { runs: clean.len(), needed: RECENT + FEWEST };
    }
    let (now, then) = (lengths(newest), lengths(before));
    let mut found: Vec<Regression> = now
        .iter()
        .filter(|(what, _)| what.step.is_none())
        .filter_map(|(what, lengths)| compare(what, lengths, then.get(what)?))
        .collect();
    found.sort_by(|a, b| b.longer_by().cmp(&a.longer_by()).then_with(|| a.job.cmp(&b.job)));
    match found.into_iter().next() {
        None => Trend::Steady { newest: newest.len(), before: before.len() },
        Some(job) => Trend::Slower(by_step(&job, &now, &then).unwrap_or(job)),
    }
}

/// What is measured of each run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct What {
    job: String,
    part: Part,
    step: Option<String>,
}

type Lengths = BTreeMap<What, Vec<u64>>;

fn lengths(runs: &[&Run]) -> Lengths {
    let mut all = Lengths::new();
    for job in runs.iter().flat_map(|run| &run.jobs) {
        let Some(ran) = ran(job) else { continue };
        let mut add = |part, step: Option<&str>, seconds| {
            let what = What { job: job.name.clone(), part, step: step.map(str::to_owned) };
            all.entry(what).or_default().push(seconds);
        };
        add(Part::Queue, None, waited(job));
        add(Part::Run, None, ran);
        for step in &job.steps {
            add(Part::Run, Some(&step.name), step.seconds.into());
        }
    }
    all
}

fn ran(job: &Job) -> Option<u64> {
    u64::try_from(job.ended_at?.as_second() - job.started_at.as_second()).ok()
}

fn waited(job: &Job) -> u64 {
    u64::try_from(job.started_at.as_second() - job.queued_at.as_second()).unwrap_or(0)
}

fn compare(what: &What, newest: &[u64], before: &[u64]) -> Option<Regression> {
    if newest.len() < FEWEST || before.len() < FEWEST {
        return None;
    }
    let now = Spread::of(newest.iter().copied())?.median;
    let then = Spread::of(before.iter().copied())?.median;
    let grew = now.checked_sub(then)?;
    let most_are_longer = newest.iter().filter(|length| **length > then).count() * 4 >= newest.len() * 3;
    let notable = grew >= NOTABLE_SECONDS && grew * 100 >= then * NOTABLE_PERCENT && most_are_longer;
    notable.then(|| Regression {
        job: what.job.clone(),
        part: what.part,
        step: what.step.clone(),
        now,
        before: then,
        newest_runs: newest.len(),
        runs_before: before.len(),
    })
}

/// The step that explains at least half of what the job takes longer.
///
/// Only a job's longest steps are known. So one that was not among them before counts as new, from zero.
fn by_step(job: &Regression, now: &Lengths, then: &Lengths) -> Option<Regression> {
    let steps =
        now.iter().filter(|(what, _)| what.job == job.job && what.part == job.part && what.step.is_some());
    let compared = steps.filter_map(|(what, newest)| {
        let absent = vec![0; job.runs_before];
        compare(what, newest, then.get(what).unwrap_or(&absent))
    });
    let most = compared.max_by_key(Regression::longer_by)?;
    (most.longer_by() * 2 >= job.longer_by()).then_some(most)
}
