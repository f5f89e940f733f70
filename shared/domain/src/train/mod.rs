//! Trains: several services that promote together, in order and one at a time, and go back together in reverse.
//!
//! Each car is an ordinary promotion in its own environment, with a gate more: its [`Turn`].
//! The train only looks at what became of its cars and says what is to be done next, so it may be looked at any
//! number of times, by several at once, and after any crash.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::event::{EventBody, TrainRef};
use crate::gates::{Turn, Unmet};
use crate::promotion::{Outcome, Promotion, State};
use crate::rollout::Release;
use crate::{Digest, EnvironmentName, Period, PromotionId, ServiceName, TrainId};

mod consider;
#[cfg(test)]
mod tests;

/// How many services one train takes at most.
pub const MOST_CARS: usize = 20;
/// How often a train that waits is looked at.
const LOOK_AGAIN: Period = Period::seconds(2);
/// How often a train on its way, or on its way back, is looked at.
const WATCH: Period = Period::seconds(1);

/// Several services that promote together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Train {
    /// Its identifier.
    pub id: TrainId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The environment, of the same name for every service.
    pub environment: EnvironmentName,
    /// Its services, in the order in which they promote.
    pub cars: Vec<Car>,
    /// Who put it together.
    pub by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// Where it is on its way.
    #[serde(flatten)]
    pub state: TrainState,
}

/// One service of a train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Car {
    /// The service.
    pub service: ServiceName,
    /// What it gets.
    pub release: Release,
    /// Whether that was its newest candidate; if not, finishing it leaves a hold.
    pub newest: bool,
    /// The promotion that brings it there. It may not be there yet.
    pub promotion: PromotionId,
    /// What became of it.
    #[serde(flatten)]
    pub state: CarState,
}

/// What became of a car.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "car", rename_all = "snake_case")]
pub enum CarState {
    /// It has not begun.
    Waiting,
    /// It rolls out, or takes itself back.
    Rolling,
    /// It has all traffic.
    Promoted {
        /// What ran before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaced: Option<Release>,
    },
    /// It ended without having all traffic, and what ran before runs.
    Ended {
        /// Why.
        reason: String,
    },
    /// It is taken back.
    GoingBack {
        /// The promotion that does it.
        rollback: PromotionId,
        /// What ran before.
        replaced: Release,
    },
    /// What ran before runs again.
    Back,
    /// It could not be taken back.
    Stays {
        /// Why not.
        reason: String,
        /// What ran before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaced: Option<Release>,
    },
}

/// Where a train is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TrainState {
    /// The gates of some car are closed.
    Waiting,
    /// Its cars promote, one after the other.
    Going {
        /// Since when.
        since: Timestamp,
    },
    /// What was promoted is taken back, the last car first.
    Reverting {
        /// Why.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// Over.
    Finished {
        /// How.
        outcome: TrainOutcome,
        /// Why, unless all went well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// When.
        at: Timestamp,
    },
}

/// How a train ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainOutcome {
    /// Every car is promoted.
    Done,
    /// It ended before any car was promoted.
    Stopped,
    /// Every car that was promoted is back.
    RolledBack,
    /// Some car could not be taken back; each says why.
    Incomplete,
}

impl TrainOutcome {
    /// For people, after the train's name.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Done => "has promoted every service",
            Self::Stopped => "ended before anything was promoted",
            Self::RolledBack => "has taken everything back",
            Self::Incomplete => "could not take everything back",
        }
    }
}

/// What is known of a car's promotion, or of the rollback that takes it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// There is no such promotion yet.
    Absent,
    /// It waits for gates, or has not been looked at.
    Closed,
    /// It waits for the train alone.
    Ready,
    /// It rolls out.
    Rolling,
    /// It takes itself back.
    Reverting,
    /// It is what runs, or was.
    Done {
        /// What ran before.
        replaced: Option<Release>,
    },
    /// It ended otherwise.
    Ended {
        /// Why.
        reason: String,
    },
}

impl Seen {
    /// What a promotion shows of itself.
    pub fn of(promotion: Option<&Promotion>) -> Self {
        let Some(promotion) = promotion else { return Self::Absent };
        match &promotion.state {
            State::Waiting => {
                // One that nobody has looked at yet lists no gate at all.
                let looked = !promotion.waits_for.is_empty();
                let only_train = promotion.waits_for.iter().all(|unmet| matches!(unmet, Unmet::Train { .. }));
                if looked && only_train { Self::Ready } else { Self::Closed }
            }
            State::Rolling { .. } | State::Baking { .. } => Self::Rolling,
            State::Reverting { .. } => Self::Reverting,
            State::Finished { outcome: Outcome::Done, .. } => {
                Self::Done { replaced: promotion.replaces.clone() }
            }
            State::Finished {
                outcome: Outcome::Failed | Outcome::RolledBack | Outcome::Cancelled | Outcome::Superseded,
                reason,
                ..
            } => Self::Ended { reason: reason.clone().unwrap_or_else(|| "it ended".to_owned()) },
        }
    }
}

