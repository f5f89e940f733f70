//! How a service stands, in one row: kept, so that an overview of a thousand services reads few of them and works
//! none of them out anew.
//!
//! It is a projection: all of it can be made again from what else is stored.

use std::ops::{Add, Sub};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::change::Commit;
use crate::drift::Drift;
use crate::gates::Unmet;
use crate::health::HealthState;
use crate::lane::{Hold, Lock, Running, Track};
use crate::rollout::Release;
use crate::{EnvironmentName, PromotionId, ServiceName, TeamName};

#[cfg(test)]
mod tests;

/// How soon somebody should look at a service. Ordered: the most urgent is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It does not serve, or serves badly.
    Unhealthy,
    /// What runs is not what was promoted.
    Drifted,
    /// Nobody can tell how it is.
    Unknown,
    /// A promotion waits, or somebody keeps an environment as it is.
    Waits,
    /// A rollout is under way, or something is coming up.
    Moves,
    /// Nothing asks for anybody.
    Rests,
}

impl Urgency {
    /// A digit that sorts as the urgencies do.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Unhealthy => 0,
            Self::Drifted => 1,
            Self::Unknown => 2,
            Self::Waits => 3,
            Self::Moves => 4,
            Self::Rests => 5,
        }
    }
}

/// How a service stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The service.
    pub service: ServiceName,
    /// Its team.
    pub team: TeamName,
    /// The newest commit on its branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Commit>,
    /// What CI says of it, in one word: `green`, `running`, `red` or `unknown`.
    pub head_checks: String,
    /// Its environments, in the manifest's order.
    pub environments: Vec<LaneStanding>,
    /// Whether the totals of all services count it. Not yet, if a version wrote it that kept totals by team only.
    #[serde(default)]
    pub counted: bool,
}

impl Standing {
    /// What is kept of one environment; none if nobody has looked at it yet.
    pub fn lane(&self, environment: &EnvironmentName) -> Option<&LaneStanding> {
        self.environments.iter().find(|lane| lane.environment == *environment)
    }

    /// How soon somebody should look at it.
    pub fn urgency(&self) -> Urgency {
        self.environments.iter().map(LaneStanding::urgency).min().unwrap_or(Urgency::Rests)
    }

    /// The worst of its environments; empty if it has none.
    pub fn health(&self) -> HealthState {
        // An environment nobody has deployed to is no reason to worry, and none for joy either.
        let states = self.environments.iter().map(|lane| lane.health);
        states.max_by_key(|state| (*state != HealthState::Empty, *state)).unwrap_or(HealthState::Empty)
    }

    /// What it adds to the totals of its team.
    pub fn counts(&self) -> Counts {
        let approvals = self.environments.iter().map(|lane| lane.approvals).sum::<u32>();
        Counts { waiting_for_approval: approvals.into(), ..Counts::of(self.health()) }
    }

    /// What it adds to the totals of all services.
    pub fn counts_of_all(&self) -> Counts {
        if self.counted { self.counts() } else { Counts::default() }
    }
}

/// How one environment of a service stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneStanding {
    /// Its name.
    pub environment: EnvironmentName,
    /// The version of the environment's row that this was made from; an older one never takes its place.
    pub version: u64,
    /// What runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
    /// What ran before, verified, and could run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Release>,
    /// What keeps automation away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What keeps everybody away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// What was found there that was not promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// The promotions that are not over.
    pub live: Vec<PromotionId>,
    /// How many of them wait.
    pub waiting: u32,
    /// How many of those that wait want somebody's approval.
    pub approvals: u32,
    /// How well it is, when it was looked at last. The word alone: reasons change with every request.
    pub health: HealthState,
    /// The newest release that could be promoted here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Release>,
    /// How many changes the candidate would bring; absent when the history known does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes_waiting: Option<usize>,
}

impl LaneStanding {
    /// How an environment stands, with nothing to come.
    pub fn of(track: &Track, version: u64, health: HealthState) -> Self {
        let waiting = track.waiting();
        let wants_approval =
            |unmet: &[Unmet]| unmet.iter().any(|unmet| matches!(unmet, Unmet::Approvals { .. }));
        let approvals = waiting.iter().filter(|promotion| wants_approval(&promotion.waits_for)).count();
        let lane = &track.lane;
        Self {
            environment: lane.environment.clone(),
            version,
            running: lane.running.clone(),
            previous: lane.previous().cloned(),
            hold: lane.hold.clone(),
            lock: lane.lock.clone(),
            drift: lane.drift.clone(),
            live: lane.live.clone(),
            waiting: small(waiting.len()),
            approvals: small(approvals),
            health,
            candidate: None,
            changes_waiting: None,
        }
    }

