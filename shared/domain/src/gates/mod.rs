//! What must be true before a promotion starts, and the one sentence that says what it waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::change::Author;
use crate::check::Check;
use crate::drift::Drift;
use crate::manifest::{self, Gates};
use crate::promotion::{Plan, Promotion};
use crate::{EnvironmentName, Login, PromotionId, TeamName, TrainId};

mod approval;
mod sentence;
#[cfg(test)]
mod tests;

pub use approval::{Approval, Approver, Diff, InvalidDiff, NotAnApprover, Void, may_approve};
pub(crate) use sentence::moment;

/// A gate that is closed, with what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum Unmet {
    /// CI has not said yes.
    Checks {
        /// Still running.
        pending: Vec<String>,
        /// Red.
        failed: Vec<String>,
        /// Required, but not seen on the commit.
        missing: Vec<String>,
    },
    /// The artifact has not been verified in the environment before.
    NotVerified {
        /// That environment.
        environment: EnvironmentName,
    },
    /// The artifact has not run long enough in the environment before.
    Soak {
        /// That environment.
        environment: EnvironmentName,
        /// When it will have, if it goes on running; absent if it runs there no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Too few people have agreed.
    Approvals {
        /// How many have.
        given: u32,
        /// How many it takes.
        needed: u32,
        /// The team they must belong to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<TeamName>,
        /// Whose agreement does not count, because their work ships.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_from: Vec<String>,
        /// Who has the right to agree, and whose agreement would count.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        could: Vec<Login>,
        /// Who agreed to something that would not ship any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        void: Vec<Void>,
    },
    /// The artifact did harm in the environment before, or somebody stopped it there.
    TakenBack {
        /// That environment.
        environment: EnvironmentName,
        /// What was found.
        reason: String,
    },
    /// The environment before does not serve as it should.
    Unhealthy {
        /// That environment.
        environment: EnvironmentName,
        /// What is wrong there.
        reason: String,
    },
    /// The manifest's calendar says that nothing starts now.
    Frozen {
        /// When it does again; absent if no end is in sight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// The same as the clocks of the window's zone show it, with the zone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        local: Option<String>,
        /// Why, as the manifest says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Somebody has locked the environment.
    Locked {
        /// Who.
        by: String,
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: String,
        /// Until when, if it ends by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// It goes with a train, and it is not its turn.
    Train {
        /// That train.
        train: TrainId,
        /// What the train waits for.
        reason: String,
    },
    /// The environment is held.
    Held {
        /// Who holds it.
        by: String,
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: String,
    },
    /// What runs there is not what was promoted.
    Drifted {
        /// What was found.
        drift: Drift,
    },
    /// Another rollout is under way there.
    Busy {
        /// That rollout.
        promotion: PromotionId,
    },
}

/// What is known, outside the environment itself, of a release that waits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GateFacts {
    /// What CI says of its commit.
    pub checks: Vec<Check>,
    /// How it did in the environment before; `None` when the plan names none.
    pub previous: Option<PreviousStay>,
    /// What speaks against the environment before, or against the artifact there.
    pub trouble: Option<Trouble>,
    /// Everybody with the right to approve there.
    pub approvers: Vec<Approver>,
    /// Whose work ships, if that was to be looked up again.
    pub authors: Option<Vec<Author>>,
    /// How it would be gone about by the manifest as it is now; `None` if the environment is declared no more.
    pub plan: Option<Plan>,
    /// Whether its train lets it go; `None` if it belongs to none.
    pub turn: Option<Turn>,
}

/// What speaks against the environment before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The artifact was taken back there, or stopped by a person.
    TakenBack {
        /// What was found.
        reason: String,
    },
    /// It does not serve as it should, whatever runs there.
    Unhealthy {
        /// What is wrong.
        reason: String,
    },
}

/// What a train says to one of its cars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It may go as soon as its own gates are open.
    Go,
    /// Not yet.
    Wait {
        /// What the train waits for.
        reason: String,
    },
    /// Never: the train is over.
    Over,
}

