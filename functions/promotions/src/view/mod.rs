//! Domain state as the wire shows it.

mod emergency;
mod gates;

pub(crate) use self::gates::gates;
pub(crate) use emergency::{approvals, ask_override, overriding};

use api::overview::Action;
use api::promotion::{Origin, Phase, PromotionSummary, StepView};
use domain::access::{Permission, Place};
use domain::analysis::Verdict;
use domain::gates::{Unmet, may_approve};
use domain::promotion::{Kind, Outcome, Promotion, State};
use domain::service::Service;
use domain::{EnvironmentName, Weight};
use edge::Caller;
use jiff::Timestamp;

/// Who looks, and where: what decides which buttons work.
pub(crate) struct Looker<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) place: Place,
}

impl<'a> Looker<'a> {
    pub(crate) fn at(caller: &'a Caller, service: &Service, environment: &EnvironmentName) -> Self {
        Self { caller, place: service.place(Some(environment)) }
    }

    pub(crate) fn action(&self, permission: Permission) -> Action {
        self.caller.action(permission, &self.place)
    }
}

/// A promotion as lists show it.
pub(crate) fn summary(promotion: &Promotion, looker: &Looker<'_>) -> PromotionSummary {
    let (origin, by) = match &promotion.kind {
        Kind::Automatic => (Origin::Automatic, "Keelson".to_owned()),
        Kind::Manual { by, .. } => (Origin::Manual, by.label()),
        Kind::Rollback { by, .. } => (Origin::Rollback, by.label()),
    };
    let (reason, finished_at) = match &promotion.state {
        State::Reverting { reason, .. } => (Some(reason.clone()), None),
        State::Finished { reason, at, .. } => (reason.clone(), Some(*at)),
        State::Waiting | State::Rolling { .. } | State::Baking { .. } => (None, None),
    };
    PromotionSummary {
        id: promotion.id,
        service: promotion.service.clone(),
        environment: promotion.environment.clone(),
        release: promotion.release.clone(),
        replaces: promotion.replaces.clone(),
        origin,
        by,
        phase: Phase::from(&promotion.state),
        weight: promotion.steps.last().map_or(Weight::NONE, |step| step.weight),
        step: promotion.step().map(|step| (step + 1, step_count(promotion))),
        bakes_until: bakes_until(promotion),
        waits_for: waits_for(promotion),
        reason,
        created_at: promotion.created_at,
        finished_at,
        diff: promotion.diff(),
        train: promotion.train,
        approve: approve(promotion, looker),
        cancel: cancel(promotion, looker),
    }
}

fn step_count(promotion: &Promotion) -> usize {
    promotion.plan.steps.len().max(promotion.steps.len())
}

fn bakes_until(promotion: &Promotion) -> Option<Timestamp> {
    match promotion.state {
        State::Baking { until, asks: false, .. } => Some(until),
        State::Waiting
        | State::Rolling { .. }
        | State::Baking { .. }
        | State::Reverting { .. }
        | State::Finished { .. } => None,
    }
}

/// What keeps a promotion waiting: a sentence for each closed gate, or the decision a person is asked for.
pub(crate) fn waits_for(promotion: &Promotion) -> Vec<String> {
    if asks(promotion) {
        let why = match promotion.steps.last().and_then(|step| step.verdict.as_ref()) {
            Some(Verdict::NotEnoughData { requests, needed }) => {
                format!("only {requests} of {needed} requests needed to judge it")
            }
            Some(Verdict::CouldNotMeasure { reason }) => format!("it could not be measured: {reason}"),
            Some(Verdict::Pass | Verdict::Fail { .. }) | None => "there is too little data".to_owned(),
        };
        return vec![format!(
            "waits for a decision: {why}. Approve to go on, cancel or roll back to go back"
        )];
    }
    promotion.waits_for.iter().map(Unmet::sentence).collect()
}

/// Whether a person is asked whether it goes on.
pub(crate) fn asks(promotion: &Promotion) -> bool {
    matches!(promotion.state, State::Baking { asks: true, .. })
}

/// Absent when there is nothing to approve.
fn approve(promotion: &Promotion, looker: &Looker<'_>) -> Option<Action> {
    let wants = promotion.waits_for.iter().any(|unmet| matches!(unmet, Unmet::Approvals { .. }));
    let waits = promotion.is_waiting() && wants;
    if !waits && !asks(promotion) {
        return None;
    }
    let allowed = looker.action(Permission::Approve);
    if !allowed.is_allowed() || asks(promotion) {
        return Some(allowed);
    }
    let Some(approver) = looker.caller.approver() else {
        return Some(Action::refused("only a person can approve"));
    };
    Some(match may_approve(promotion, &approver) {
        Ok(()) => Action::ALLOWED,
        Err(refusal) => Action::refused(refusal.to_string()),
    })
}

fn cancel(promotion: &Promotion, looker: &Looker<'_>) -> Action {
    match promotion.state {
        State::Finished { .. } => Action::refused("the promotion is over"),
        State::Reverting { .. } => Action::refused("it is going back already"),
        State::Waiting | State::Rolling { .. } | State::Baking { .. } => looker.action(Permission::Promote),
    }
}

/// Every step of a promotion: those begun, then those to come.
pub(crate) fn steps(promotion: &Promotion) -> Vec<StepView> {
    let begun = promotion.steps.iter().enumerate().map(|(index, record)| {
        let is_last = index + 1 == promotion.steps.len();
        StepView {
            weight: record.weight,
            bake: record.bake,
            status: status(promotion, is_last).to_owned(),
            started_at: Some(record.started_at),
            reached_at: record.reached_at,
            until: bakes_until(promotion).filter(|_| is_last),
            ended_at: record.ended_at,
            measured: record.measured,
            verdict: record.verdict.clone(),
        }
    });
    let to_come = promotion.plan.steps.iter().skip(promotion.steps.len()).map(|step| StepView {
        weight: step.weight,
        bake: step.bake,
        status: if promotion.is_finished() { "skipped" } else { "planned" }.to_owned(),
        started_at: None,
        reached_at: None,
        until: None,
        ended_at: None,
        measured: None,
        verdict: None,
    });
    begun.chain(to_come).collect()
}

fn status(promotion: &Promotion, is_last: bool) -> &'static str {
    if !is_last {
        return "passed";
    }
    match promotion.state {
        State::Waiting => "planned",
        State::Rolling { .. } => "rolling",
        State::Baking { .. } => "baking",
        State::Reverting { .. } => "failed",
        State::Finished { outcome, .. } => match outcome {
            Outcome::Done => "passed",
            Outcome::Failed | Outcome::RolledBack => "failed",
            Outcome::Cancelled | Outcome::Superseded => "stopped",
        },
    }
}
