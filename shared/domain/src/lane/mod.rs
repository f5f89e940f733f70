//! The way of releases through one environment of one service: the state machine of promotions.
//!
//! Everything that decides what runs in an environment is in one aggregate, [`Track`], which changes only by
//! [`Track::apply`].
//! So "one rollout at a time", "newer candidates supersede waiting ones" and "a rollback is never blocked" are
//! rules of one pure function, and one optimistic version makes them hold under any concurrency.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::analysis::Observation;
use crate::change::Author;
use crate::drift::{Drift, Truth};
use crate::event::{EventBody, PromotionRef};
use crate::gates::{Approver, Diff, GateFacts, NotAnApprover, PreviousStay};
use crate::manifest::{Step, Target};
use crate::promotion::{Kind, Outcome, Plan, Promotion, State};
use crate::rollout::{Release, Share, TargetRequest, TargetStatus};
use crate::{Digest, EnvironmentName, Login, Period, PromotionId, ServiceName, TrainId, Weight};

mod advance;
mod commands;
mod emergency;
mod lock;
mod read_back;
mod rollback;
#[cfg(test)]
mod tests;

pub use lock::Lock;

/// What runs in an environment, what ran there, and what keeps automation away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The number of the newest request to the target.
    pub sequence: u64,
    /// What has all traffic, or what a rollout under way would go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
    /// What ran here, verified; oldest first. The last one is open while it runs.
    pub stays: Vec<Stay>,
    /// What automation must not bring here again, oldest first.
    pub rejected: Vec<Rejection>,
    /// Why automation must keep away altogether.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// Why everybody must keep away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// What was found there that was not promoted, until it is resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// Promotions that are not over, oldest first.
    pub live: Vec<PromotionId>,
}

/// What has all traffic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// The release.
    pub release: Release,
    /// Since when.
    pub since: Timestamp,
    /// The promotion that brought it.
    pub promotion: PromotionId,
    /// Who brought it.
    pub by: Actor,
    /// How it is run, to go back to it the same way.
    pub target: Target,
}

/// One uninterrupted time that a verified release ran in the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The release.
    pub release: Release,
    /// The promotion that brought it.
    pub promotion: PromotionId,
    /// From when it was verified.
    pub from: Timestamp,
    /// Until when; absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// An artifact that did harm here, or did not start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The artifact.
    pub artifact: Digest,
    /// The promotion that found out.
    pub promotion: PromotionId,
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub reason: String,
}

/// Keeps automation from promoting until a person resumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Who set it.
    pub by: Actor,
    /// When.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

/// How many stays and rejections are kept.
const REMEMBERED: usize = 100;
/// How often a step is extended for want of data before a person is asked.
const EXTENSIONS: u32 = 2;

impl Lane {
    /// An environment in which nothing has run yet.
    pub fn new(service: ServiceName, environment: EnvironmentName) -> Self {
        Self {
            service,
            environment,
            sequence: 0,
            running: None,
            stays: Vec::new(),
            rejected: Vec::new(),
            hold: None,
            lock: None,
            drift: None,
            live: Vec::new(),
        }
    }

    /// The release that runs, if any.
    pub fn release(&self) -> Option<&Release> {
        self.running.as_ref().map(|running| &running.release)
    }

    /// Whether automation must not bring the artifact here again.
    pub fn rejects(&self, artifact: &Digest) -> bool {
        self.rejected.iter().any(|rejection| rejection.artifact == *artifact)
    }

    /// The release that a rollback without a named artifact goes back to: the newest verified one that is neither
    /// running nor rejected.
    pub fn previous(&self) -> Option<&Release> {
        let running = self.release();
        let mut earlier = self.stays.iter().rev().map(|stay| &stay.release);
        earlier.find(|release| {
            running.is_none_or(|running| running.artifact != release.artifact)
                && !self.rejects(&release.artifact)
        })
    }

    /// How an artifact did here: what the soak gate of the next environment asks.
    pub fn stay_of(&self, artifact: &Digest) -> PreviousStay {
        let stays = || self.stays.iter().filter(|stay| stay.release.artifact == *artifact);
        let current = stays().rfind(|stay| stay.until.is_none());
        // A rollout that has begun to take its place ends no stay: it may go back.
        if let Some(current) = current {
            return PreviousStay::Running { since: current.from };
        }
        let lengths = stays().filter_map(|stay| Some(Period::between(stay.from, stay.until?)));
        lengths.max().map_or(PreviousStay::NeverVerified, |longest| PreviousStay::Gone { longest })
    }

    fn keep_recent(&mut self) {
        let surplus = self.stays.len().saturating_sub(REMEMBERED);
        self.stays.drain(..surplus);
        let surplus = self.rejected.len().saturating_sub(REMEMBERED);
        self.rejected.drain(..surplus);
    }
}

/// An environment with its promotions that are not over: what [`Command`]s apply to.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The environment.
    pub lane: Lane,
    /// Its promotions that are not over, and those a command has just ended.
    pub promotions: BTreeMap<PromotionId, Promotion>,
}

