//! Which changes failed, why we say so, and when their users were well again.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Deployment, Incident};
use crate::PromotionId;
use crate::promotion::Outcome;

/// How sure it is that a change is what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// It was named: by the rollback that took it back, by itself, or by whoever linked the incident.
    Explicit,
    /// It was concluded from times or titles.
    Inferred,
}

/// Why a change counts as failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// Its measurements, or its own end, took it back.
    WentBack,
    /// A person stopped it while it had traffic.
    Stopped,
    /// A person rolled it back.
    RolledBack {
        /// By this promotion.
        by: PromotionId,
    },
    /// Something was wrong for users.
    Incident {
        /// Which.
        id: String,
    },
}

/// A change that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The promotion that brought it.
    pub promotion: PromotionId,
    /// Why it counts as failed.
    pub cause: Cause,
    /// How sure that is.
    pub link: Link,
    /// When users first got it.
    pub since: Timestamp,
    /// When they were well again; absent if they are not yet.
    pub recovered_at: Option<Timestamp>,
}

/// The failures among the changes, at most one for each. `deployments` are of one environment, oldest first.
///
/// What is named outranks what is concluded; of several equally sure causes the first found stays.
pub(super) fn failures(deployments: &[&Deployment], incidents: &[Incident]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    let mut add = |failure: Failure| match found.iter_mut().find(|one| one.promotion == failure.promotion) {
        Some(known) if failure.link < known.link => *known = failure,
        Some(_) => {}
        None => found.push(failure),
    };
    for rollback in deployments.iter().filter(|one| one.kind.is_rollback()) {
        let Some(failed) = taken_back_by(rollback, deployments) else { continue };
        let cause = Cause::RolledBack { by: rollback.promotion };
        add_of(
            failed,
            cause,
            Link::Explicit,
            back_on_another(failed, rollback.created_at, deployments),
            &mut add,
        );
    }
    for change in deployments.iter().filter(|one| one.is_change()) {
        let cause = match change.outcome {
            Outcome::RolledBack => Cause::WentBack,
            Outcome::Cancelled => Cause::Stopped,
            Outcome::Done | Outcome::Failed | Outcome::Superseded => continue,
        };
        let back = back_on_another(change, change.finished_at, deployments);
        add_of(change, cause, Link::Explicit, change.restored_at.or(back), &mut add);
    }
    for incident in incidents {
        let (failed, link) = match &incident.caused_by {
            Some(id) => {
                (deployments.iter().find(|one| one.promotion == *id && one.is_change()), Link::Explicit)
            }
            None => (live_at(incident.started_at, deployments), Link::Inferred),
        };
        let Some(failed) = failed else { continue };
        let cause = Cause::Incident { id: incident.id.clone() };
        add_of(failed, cause, link, incident.resolved_at, &mut add);
    }
    found
}

fn add_of(
    failed: &Deployment,
    cause: Cause,
    link: Link,
    recovered_at: Option<Timestamp>,
    add: &mut impl FnMut(Failure),
) {
    let Some(since) = failed.first_traffic_at else { return };
    add(Failure { promotion: failed.promotion, cause, link, since, recovered_at });
}

/// The change that a rollback took back: the newest before it that brought what the rollback replaced.
///
/// A change that the rollback pre-empted on its way has ended by the time the rollback was made, and is found the same.
fn taken_back_by<'a>(rollback: &Deployment, deployments: &[&'a Deployment]) -> Option<&'a Deployment> {
    let taken = rollback.replaced.as_ref()?;
    let mut earlier = deployments.iter().rev().filter(|one| one.created_at <= rollback.created_at);
    let brought = earlier.find(|one| !one.kind.is_rollback() && one.release.artifact == taken.artifact)?;
    // One that was pre-empted before users got it harmed nobody.
    brought.is_change().then_some(*brought)
}

/// When something else than the failed artifact had all traffic and stayed, after a moment.
fn back_on_another(failed: &Deployment, after: Timestamp, deployments: &[&Deployment]) -> Option<Timestamp> {
    let good = deployments.iter().filter(|one| {
        one.outcome == Outcome::Done && one.release.artifact != failed.release.artifact && one.at() >= after
    });
    good.map(|one| one.at()).min()
}

/// The change that ran at a moment: the newest that had all traffic by then, unless a rollback had replaced it.
fn live_at<'a, 'b>(at: Timestamp, deployments: &'b [&'a Deployment]) -> Option<&'b &'a Deployment> {
    let landed = deployments.iter().filter(|one| one.outcome == Outcome::Done && one.at() <= at);
    let running = landed.max_by_key(|one| one.at())?;
    let brought = deployments.iter().filter(|one| {
        one.is_deployment() && one.at() <= at && one.release.artifact == running.release.artifact
    });
    brought.max_by_key(|one| one.at())
}
