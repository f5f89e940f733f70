//! The first screen on the wire: is it healthy, what runs where, what waits and why.

use domain::access::Actor;
use domain::analysis::Measured;
use domain::change::Commit;
use domain::drift::{Drift, ReadBack};
use domain::event::{Event, EventKind};
use domain::health::Health;
use domain::lane::Hold;
use domain::manifest::Promote;
use domain::rollout::Release;
use domain::{EnvironmentName, EventId, PromotionId, ServiceName, TeamName};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::promotion::{FreezeView, LockView, PromotionSummary};

/// Something the caller may do, or why not: what a button needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Why not; absent if it is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Action {
    /// It may be done.
    pub const ALLOWED: Self = Self { refused: None };

    /// It may not, for this reason.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self { refused: Some(reason.into()) }
    }

    /// Whether it may be done.
    pub const fn is_allowed(&self) -> bool {
        self.refused.is_none()
    }
}

/// What runs in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunningView {
    /// The release.
    pub release: Release,
    /// Since when.
    pub since: Timestamp,
    /// The promotion that brought it.
    pub promotion: PromotionId,
    /// Who brought it.
    pub by: Actor,
    /// Whether the digest read back from the target is the promoted one; absent if it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_matches: Option<bool>,
    /// What was read back of what runs; absent if it was not looked at yet, or the target cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBack>,
}

/// What runs in an environment is not what was promoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftView {
    /// What was found, of which artifact, and since when that is known.
    #[serde(flatten)]
    pub drift: Drift,
    /// What differs, in one sentence.
    pub sentence: String,
    /// What a person can do about it, in one sentence.
    pub remedy: String,
}

impl From<Drift> for DriftView {
    fn from(drift: Drift) -> Self {
        Self { sentence: drift.sentence(), remedy: drift.remedy(), drift }
    }
}

/// One environment of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LaneView {
    /// Its name.
    pub environment: EnvironmentName,
    /// Who starts promotions into it.
    pub promote_by: Promote,
    /// What runs there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<RunningView>,
    /// How well it is.
    pub health: Health,
    /// The rollout under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<PromotionSummary>,
    /// The promotions that wait, in the order in which they may start.
    pub waiting: Vec<PromotionSummary>,
    /// What keeps automation away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What keeps everybody away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockView>,
    /// The calendar's window in which nothing starts, if it is one now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze: Option<FreezeView>,
    /// What was found there that was not promoted; nothing but a repair is promoted until it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftView>,
    /// Where users reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The last five minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent: Option<Measured>,
    /// The newest release that could be promoted here, if it is another than what runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Release>,
    /// How many changes the candidate would bring; absent when the history known does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_waiting: Option<usize>,
    /// What a rollback goes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Release>,
    /// Whether the caller may promote the candidate, or why not.
    pub promote: Action,
    /// Whether the caller may roll back, or why not.
    pub roll_back: Action,
    /// Whether the caller may set or lift the hold, or why not.
    pub change_hold: Action,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceRow {
    /// Its name.
    pub name: ServiceName,
    /// Its team.
    pub team: TeamName,
    /// Its repository, `connection:owner/name`.
    pub repository: String,
    /// The branch that ships.
    pub branch: String,
    /// The newest commit on the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Commit>,
    /// What CI says of it, in one word: `green`, `running`, `red` or `unknown`.
    pub head_checks: String,
    /// Its environments, in order.
    pub environments: Vec<LaneView>,
}

/// The first screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// How well everything is, with the worst reason.
    pub verdict: Health,
    /// How many services there are, of those that the caller may see.
    #[serde(default)]
    pub total: usize,
    /// How many services are not healthy.
    pub unhealthy: usize,
    /// Promotions that finished today (UTC), rollbacks not counted.
    pub deploys_today: usize,
    /// Rollbacks today (UTC), by command or by themselves.
    pub rollbacks_today: usize,
    /// Promotions that wait for somebody's approval.
    pub waiting_for_approval: usize,
    /// Events that could not be handled.
    pub dead_letters: usize,
    /// The services that most ask for somebody: the unhealthy first, then what waits, then what moves, then the rest.
    /// Twenty at most; the list of services has all.
    pub services: Vec<ServiceRow>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventView {
    /// Its identifier.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What kind of thing.
    pub kind: EventKind,
    /// One line for people.
    pub title: String,
    /// The service it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// The promotion it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionId>,
    /// All of it.
    pub body: serde_json::Value,
}

/// An event that a subscriber could not handle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterView {
    /// The event.
    pub event: EventView,
    /// Who could not handle it.
    pub subscriber: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong the last time.
    pub last_error: String,
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id,
            at: event.at,
            actor: event.actor.clone(),
            kind: event.body.kind(),
            title: event.body.sentence(),
            service: event.body.service().cloned(),
            promotion: event.body.promotion().map(|promotion| promotion.promotion),
            body: serde_json::to_value(&event.body).unwrap_or_default(),
        }
    }
}