    /// The same, with what was known to come here, unless it has arrived.
    #[must_use]
    pub fn expecting(self, candidate: Option<Release>, changes_waiting: Option<usize>) -> Self {
        let runs = self.running.as_ref().map(|running| &running.release.commit);
        match candidate.filter(|candidate| runs != Some(&candidate.commit)) {
            None => Self { candidate: None, changes_waiting: None, ..self },
            candidate => Self { candidate, changes_waiting, ..self },
        }
    }

    /// How soon somebody should look at it.
    pub fn urgency(&self) -> Urgency {
        let is_kept = self.hold.is_some() || self.lock.is_some();
        let moves = u32::try_from(self.live.len()).is_ok_and(|live| live > self.waiting);
        match self.health {
            HealthState::Unhealthy => Urgency::Unhealthy,
            HealthState::Drifted => Urgency::Drifted,
            HealthState::Unknown => Urgency::Unknown,
            HealthState::Starting | HealthState::Healthy | HealthState::Empty => {
                if self.waiting > 0 || is_kept {
                    Urgency::Waits
                } else if moves || self.health == HealthState::Starting {
                    Urgency::Moves
                } else {
                    Urgency::Rests
                }
            }
        }
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Totals over services: what one adds to them, or what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Services.
    pub services: i64,
    /// Those whose worst environment is unhealthy.
    pub unhealthy: i64,
    /// Whose worst environment has drifted.
    pub drifted: i64,
    /// Of whose worst environment nobody can tell.
    pub unknown: i64,
    /// Whose worst environment is coming up.
    pub starting: i64,
    /// Promotions that wait for somebody's approval.
    pub waiting_for_approval: i64,
}

impl Counts {
    /// One service whose worst environment is so, with nothing that waits.
    pub fn of(health: HealthState) -> Self {
        let is = |state| i64::from(health == state);
        Self {
            services: 1,
            unhealthy: is(HealthState::Unhealthy),
            drifted: is(HealthState::Drifted),
            unknown: is(HealthState::Unknown),
            starting: is(HealthState::Starting),
            waiting_for_approval: 0,
        }
    }

    /// Every total by the name under which it is stored.
    pub const fn parts(&self) -> [(&'static str, i64); 6] {
        [
            ("services", self.services),
            ("unhealthy", self.unhealthy),
            ("drifted", self.drifted),
            ("unknown", self.unknown),
            ("starting", self.starting),
            ("waiting_for_approval", self.waiting_for_approval),
        ]
    }

    /// The totals that were stored under these names.
    pub fn from_parts(part: impl Fn(&str) -> i64) -> Self {
        Self {
            services: part("services"),
            unhealthy: part("unhealthy"),
            drifted: part("drifted"),
            unknown: part("unknown"),
            starting: part("starting"),
            waiting_for_approval: part("waiting_for_approval"),
        }
    }

    fn with(self, other: Self, of: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            services: of(self.services, other.services),
            unhealthy: of(self.unhealthy, other.unhealthy),
            drifted: of(self.drifted, other.drifted),
            unknown: of(self.unknown, other.unknown),
            starting: of(self.starting, other.starting),
            waiting_for_approval: of(self.waiting_for_approval, other.waiting_for_approval),
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, i64::saturating_add)
    }
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.with(other, i64::saturating_sub)
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// What ended on one day (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// Promotions that came to their end, rollbacks not counted.
    pub deploys: u32,
    /// Rollbacks, by command or by themselves.
    pub rollbacks: u32,
}

impl std::iter::Sum for Day {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, day| Self {
            deploys: sum.deploys.saturating_add(day.deploys),
            rollbacks: sum.rollbacks.saturating_add(day.rollbacks),
        })
    }
}

/// How far the service rows were looked through, to keep what is kept of them right whatever was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// How often all of them were looked at. None yet: what is kept may not be complete.
    pub rounds: u64,
    /// Where the last look ended, as the list of services spells it; at its beginning if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// When to go on.
    pub next_at: Timestamp,
    /// Whether these looks count every service in the totals of all. Not those of a version that kept totals by team
    /// only: then the services are looked through from the beginning.
    #[serde(default)]
    pub counts_all: bool,
}