/// How a release did in the environment before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviousStay {
    /// It was never verified there.
    NeverVerified,
    /// It is verified and running there, without interruption, since then.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// It ran there, verified, but no more.
    Gone {
        /// The longest uninterrupted stay.
        longest: crate::Period,
    },
}

/// Every gate outside the environment that is closed for this promotion.
///
/// Soak follows Kargo's rule: it counts from verification, must be uninterrupted, and is the longest of the
/// completed stays and the current one.
pub fn unmet(promotion: &Promotion, facts: &GateFacts, now: Timestamp) -> Vec<Unmet> {
    let checks = checks(&promotion.plan.required_checks, &facts.checks);
    let previous = facts.previous.as_ref().and_then(|stay| previous(promotion, stay, now));
    let trouble = facts.trouble.as_ref().and_then(|trouble| troubled(promotion, trouble));
    let approvals = approval::unmet(promotion, &facts.approvers);
    let frozen = frozen(&promotion.plan.gates, now);
    let train = train(promotion, facts.turn.as_ref());
    [checks, previous, trouble, approvals, frozen, train].into_iter().flatten().collect()
}

fn troubled(promotion: &Promotion, trouble: &Trouble) -> Option<Unmet> {
    let environment = promotion.plan.previous.clone()?;
    Some(match trouble.clone() {
        Trouble::TakenBack { reason } => Unmet::TakenBack { environment, reason },
        Trouble::Unhealthy { reason } => Unmet::Unhealthy { environment, reason },
    })
}

/// The window of the manifest's calendar that it is in now, as a closed gate.
pub fn frozen(gates: &Gates, now: Timestamp) -> Option<Unmet> {
    let frozen = manifest::frozen(&gates.freeze, now)?;
    Some(Unmet::Frozen { until: frozen.until, local: frozen.local(), reason: frozen.by.reason.clone() })
}

fn train(promotion: &Promotion, turn: Option<&Turn>) -> Option<Unmet> {
    let train = promotion.train?;
    match turn {
        Some(Turn::Go) => None,
        Some(Turn::Wait { reason }) => Some(Unmet::Train { train, reason: reason.clone() }),
        Some(Turn::Over) => Some(Unmet::Train { train, reason: "the train is over".to_owned() }),
        None => Some(Unmet::Train { train, reason: "the train does not answer".to_owned() }),
    }
}

fn checks(required: &[String], seen: &[Check]) -> Option<Unmet> {
    let relevant = |check: &&Check| required.is_empty() || required.contains(&check.name);
    let names = |wanted: fn(&Check) -> bool| -> Vec<String> {
        let mut names: Vec<String> = seen
            .iter()
            .filter(relevant)
            .filter(|check| wanted(check))
            .map(|check| check.name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let pending = names(|check| check.state.is_pending());
    let failed = names(|check| !check.state.is_pending() && !check.state.is_green());
    let missing: Vec<String> =
        required.iter().filter(|name| !seen.iter().any(|check| check.name == **name)).cloned().collect();
    let all_green = pending.is_empty() && failed.is_empty() && missing.is_empty();
    (!all_green).then_some(Unmet::Checks { pending, failed, missing })
}

fn previous(promotion: &Promotion, stay: &PreviousStay, now: Timestamp) -> Option<Unmet> {
    let environment = promotion.plan.previous.clone()?;
    let soak = promotion.plan.gates.soak.unwrap_or_default();
    match *stay {
        PreviousStay::NeverVerified => Some(Unmet::NotVerified { environment }),
        PreviousStay::Running { since } => {
            let until = soak.after(since);
            (until > now).then_some(Unmet::Soak { environment, until: Some(until) })
        }
        PreviousStay::Gone { longest } => {
            (longest < soak).then_some(Unmet::Soak { environment, until: None })
        }
    }
}