/// What may be asked of a [`Track`].
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Bring a release here.
    Propose(Box<Proposal>),
    /// Agree to a promotion that waits, or let one go on that asks for a decision.
    Approve {
        /// Which.
        promotion: PromotionId,
        /// What the approver saw, so that nobody agrees to something else.
        diff: Diff,
        /// Who.
        approver: Approver,
    },
    /// Ask to let a promotion pass its gates in an emergency.
    AskOverride {
        /// Which.
        promotion: PromotionId,
        /// Who.
        by: Login,
        /// Why.
        reason: String,
    },
    /// As a second person, let a promotion pass its gates in an emergency.
    ConfirmOverride {
        /// Which.
        promotion: PromotionId,
        /// What that person saw.
        diff: Diff,
        /// Who.
        by: Login,
    },
    /// Stop a promotion: before it starts, or by going back.
    Cancel {
        /// Which.
        promotion: PromotionId,
        /// Who.
        by: Actor,
    },
    /// Go back, at once.
    RollBack(Box<RollBack>),
    /// Keep automation away.
    Hold {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// Let automation go on.
    Resume,
    /// Keep automation and people away.
    Lock(Lock),
    /// Let them in again.
    Unlock {
        /// Who.
        by: Actor,
        /// Whether they may lift somebody else's lock.
        may_break: bool,
    },
    /// What runs was compared with what was promoted.
    ReadBack(Truth),
    /// Look whether something can go on: time passed, or something outside changed.
    Advance(Box<Facts>),
}

/// A release to bring here.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The identifier the promotion will have.
    pub id: PromotionId,
    /// What.
    pub release: Release,
    /// Who asks: automatic or manual.
    pub kind: Kind,
    /// How.
    pub plan: Plan,
    /// Whose work ships.
    pub authors: Vec<Author>,
    /// The train it goes with.
    pub train: Option<TrainId>,
}

/// A release to go back to.
#[derive(Debug, Clone, PartialEq)]
pub struct RollBack {
    /// The identifier the promotion will have.
    pub id: PromotionId,
    /// Where to go back to; `None` for what ran before.
    pub to: Option<Release>,
    /// Who.
    pub by: Actor,
    /// Why, in their words.
    pub reason: Option<String>,
    /// How to run it, as the manifest says now; what ran before keeps the way it was run.
    pub plan: Plan,
}

/// What is known outside the aggregate at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// For each promotion that waits.
    pub gates: BTreeMap<PromotionId, GateFacts>,
    /// For the rollout under way: the target as it is; `None` if it could not be asked.
    pub target: Option<TargetStatus>,
    /// For the rollout under way: measurements of its step, or why there are none.
    pub measured: Option<Result<Observation, String>>,
}

