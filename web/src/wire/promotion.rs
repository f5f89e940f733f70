//! Promotions.

use api::promotion::{Origin, Phase};
use domain::analysis::Verdict;
use domain::gates::Diff;
use domain::{Digest, EnvironmentName, Period, PromotionId, ServiceName, TrainId, Weight};
use jiff::Timestamp;
use serde_json::Value;

use crate::wire::value::field;
use crate::wire::{Action, Mismatch, Release, Ships, Wire, error_share, wire};

wire! {
    /// A promotion as lists show it.
    PromotionSummary = api::promotion::PromotionSummary {
        /// Its identifier.
        id: PromotionId,
        /// The service.
        service: ServiceName,
        /// The environment.
        environment: EnvironmentName,
        /// What it brings.
        release: Release,
        /// What it replaces.
        replaces: Option<Release>,
        /// Who or what asked for it.
        origin: Origin,
        /// Who asked, for people.
        by: String,
        /// Where it is.
        phase: Phase,
        /// The share of traffic it has, or last had.
        weight: Weight,
        /// The step it is at, from 1, and how many there are.
        step: Option<(usize, usize)>,
        /// When the step's bake ends.
        bakes_until: Option<Timestamp>,
        /// "Why not yet", one sentence for each closed gate; or the decision a person is asked for.
        waits_for: Vec<String>,
        /// Why it ended, unless all went well.
        reason: Option<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it ended.
        finished_at: Option<Timestamp>,
        /// What it does to the environment, to be sent with an approval.
        diff: Diff,
        /// The train it goes with.
        train: Option<TrainId>,
        /// Whether the caller may approve it, or why not. Absent when there is nothing to approve.
        approve: Option<Action>,
        /// Whether the caller may cancel it, or why not.
        cancel: Action,
    }

    /// One gate of a promotion.
    GateView = api::promotion::GateView {
        /// The word for it.
        gate: String,
        /// Whether it is open.
        open: bool,
        /// What it asks for or waits for.
        sentence: String,
        /// When time alone opens it.
        opens_at: Option<Timestamp>,
        /// Who could open it.
        people: Vec<String>,
        /// Whether it was closed, and passed in an emergency.
        overridden: Option<bool>,
        /// Whether two people may pass it in an emergency, if it is closed.
        can_be_overridden: Option<bool>,
    }

    /// Somebody agreed.
    ApprovalView = api::promotion::ApprovalView {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why it counts no more; absent if it counts.
        void: Option<String>,
    }

    /// An emergency in which a promotion passes its gates.
    OverrideView = api::promotion::OverrideView {
        /// Who asked.
        asked_by: String,
        /// When.
        asked_at: Timestamp,
        /// Why.
        reason: String,
        /// The second person, once there is one.
        confirmed_by: Option<String>,
        /// When they confirmed.
        confirmed_at: Option<Timestamp>,
        /// Why it counts no more; absent if it counts.
        void: Option<String>,
        /// One sentence for each gate that was closed when the rollout began.
        overrode: Vec<String>,
        /// Whether the caller may confirm it, or why not. Absent when there is nothing to confirm.
        confirm: Option<Action>,
    }

    /// The requests of a release over a span of time.
    Measured = domain::analysis::Measured {
        /// How many.
        requests: u64,
        /// How many of them failed.
        errors: u64,
        /// Half of them were faster.
        p50: Option<Period>,
        /// 95 % of them were faster.
        p95: Option<Period>,
        /// 99 % of them were faster.
        p99: Option<Period>,
    }

    /// The new release beside the old one.
    Comparison = domain::analysis::Comparison {
        /// The release being rolled out.
        new: Measured,
        /// The release it replaces, if there is one.
        old: Option<Measured>,
    }

    /// One step of a rollout, planned, under way or over.
    StepView = api::promotion::StepView {
        /// The share of traffic.
        weight: Weight,
        /// How long it is watched.
        bake: Period,
        /// `planned`, `rolling`, `baking`, `passed`, `skipped`, `failed` or `stopped`.
        status: String,
        /// When it began.
        started_at: Option<Timestamp>,
        /// When the release had its share.
        reached_at: Option<Timestamp>,
        /// When its bake ends, if nothing is wrong.
        until: Option<Timestamp>,
        /// When it was over.
        ended_at: Option<Timestamp>,
        /// New beside old.
        measured: Option<Comparison>,
        /// What the measurements say.
        verdict: Option<Verdict>,
    }

    /// Why a release does not run.
    FailureReport = domain::rollout::FailureReport {
        /// One sentence: what happened.
        summary: String,
        /// The process's exit code, if it exited by itself.
        exit_code: Option<i32>,
        /// The signal that ended the process, if one did.
        signal: Option<i32>,
        /// The last readiness probe.
        last_probe: Option<String>,
        /// The last lines the process wrote, oldest first.
        log_tail: Vec<String>,
    }

    /// One release as the target sees it.
    ReleaseStatus = domain::rollout::ReleaseStatus {
        /// The digest as read back from what runs.
        artifact: Digest,
        /// The share of traffic it gets now.
        weight: Weight,
        /// How it is doing: `starting`, `ready`, `draining` or `exited`.
        condition: String,
        /// Why it exited, if it did.
        report: Option<FailureReport>,
    }
}

impl Measured {
    /// The share that failed; unknown without requests.
    pub(crate) fn error_share(&self) -> Option<f64> {
        error_share(self.requests, self.errors)
    }
}

/// A promotion with everything its page shows.
pub(crate) struct Promotion {
    /// As lists show it.
    pub(crate) summary: PromotionSummary,
    /// Every gate it passes, open or closed.
    pub(crate) gates: Vec<GateView>,
    /// Who agreed.
    pub(crate) approvals: Vec<ApprovalView>,
    /// The emergency in which it passes its gates, or that somebody asked for.
    pub(crate) overriding: Option<OverrideView>,
    /// Whether the caller may ask to override its gates, or why not. Absent once it has begun.
    pub(crate) ask_override: Option<Action>,
    /// Every step, also those to come.
    pub(crate) steps: Vec<StepView>,
    /// What ships with it.
    pub(crate) ships: Ships,
    /// Why the release does not run, if that is what went wrong.
    pub(crate) failure: Option<FailureReport>,
    /// What runs in the environment now, as read back from the target.
    pub(crate) releases: Vec<ReleaseStatus>,
    /// Whether the caller may roll the environment back, or why not.
    pub(crate) roll_back: Action,
}

impl Wire for Promotion {
    type Api = api::promotion::PromotionView;

    /// The API writes the summary into the same object as the rest.
    fn read(value: &Value) -> Result<Self, Mismatch> {
        Ok(Self {
            summary: PromotionSummary::read(value)?,
            gates: field(value, "gates")?,
            approvals: field(value, "approvals")?,
            overriding: field(value, "overriding")?,
            ask_override: field(value, "ask_override")?,
            steps: field(value, "steps")?,
            ships: field(value, "ships")?,
            failure: field(value, "failure")?,
            releases: field(value, "releases")?,
            roll_back: field(value, "roll_back")?,
        })
    }
}