/// What is known of a car at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarFacts {
    /// Its promotion.
    pub promotion: Seen,
    /// The rollback that takes it back, if one was decided.
    pub rollback: Option<Seen>,
    /// What runs in its environment; asked only once the promotion is done. To be read after the promotion: then what is
    /// done runs, or ran.
    pub runs: Option<Digest>,
}

/// What is to be done next. Doing it twice is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Make the promotion of this car.
    Propose(usize),
    /// Look whether this car can start now.
    Look(usize),
    /// Stop this car's promotion.
    Cancel(usize),
    /// Take this car back to what ran before.
    RollBack {
        /// Which.
        car: usize,
        /// The promotion that does it.
        rollback: PromotionId,
        /// Where to.
        to: Release,
    },
}

/// Why a command was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainRejected {
    /// It is over.
    #[error("the train is over already")]
    Over,
    /// Nothing of it runs.
    #[error("nothing that the train promoted is left to take back")]
    NothingToTakeBack,
}

impl Train {
    /// Whether it is over.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, TrainState::Finished { .. })
    }

    /// Its name, or else its identifier.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.id.to_string())
    }

    /// When it must be looked at again even if nothing happens; `None` once it is over.
    pub fn due(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            TrainState::Waiting => Some(LOOK_AGAIN.after(now)),
            TrainState::Going { .. } | TrainState::Reverting { .. } => Some(WATCH.after(now)),
            TrainState::Finished { .. } => None,
        }
    }

    /// What the train says to one of its cars.
    pub fn turn(&self, promotion: &PromotionId) -> Turn {
        match &self.state {
            TrainState::Waiting => {
                Turn::Wait { reason: "it leaves when the gates of all its services are open".to_owned() }
            }
            TrainState::Going { .. } => match self.next() {
                Some(next) if next.promotion == *promotion => Turn::Go,
                Some(next) => Turn::Wait { reason: format!("{} goes first", next.service) },
                None => Turn::Over,
            },
            TrainState::Reverting { .. } | TrainState::Finished { .. } => Turn::Over,
        }
    }

    /// The first car that is not promoted.
    fn next(&self) -> Option<&Car> {
        self.cars.iter().find(|car| !matches!(car.state, CarState::Promoted { .. }))
    }

    /// A person stops the train: what was promoted is taken back, and the rest never starts.
    ///
    /// # Errors
    /// When it is over.
    pub fn cancel(&mut self, by: &Actor, now: Timestamp) -> Result<Vec<EventBody>, TrainRejected> {
        match self.state {
            TrainState::Waiting | TrainState::Going { .. } => {
                Ok(self.revert(format!("cancelled by {}", by.label()), now))
            }
            // It is going back already: asking again changes nothing.
            TrainState::Reverting { .. } => Ok(Vec::new()),
            TrainState::Finished { .. } => Err(TrainRejected::Over),
        }
    }

    /// A person takes everything back, also after it was done, and again what could not be taken back before.
    ///
    /// # Errors
    /// When nothing of it is left.
    pub fn roll_back(
        &mut self,
        by: &Actor,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<EventBody>, TrainRejected> {
        match self.state {
            TrainState::Finished { outcome: TrainOutcome::Done | TrainOutcome::Incomplete, .. } => {
                for car in &mut self.cars {
                    if let CarState::Stays { replaced, .. } = &mut car.state {
                        car.state = CarState::Promoted { replaced: replaced.take() };
                    }
                }
            }
            TrainState::Finished { outcome: TrainOutcome::Stopped | TrainOutcome::RolledBack, .. } => {
                return Err(TrainRejected::NothingToTakeBack);
            }
            TrainState::Reverting { .. } => return Ok(Vec::new()),
            TrainState::Waiting | TrainState::Going { .. } => {}
        }
        let why = reason.map_or(String::new(), |reason| format!(": {reason}"));
        Ok(self.revert(format!("rolled back by {}{why}", by.label()), now))
    }

    fn revert(&mut self, reason: String, now: Timestamp) -> Vec<EventBody> {
        let event = EventBody::TrainReverting { train: self.reference(), reason: reason.clone() };
        self.state = TrainState::Reverting { reason, since: now };
        vec![event]
    }

    /// How events name it.
    pub fn reference(&self) -> TrainRef {
        TrainRef { train: self.id, name: self.name.clone(), environment: self.environment.clone() }
    }
}
