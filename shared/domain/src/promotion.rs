//! One attempt to bring one artifact into one environment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::analysis::{Comparison, Verdict};
use crate::change::Author;
use crate::gates::{Diff, Unmet};
use crate::manifest::{Gates, Step, Target, Thresholds};
use crate::rollout::{FailureReport, Release};
use crate::{EnvironmentName, Login, Period, PromotionId, ServiceName, TrainId, Weight};

/// Who asked for it, which decides what may stop it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Keelson proposed it. A newer candidate supersedes it while it waits.
    Automatic,
    /// A person picked it. Automation never cancels it.
    Manual {
        /// Who.
        by: Actor,
        /// Whether it was the newest candidate then; if not, finishing it leaves a hold.
        newest: bool,
    },
    /// Back to an earlier artifact. Skips every gate and pre-empts a running rollout.
    Rollback {
        /// Who.
        by: Actor,
        /// Why, in their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Kind {
    /// Whether Keelson proposed it.
    pub fn is_automatic(&self) -> bool {
        matches!(self, Self::Automatic)
    }

    /// Whether it takes the environment back.
    pub fn is_rollback(&self) -> bool {
        matches!(self, Self::Rollback { .. })
    }
}

/// How a promotion goes about it: the manifest as it is while the promotion waits, and as it was when it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// How to run the release.
    pub target: Target,
    /// The rollout.
    pub steps: Vec<Step>,
    /// When it takes itself back.
    pub rollback_when: Thresholds,
    /// What must be true before it starts.
    pub gates: Gates,
    /// The checks that must be green on its commit. Empty: every check seen must be.
    pub required_checks: Vec<String>,
    /// The environment in which it must have been verified before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EnvironmentName>,
    /// The revision of the manifest with which anything of this last changed.
    #[serde(default)]
    pub revision: u64,
}

impl Plan {
    /// Whether both say the same, whenever they were written.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        Self { revision: other.revision, ..self.clone() } == *other
    }
}

/// Somebody agreed.
pub use crate::gates::Approval;

/// In an emergency, two people let a promotion pass its gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Who asked for it.
    pub asked_by: Login,
    /// When.
    pub asked_at: Timestamp,
    /// Why.
    pub reason: String,
    /// For what. If something else would ship, it counts no more.
    pub diff: Diff,
    /// The second person, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmation>,
    /// The gates that were closed when the rollout began all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrode: Vec<Unmet>,
}

/// The second person's agreement to pass the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub by: Login,
    /// When.
    pub at: Timestamp,
}

/// Where a promotion is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Not started: gates are closed, or another rollout is under way.
    Waiting,
    /// The target is bringing the release up, or shifting traffic to it.
    Rolling {
        /// Which step, from 0.
        step: usize,
        /// The request the target must settle on.
        sequence: u64,
        /// Since when.
        since: Timestamp,
    },
    /// The release has its share of traffic and is watched.
    Baking {
        /// Which step, from 0.
        step: usize,
        /// Since when.
        since: Timestamp,
        /// Until when, if nothing is wrong.
        until: Timestamp,
        /// How often the end was moved because there was too little data.
        extensions: u32,
        /// Whether a person must decide, because more time brought no more data.
        asks: bool,
    },
    /// Traffic is going back to what ran before.
    Reverting {
        /// How the promotion ends when it is back.
        outcome: Outcome,
        /// Why.
        reason: String,
        /// The request the target must settle on.
        sequence: u64,
        /// Since when.
        since: Timestamp,
    },
    /// Over.
    Finished {
        /// How.
        outcome: Outcome,
        /// Why, unless all went well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
}

/// How a promotion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The release serves all traffic.
    Done,
    /// It never got traffic.
    Failed,
    /// It got traffic and was taken back.
    RolledBack,
    /// A person stopped it.
    Cancelled,
    /// A newer candidate, or a rollback, took its place before it started.
    Superseded,
}

impl Outcome {
    /// For people, between what and where: "9f3c… serves all of production".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Done => "serves all of",
            Self::Failed => "did not start in",
            Self::RolledBack => "was rolled back in",
            Self::Cancelled => "was stopped on its way to",
            Self::Superseded => "was superseded for",
        }
    }
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The share of traffic.
    pub weight: Weight,
    /// How long it was to be watched.
    pub bake: Period,
    /// When the step began: the target was asked.
    pub started_at: Timestamp,
    /// When the release had its share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<Timestamp>,
    /// When the step was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The newest measurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Comparison>,
    /// How often they have been looked at to judge the release.
    #[serde(default)]
    pub looks: u32,
    /// What they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// One attempt to bring one artifact into one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promotion {
    /// Its identifier.
    pub id: PromotionId,
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// What is brought there.
    pub release: Release,
    /// What runs there while it waits, and what ran there when the rollout started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Release>,
    /// Who asked for it.
    pub kind: Kind,
    /// How it goes about it.
    pub plan: Plan,
    /// Everybody whose work ships with it.
    pub authors: Vec<Author>,
    /// Who agreed.
    pub approvals: Vec<Approval>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where it is on its way.
    #[serde(flatten)]
    pub state: State,
    /// Every step begun.
    pub steps: Vec<StepRecord>,
    /// "Why not yet": the gates that are closed, as of the last look.
    pub waits_for: Vec<Unmet>,
    /// Why the release does not run, if that is what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReport>,
    /// The rollback by command that took this rollout's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_empted_by: Option<PromotionId>,
    /// The train it goes with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<TrainId>,
    /// Whether it was let pass its gates in an emergency, or somebody asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overriding: Option<Override>,
    /// Whether something else runs since the authors were looked up, so that others' work may ship.
    #[serde(default)]
    pub other_base: bool,
    /// When traffic was back on what ran before, if it took itself back and the target says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
}

/// How often a promotion that waits looks at its gates again even if nothing happened.
const LOOK_AGAIN: Period = Period::seconds(30);
/// How often a rollout under way looks at its target and measurements.
const WATCH: Period = Period::seconds(1);

impl Promotion {
    /// What it does to the environment: what people agree to.
    pub fn diff(&self) -> Diff {
        Diff {
            base: self.replaces.as_ref().map(|replaced| replaced.artifact),
            artifact: self.release.artifact,
            revision: self.plan.revision,
        }
    }

    /// The emergency that lets it pass its gates: confirmed, and for exactly what would ship.
    pub fn emergency(&self) -> Option<&Override> {
        let diff = self.diff();
        self.overriding.as_ref().filter(|one| one.confirmed.is_some() && one.diff == diff)
    }

    /// Whether it is over.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished { .. })
    }

    /// Whether it is waiting to start.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting)
    }

    /// Whether it owns the target now: rolling, baking or reverting.
    pub fn is_rollout(&self) -> bool {
        !self.is_waiting() && !self.is_finished()
    }

    /// The step it is at, if its rollout is under way.
    pub fn step(&self) -> Option<usize> {
        match self.state {
            State::Rolling { step, .. } | State::Baking { step, .. } => Some(step),
            State::Waiting | State::Reverting { .. } | State::Finished { .. } => None,
        }
    }

    /// When it must be looked at again even if nothing happens; `None` once it is over.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.state {
            State::Waiting => {
                let opens = self.waits_for.iter().filter_map(Unmet::opens_at).filter(|at| *at > now).min();
                Some(LOOK_AGAIN.after(now).min(opens.unwrap_or(Timestamp::MAX)))
            }
            State::Rolling { .. } | State::Baking { .. } | State::Reverting { .. } => Some(WATCH.after(now)),
            State::Finished { .. } => None,
        }
    }
}
