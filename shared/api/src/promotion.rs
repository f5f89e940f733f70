//! Promotions on the wire.

use domain::analysis::{Comparison, Verdict};
use domain::gates::Diff;
use domain::promotion::Outcome;
use domain::rollout::{FailureReport, Release, ReleaseStatus};
use domain::{Digest, EnvironmentName, Login, Period, PromotionId, ServiceName, TrainId, Weight};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::overview::Action;
use crate::service::Ships;

/// A promotion to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePromotion {
    /// The service.
    pub service: ServiceName,
    /// Where to.
    pub environment: EnvironmentName,
    /// What. Without it: the newest artifact that the environment before has verified, or else the newest of all.
    #[serde(default)]
    pub artifact: Option<Digest>,
}

/// An approval, bound to what was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovePromotion {
    /// The `diff` of the promotion as it was looked at. If it is another by now, nothing is approved.
    pub diff: Diff,
}

/// An emergency: why a promotion must pass its gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskOverride {
    /// Why.
    pub reason: String,
}

/// A second person's agreement to an override, bound to what was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmOverride {
    /// The `diff` of the promotion as it was looked at. If it is another by now, nothing is confirmed.
    pub diff: Diff,
}

/// Why everybody must keep away, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLock {
    /// Why.
    pub reason: String,
    /// Until when. Without it: until somebody unlocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A lock that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockView {
    /// Who set it, for people.
    pub owner: String,
    /// When.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// Until when, if it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether the caller may lift it, or why not.
    pub unlock: Action,
}

/// A window of the manifest's calendar in which nothing starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreezeView {
    /// When it opens; absent if no end is in sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// One sentence, with the time as the clocks of the window's zone show it.
    pub sentence: String,
}

/// Where to go back to, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackRequest {
    /// The artifact to go back to. Without it: what ran before.
    #[serde(default)]
    pub to: Option<Digest>,
    /// Why. May be told later; a rollback does not wait for it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Why automation must keep away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHold {
    /// Why.
    pub reason: String,
}

/// Where a promotion is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not started.
    Waiting,
    /// The release is coming up or getting traffic.
    Rolling,
    /// It is watched.
    Baking,
    /// It goes back.
    Reverting,
    /// It serves all traffic.
    Done,
    /// It never got traffic.
    Failed,
    /// It was taken back.
    RolledBack,
    /// A person stopped it.
    Cancelled,
    /// A newer one took its place.
    Superseded,
}

impl Phase {
    /// Whether the promotion is over.
    pub const fn is_finished(self) -> bool {
        match self {
            Self::Waiting | Self::Rolling | Self::Baking | Self::Reverting => false,
            Self::Done | Self::Failed | Self::RolledBack | Self::Cancelled | Self::Superseded => true,
        }
    }
}

impl From<&domain::promotion::State> for Phase {
    fn from(state: &domain::promotion::State) -> Self {
        use domain::promotion::State;
        match state {
            State::Waiting => Self::Waiting,
            State::Rolling { .. } => Self::Rolling,
            State::Baking { .. } => Self::Baking,
            State::Reverting { .. } => Self::Reverting,
            State::Finished { outcome, .. } => match outcome {
                Outcome::Done => Self::Done,
                Outcome::Failed => Self::Failed,
                Outcome::RolledBack => Self::RolledBack,
                Outcome::Cancelled => Self::Cancelled,
                Outcome::Superseded => Self::Superseded,
            },
        }
    }
}

/// Who or what asked for a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Keelson.
    Automatic,
    /// A person.
    Manual,
    /// A person, to go back.
    Rollback,
}

/// A promotion as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionSummary {
    /// Its identifier.
    pub id: PromotionId,
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// What it brings.
    pub release: Release,
    /// What it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Release>,
    /// Who or what asked for it.
    pub origin: Origin,
    /// Who asked, for people.
    pub by: String,
    /// Where it is.
    pub phase: Phase,
    /// The share of traffic it has, or last had.
    pub weight: Weight,
    /// The step it is at, from 1, and how many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<(usize, usize)>,
    /// When the step's bake ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bakes_until: Option<Timestamp>,
    /// "Why not yet", one sentence for each closed gate; or the decision a person is asked for.
    pub waits_for: Vec<String>,
    /// Why it ended, unless all went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// What it does to the environment, to be sent with an approval: `<base>..<artifact>@<revision>`.
    pub diff: Diff,
    /// The train it goes with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<TrainId>,
    /// Whether the caller may approve it, or why not. Absent when there is nothing to approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve: Option<Action>,
    /// Whether the caller may cancel it, or why not.
    pub cancel: Action,
}

/// One gate of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateView {
    /// `checks`, `previous_environment`, `previous_health`, `soak`, `approvals`, `freeze`, `lock`, `hold`, `drift`,
    /// `train` or `rollout`.
    pub gate: String,
    /// Whether it is open.
    pub open: bool,
    /// What it asks for or waits for.
    pub sentence: String,
    /// When time alone opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// Who could open it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Login>,
    /// Whether it was closed, and passed in an emergency.
    #[serde(default)]
    pub overridden: bool,
    /// Whether two people may pass it in an emergency, if it is closed.
    #[serde(default)]
    pub can_be_overridden: bool,
}

/// Somebody agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalView {
    /// Who.
    pub by: Login,
    /// When.
    pub at: Timestamp,
    /// Why it counts no more; absent if it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

/// An emergency in which a promotion passes its gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OverrideView {
    /// Who asked.
    pub asked_by: Login,
    /// When.
    pub asked_at: Timestamp,
    /// Why.
    pub reason: String,
    /// The second person, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<Login>,
    /// When they confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// Why it counts no more; absent if it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
    /// Exactly what was passed: one sentence for each gate that was closed when the rollout began.
    pub overrode: Vec<String>,
    /// Whether the caller may confirm it, or why not. Absent when there is nothing to confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Action>,
}

/// One step of a rollout, planned, under way or over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepView {
    /// The share of traffic.
    pub weight: Weight,
    /// How long it is watched.
    pub bake: Period,
    /// `planned`, `rolling`, `baking`, `passed`, `failed`, `stopped` or `skipped`.
    pub status: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the release had its share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<Timestamp>,
    /// When its bake ends, if nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// New beside old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Comparison>,
    /// What the measurements say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A promotion with everything its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionView {
    /// As lists show it.
    #[serde(flatten)]
    pub summary: PromotionSummary,
    /// Every gate it passes, open or closed.
    pub gates: Vec<GateView>,
    /// Who agreed.
    pub approvals: Vec<ApprovalView>,
    /// The emergency in which it passes its gates, or that somebody asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overriding: Option<OverrideView>,
    /// Whether the caller may ask to override its gates, or why not. Absent once it has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_override: Option<Action>,
    /// Every step, also those to come.
    pub steps: Vec<StepView>,
    /// What ships with it.
    pub ships: Ships,
    /// Why the release does not run, if that is what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReport>,
    /// What runs in the environment now, as read back from the target.
    pub releases: Vec<ReleaseStatus>,
    /// Whether the caller may roll the environment back, or why not.
    pub roll_back: Action,
}
