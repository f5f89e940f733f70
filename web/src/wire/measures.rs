//! The figures of delivery and of CI.

use domain::check::CheckState;
use domain::{CommitSha, EnvironmentName, PromotionId, ServiceName};
use jiff::Timestamp;
use serde_json::Value;

use crate::wire::value::field;
use crate::wire::{Mismatch, Page, Release, Wire, wire};

/// A figure, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure<T> {
    /// The figure. Absent is not zero.
    pub(crate) value: Option<T>,
    /// Why there is none.
    pub(crate) no_data: Option<String>,
    /// How many rows it looked at.
    pub(crate) rows: usize,
    /// How many of them could not be measured.
    pub(crate) left_out: usize,
}

impl<T: Wire> Wire for Figure<T> {
    type Api = domain::figure::Figure<T::Api>;

    fn read(value: &Value) -> Result<Self, Mismatch> {
        Ok(Self {
            value: field(value, "value")?,
            no_data: field(value, "no_data")?,
            rows: field(value, "rows")?,
            left_out: field(value, "left_out")?,
        })
    }
}

wire! {
    /// How many of how many.
    Share = domain::figure::Share {
        /// Those counted.
        count: usize,
        /// All of them.
        of: usize,
        /// The one divided by the other.
        share: f64,
    }

    /// The middle and the slow end of several lengths of time, in seconds.
    Spread = domain::figure::Spread {
        /// Half of them are no longer.
        median: u64,
        /// Nine of ten are no longer.
        p90: u64,
    }

    /// How often a change reaches all users.
    Frequency = domain::dora::Frequency {
        /// The deployments of the window.
        deployments: usize,
        /// On average in seven days.
        per_week: f64,
        /// On how many days there was one.
        days_with: usize,
    }

    /// All figures of one window.
    Report = domain::dora::Report {
        /// How often a change reaches all users.
        deployment_frequency: Figure<Frequency>,
        /// From commit to all users.
        lead_time: Figure<Spread>,
        /// From merge to all users.
        lead_time_from_merge: Figure<Spread>,
        /// How many changes had to be taken back.
        change_fail_rate: Figure<Share>,
        /// From a failed change's first traffic to a good artifact again.
        recovery_time: Figure<Spread>,
        /// How many deployments repaired an earlier one.
        rework_rate: Figure<Share>,
    }

    /// What happened in one piece of a window.
    DoraPoint = domain::dora::Point {
        /// The moment after its last.
        to: Timestamp,
        /// Changes that reached all users.
        deployments: usize,
        /// Changes that failed.
        failed: usize,
        /// Deployments that repaired an earlier one.
        rework: usize,
        /// From commit to all users.
        lead_time: Option<Spread>,
        /// From a failed change's first traffic to a good artifact again.
        recovery_time: Option<Spread>,
    }

    /// The figures of one service.
    Dora = api::dora::DoraView {
        /// What counts as production.
        environment: EnvironmentName,
        /// How long the window is, in days.
        days: u16,
        /// The first promotion to production that is known.
        observed_since: Option<Timestamp>,
        /// Whether the oldest promotions are missing.
        truncated: bool,
        /// The window up to now.
        current: Report,
        /// The window before it.
        previous: Report,
        /// The window in pieces, oldest first.
        points: Vec<DoraPoint>,
    }

    /// The figures of one of several services.
    ServiceDora = api::dora::ServiceDora {
        /// The service.
        service: ServiceName,
        /// Whether the oldest promotions are missing.
        truncated: bool,
        /// The window up to now.
        current: Report,
    }

    /// A commit on its way to production.
    ShippedCommit = domain::dora::ShippedCommit {
        /// The commit.
        sha: CommitSha,
        /// The first line of its message.
        title: String,
        /// The pull request that brought it.
        pull_request: Option<u64>,
    }

    /// One thing that a figure looks at.
    DoraRow = domain::dora::Row {
        /// The promotion.
        promotion: PromotionId,
        /// What it brought.
        release: Release,
        /// The moment that puts it into the window.
        at: Timestamp,
        /// Whether it counts.
        counts: bool,
        /// Why it counts, or why not.
        because: String,
        /// `inferred` or `explicit`, where it says that one thing caused another.
        link: Option<String>,
        /// The commit, where each commit has a row.
        commit: Option<ShippedCommit>,
        /// The seconds that were measured.
        seconds: Option<u64>,
    }

    /// A job of CI.
    Job = domain::ci_path::Job {
        /// Its name.
        name: String,
        /// How far it is.
        state: CheckState,
        /// Which try this is, from 1.
        attempt: u32,
        /// When it was asked for.
        queued_at: Timestamp,
        /// When a runner took it.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Option<Timestamp>,
    }

    /// A job's part of the way to an artifact.
    CriticalLink = domain::ci_path::Link {
        /// The job.
        job: String,
    }

    /// What an artifact had to wait for. Lengths are in seconds.
    CriticalPath = domain::ci_path::CriticalPath {
        /// From push to artifact.
        seconds: u64,
        /// Waiting for a runner.
        queue: u64,
        /// Running.
        run: u64,
        /// What no job explains.
        other: u64,
        /// The jobs, in order.
        links: Vec<CriticalLink>,
    }

    /// A commit's way through CI.
    CiRun = api::ci::CiRunView {
        /// The commit.
        commit: CommitSha,
        /// The first line of its message.
        title: String,
        /// When it was pushed, if that is known.
        pushed_at: Option<Timestamp>,
        /// When its artifact was registered.
        registered_at: Timestamp,
        /// Its jobs.
        jobs: Vec<Job>,
        /// What the artifact waited for.
        path: Option<CriticalPath>,
    }

    /// One run, for a plot. Lengths are in seconds.
    CiPoint = domain::ci_path::Point {
        /// When its artifact was registered.
        at: Timestamp,
        /// The commit.
        commit: CommitSha,
        /// The first line of its message.
        title: String,
        /// From push to artifact.
        seconds: u64,
        /// Waiting for a runner.
        queue: u64,
        /// Running.
        run: u64,
        /// What no job explains.
        other: u64,
        /// Whether a job was run again.
        rerun: bool,
        /// Whether it took longer than it should.
        over: bool,
    }

    /// Whether CI gets slower; which fields there are depends on the kind.
    Trend = domain::ci_path::Trend {
        /// `slower`, `steady` or `too_few`.
        kind: String,
        /// The job that takes longer.
        job: Option<String>,
        /// `queue` or `run`.
        part: Option<String>,
        /// The step of it that explains most.
        step: Option<String>,
        /// How long it takes, in seconds.
        now: Option<u64>,
        /// How long it took; of a steady trend, how many runs were compared.
        before: Option<u64>,
        /// How many of the newest runs had it.
        newest_runs: Option<usize>,
        /// How many before had it.
        runs_before: Option<usize>,
        /// How many of the newest runs were compared.
        newest: Option<usize>,
        /// How many runs there are, where they are too few.
        runs: Option<usize>,
        /// How many are needed.
        needed: Option<usize>,
    }

    /// How long commits take from push to artifact.
    Ci = api::ci::CiView {
        /// How long it should take at most, in seconds.
        budget: u64,
        /// Whether the manifest says nothing about that.
        budget_is_default: bool,
        /// Whether the oldest runs are missing.
        truncated: bool,
        /// All runs of the window.
        runs: usize,
        /// Those with a job that was run again.
        reruns: usize,
        /// From push to artifact.
        total: Figure<Spread>,
        /// Waiting for a runner.
        queue: Figure<Spread>,
        /// Running.
        run: Figure<Spread>,
        /// How many took longer than they should.
        over_budget: Figure<Share>,
        /// Whether it gets slower.
        trend: Trend,
        /// Every run whose path is known, oldest first.
        points: Vec<CiPoint>,
        /// The newest run.
        last: Option<CiRun>,
        /// How the figures come from the runs.
        formula: String,
    }
}

/// What a figure is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DoraRows {
    /// How it comes from these rows.
    pub(crate) formula: String,
    /// How many there are on all pages.
    pub(crate) rows: usize,
    /// This page of them.
    pub(crate) page: Page<DoraRow>,
}

impl Wire for DoraRows {
    type Api = api::dora::DoraRows;

    fn read(value: &Value) -> Result<Self, Mismatch> {
        let (formula, rows) = (field(value, "formula")?, field(value, "rows")?);
        Ok(Self { formula, rows, page: Page::read(value)? })
    }
}

impl AsRef<Page<DoraRow>> for DoraRows {
    fn as_ref(&self) -> &Page<DoraRow> {
        &self.page
    }
}
