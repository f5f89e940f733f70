//! The gates of a promotion: what each asks for, and what a closed one waits for.

use api::promotion::GateView;
use domain::gates::{self, GateFacts, Unmet};
use domain::promotion::Promotion;
use jiff::Timestamp;

/// Every gate of a promotion, open, closed, or passed in an emergency.
pub(crate) fn gates(promotion: &Promotion, facts: &GateFacts, now: Timestamp) -> Vec<GateView> {
    if promotion.kind.is_rollback() {
        return Vec::new();
    }
    // Those of a rollout that began were open. One that never began shows what still kept it.
    let mut closed =
        if promotion.steps.is_empty() { gates::unmet(promotion, facts, now) } else { Vec::new() };
    if promotion.is_waiting() {
        closed.extend(promotion.waits_for.iter().filter(|unmet| is_of_environment(unmet)).cloned());
    }
    let overridden = match &promotion.overriding {
        Some(emergency) => emergency.overrode.as_slice(),
        None => &[],
    };
    let mut views: Vec<GateView> =
        rules(promotion).into_iter().map(|(name, rule)| gate(&closed, overridden, name, rule)).collect();
    let is_shown = |views: &[GateView], unmet: &Unmet| views.iter().any(|view| view.gate == name(unmet));
    for unmet in &closed {
        if !is_shown(&views, unmet) {
            views.push(closed_gate(unmet));
        }
    }
    for unmet in overridden {
        if !is_shown(&views, unmet) {
            views.push(passed_gate(unmet));
        }
    }
    views
}

/// The gates that the manifest asks for, and what each asks.
fn rules(promotion: &Promotion) -> Vec<(&'static str, String)> {
    let mut rules = vec![("checks", checks_rule(promotion))];
    let asked = &promotion.plan.gates;
    if let Some(previous) = &promotion.plan.previous {
        rules.push(("previous_environment", format!("verified in {previous}")));
        rules.push(("previous_health", format!("{previous} is healthy")));
        if let Some(soak) = asked.soak {
            rules.push(("soak", format!("soaked {soak} in {previous}")));
        }
    }
    if let Some(rule) = &asked.approvals {
        let from = rule.from.as_ref().map_or(String::new(), |team| format!(" from {team}"));
        let diff = promotion.diff();
        let counted = promotion.approvals.iter().filter(|approval| approval.void(&diff).is_none());
        let by: Vec<&str> = counted.map(|approval| approval.by.as_str()).collect();
        let given = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
        rules.push(("approvals", format!("{} approval{from}{given}", rule.count)));
    }
    if !asked.freeze.is_empty() {
        rules.push(("freeze", "outside of the freezes of keelson.toml".to_owned()));
    }
    if let Some(train) = promotion.train {
        rules.push(("train", format!("train {train} lets it go")));
    }
    rules
}

fn checks_rule(promotion: &Promotion) -> String {
    match &promotion.plan.required_checks[..] {
        [] => "every check seen on the commit is green".to_owned(),
        required => format!("green: {}", required.join(", ")),
    }
}

fn gate(closed: &[Unmet], overridden: &[Unmet], gate: &str, rule: String) -> GateView {
    if let Some(unmet) = closed.iter().find(|unmet| name(unmet) == gate) {
        return closed_gate(unmet);
    }
    if let Some(unmet) = overridden.iter().find(|unmet| name(unmet) == gate) {
        return passed_gate(unmet);
    }
    GateView {
        gate: gate.to_owned(),
        open: true,
        sentence: rule,
        opens_at: None,
        people: Vec::new(),
        overridden: false,
        can_be_overridden: false,
    }
}

fn closed_gate(unmet: &Unmet) -> GateView {
    GateView {
        gate: name(unmet).to_owned(),
        open: false,
        sentence: unmet.sentence(),
        opens_at: unmet.opens_at(),
        people: unmet.people().to_vec(),
        overridden: false,
        can_be_overridden: unmet.can_be_overridden(),
    }
}

/// It was closed when the rollout began all the same.
fn passed_gate(unmet: &Unmet) -> GateView {
    GateView { open: true, overridden: true, opens_at: None, can_be_overridden: false, ..closed_gate(unmet) }
}

/// Whether the gate is of the environment itself, and so only as true as the last look.
fn is_of_environment(unmet: &Unmet) -> bool {
    match unmet {
        Unmet::Locked { .. } | Unmet::Held { .. } | Unmet::Drifted { .. } | Unmet::Busy { .. } => true,
        Unmet::Checks { .. }
        | Unmet::NotVerified { .. }
        | Unmet::TakenBack { .. }
        | Unmet::Unhealthy { .. }
        | Unmet::Soak { .. }
        | Unmet::Approvals { .. }
        | Unmet::Frozen { .. }
        | Unmet::Train { .. } => false,
    }
}

fn name(unmet: &Unmet) -> &'static str {
    match unmet {
        Unmet::Checks { .. } => "checks",
        Unmet::NotVerified { .. } | Unmet::TakenBack { .. } => "previous_environment",
        Unmet::Unhealthy { .. } => "previous_health",
        Unmet::Soak { .. } => "soak",
        Unmet::Approvals { .. } => "approvals",
        Unmet::Frozen { .. } => "freeze",
        Unmet::Locked { .. } => "lock",
        Unmet::Held { .. } => "hold",
        Unmet::Drifted { .. } => "drift",
        Unmet::Train { .. } => "train",
        Unmet::Busy { .. } => "rollout",
    }
}
