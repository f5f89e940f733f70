//! Trains on the wire: several services that promote together.

use domain::rollout::Release;
use domain::train::{CarState, TrainOutcome, TrainState};
use domain::{Digest, EnvironmentName, PromotionId, ServiceName, TrainId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::overview::Action;

/// A train to put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTrain {
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Where to: the environment of that name of every service.
    pub environment: EnvironmentName,
    /// The services, in the order in which they promote: 2 to 20, each once.
    pub cars: Vec<CreateCar>,
}

/// One service of a train to put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCar {
    /// The service.
    pub service: ServiceName,
    /// What it gets. Without it: its candidate.
    #[serde(default)]
    pub artifact: Option<Digest>,
}

/// Why a train is taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackTrain {
    /// Why. May be told later; a rollback does not wait for it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Where a train is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainPhase {
    /// The gates of some car are closed.
    Waiting,
    /// Its cars promote, one after the other.
    Going,
    /// What was promoted is taken back.
    Reverting,
    /// Every car is promoted.
    Done,
    /// It ended before any car was promoted.
    Stopped,
    /// Every car that was promoted is back.
    RolledBack,
    /// Some car could not be taken back.
    Incomplete,
}

impl TrainPhase {
    /// Whether the train is over.
    pub const fn is_finished(self) -> bool {
        match self {
            Self::Waiting | Self::Going | Self::Reverting => false,
            Self::Done | Self::Stopped | Self::RolledBack | Self::Incomplete => true,
        }
    }
}

impl From<&TrainState> for TrainPhase {
    fn from(state: &TrainState) -> Self {
        match state {
            TrainState::Waiting => Self::Waiting,
            TrainState::Going { .. } => Self::Going,
            TrainState::Reverting { .. } => Self::Reverting,
            TrainState::Finished { outcome, .. } => match outcome {
                TrainOutcome::Done => Self::Done,
                TrainOutcome::Stopped => Self::Stopped,
                TrainOutcome::RolledBack => Self::RolledBack,
                TrainOutcome::Incomplete => Self::Incomplete,
            },
        }
    }
}

/// Where a car is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CarPhase {
    /// Not begun.
    Waiting,
    /// It rolls out, or takes itself back.
    Rolling,
    /// It has all traffic.
    Promoted,
    /// It ended without having all traffic.
    Ended,
    /// It is taken back.
    GoingBack,
    /// What ran before runs again.
    Back,
    /// It could not be taken back.
    Stays,
}

impl From<&CarState> for CarPhase {
    fn from(state: &CarState) -> Self {
        match state {
            CarState::Waiting => Self::Waiting,
            CarState::Rolling => Self::Rolling,
            CarState::Promoted { .. } => Self::Promoted,
            CarState::Ended { .. } => Self::Ended,
            CarState::GoingBack { .. } => Self::GoingBack,
            CarState::Back => Self::Back,
            CarState::Stays { .. } => Self::Stays,
        }
    }
}

/// One service of a train.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CarView {
    /// The service.
    pub service: ServiceName,
    /// What it gets.
    pub release: Release,
    /// What it replaces, or replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Release>,
    /// Where it is.
    pub phase: CarPhase,
    /// Its promotion; absent until it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionId>,
    /// The promotion that takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<PromotionId>,
    /// "Why not yet": one sentence for each closed gate of its own; or the decision a person is asked for.
    pub waits_for: Vec<String>,
    /// Why it ended, or could not be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A train.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrainView {
    /// Its identifier.
    pub id: TrainId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where to.
    pub environment: EnvironmentName,
    /// Who put it together, for people.
    pub by: String,
    /// When.
    pub created_at: Timestamp,
    /// Where it is.
    pub phase: TrainPhase,
    /// Why it goes back or ended, unless all went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Its services, in the order in which they promote.
    pub cars: Vec<CarView>,
    /// Whether the caller may stop it, or why not.
    pub cancel: Action,
    /// Whether the caller may take everything back, or why not.
    pub roll_back: Action,
}