/// Why a command was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// There is no such promotion that is not over.
    #[error("the promotion is over already")]
    Finished,
    /// The artifact is here.
    #[error("that artifact is running in this environment already")]
    AlreadyRunning,
    /// The artifact is on its way.
    #[error("{0} is bringing that artifact here already")]
    AlreadyProposed(PromotionId),
    /// They looked at something else.
    #[error("what you looked at has changed: {0}. Look at what ships now, and then decide again")]
    OtherDiff(&'static str),
    /// Nobody needs to agree to a rollout under way.
    #[error("the promotion does not wait for an approval")]
    NotWaiting,
    /// Agreement from this person does not count.
    #[error(transparent)]
    NotAnApprover(#[from] NotAnApprover),
    /// Nothing earlier is known.
    #[error("nothing verified ran in this environment before, so there is nothing to go back to")]
    NothingBefore,
    /// The environment is not held.
    #[error("the environment is not held")]
    NotHeld,
    /// The environment is not locked.
    #[error("the environment is not locked")]
    NotLocked,
    /// Somebody else locked it.
    #[error("it is locked by {0}: only they, or an operator, may change or lift that lock")]
    LockedByOther(String),
    /// The promotion has begun.
    #[error("the promotion does not wait for its gates any more")]
    Begun,
    /// Nobody asked for the emergency.
    #[error("nobody has asked to override the gates of this promotion")]
    NotAsked,
    /// One person is not enough.
    #[error("you asked for it yourself: a second person must confirm")]
    SamePerson,
    /// It has been confirmed.
    #[error("its gates are overridden already")]
    AlreadyOverridden,
}

/// The new state, and what must follow from it.
pub type Applied = Result<(Track, Vec<EventBody>), Rejected>;

impl Track {
    /// An environment with its live promotions.
    pub fn new(lane: Lane, promotions: impl IntoIterator<Item = Promotion>) -> Self {
        let promotions = promotions.into_iter().map(|promotion| (promotion.id, promotion)).collect();
        Self { lane, promotions }
    }

    /// Applies a command.
    ///
    /// What is returned must be stored together: the lane, every promotion that changed, and every event.
    ///
    /// # Errors
    /// Why the command is refused.
    pub fn apply(mut self, command: Command, now: Timestamp) -> Applied {
        let mut events = Vec::new();
        match command {
            Command::Propose(proposal) => self.propose(*proposal, now, &mut events)?,
            Command::Approve { promotion, diff, approver } => {
                self.approve(promotion, &diff, &approver, now, &mut events)?;
            }
            Command::AskOverride { promotion, by, reason } => {
                self.ask_override(promotion, by, reason, now, &mut events)?;
            }
            Command::ConfirmOverride { promotion, diff, by } => {
                self.confirm_override(promotion, &diff, by, now, &mut events)?;
            }
            Command::Cancel { promotion, by } => self.cancel(promotion, &by, now, &mut events)?,
            Command::RollBack(rollback) => self.roll_back(*rollback, now, &mut events)?,
            Command::Hold { by, reason } => self.hold(by, reason, now, &mut events),
            Command::Resume => self.resume(&mut events)?,
            Command::Lock(lock) => self.lock(lock, now, &mut events)?,
            Command::Unlock { by, may_break } => self.unlock(&by, may_break, now, &mut events)?,
            Command::ReadBack(truth) => self.read_back(truth, &mut events),
            Command::Advance(facts) => self.advance(&facts, now, &mut events),
        }
        self.follow_what_runs();
        self.lane.live =
            self.promotions.values().filter(|promotion| !promotion.is_finished()).map(|one| one.id).collect();
        self.lane.keep_recent();
        Ok((self, events))
    }

    /// The promotion that owns the target now.
    pub fn rollout(&self) -> Option<&Promotion> {
        self.promotions.values().find(|promotion| promotion.is_rollout())
    }

    /// The promotions that wait, in the order in which they may start: picked by people first, then oldest first.
    pub fn waiting(&self) -> Vec<&Promotion> {
        let mut waiting: Vec<&Promotion> =
            self.promotions.values().filter(|promotion| promotion.is_waiting()).collect();
        waiting.sort_by_key(|promotion| (promotion.kind.is_automatic(), promotion.id));
        waiting
    }

    /// What waits would replace what runs now: what people agreed to before may be something else.
    fn follow_what_runs(&mut self) {
        let running = self.lane.running.as_ref().map(|running| &running.release);
        for promotion in self.promotions.values_mut().filter(|promotion| promotion.is_waiting()) {
            if promotion.replaces.as_ref() != running {
                promotion.replaces = running.cloned();
                promotion.other_base = true;
            }
        }
    }

    fn live(&mut self, id: PromotionId) -> Result<&mut Promotion, Rejected> {
        self.promotions.get_mut(&id).filter(|promotion| !promotion.is_finished()).ok_or(Rejected::Finished)
    }

    /// Ends a promotion.
    fn finish(
        &mut self,
        id: PromotionId,
        outcome: Outcome,
        reason: Option<String>,
        now: Timestamp,
        events: &mut Vec<EventBody>,
    ) {
        let Some(promotion) = self.promotions.get_mut(&id) else { return };
        promotion.state = State::Finished { outcome, reason: reason.clone(), at: now };
        promotion.waits_for.clear();
        if let Some(step) = promotion.steps.last_mut() {
            step.ended_at.get_or_insert(now);
        }
        events.push(EventBody::PromotionFinished { promotion: reference(promotion), outcome, reason });
    }

    /// Asks the target for these shares and returns the request's number.
    fn request(&mut self, target: &Target, shares: Vec<Share>, events: &mut Vec<EventBody>) -> u64 {
        self.lane.sequence += 1;
        let request = TargetRequest {
            service: self.lane.service.clone(),
            environment: self.lane.environment.clone(),
            sequence: self.lane.sequence,
            target: target.clone(),
            shares,
        };
        events.push(EventBody::TargetRequested { request });
        self.lane.sequence
    }
}

fn reference(promotion: &Promotion) -> PromotionRef {
    PromotionRef {
        promotion: promotion.id,
        service: promotion.service.clone(),
        environment: promotion.environment.clone(),
        release: promotion.release.clone(),
    }
}

/// Everything on one release.
fn only(release: &Release) -> Vec<Share> {
    vec![Share { release: release.clone(), weight: Weight::ALL }]
}

/// The new release at its weight, the old one at the rest: at 100 the old one stays ready without traffic.
fn split(new: &Release, old: Option<&Release>, weight: Weight) -> Vec<Share> {
    match old.filter(|old| old.artifact != new.artifact) {
        None => only(new),
        Some(old) => vec![
            Share { release: new.clone(), weight },
            Share { release: old.clone(), weight: weight.rest() },
        ],
    }
}

/// The steps that a rollout really takes: with nothing to compare with or go back to, one is enough.
fn effective_steps(plan: &[Step], old: Option<&Release>) -> Vec<Step> {
    match (old, plan.last()) {
        (None, Some(last)) => vec![Step { weight: Weight::ALL, bake: last.bake }],
        (Some(_), _) | (None, None) => plan.to_vec(),
    }
}
