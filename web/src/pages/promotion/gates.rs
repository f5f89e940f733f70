//! "Why not yet": every gate, each with whom or what it waits for, and where that is resolved.

use leptos::prelude::*;

use crate::paths;
use crate::ui::copy::CopyLine;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::note::paragraph;
use crate::ui::steps::RailItem;
use crate::ui::time::{Countdown, Time};
use crate::wire::{ApprovalView, GateView, Promotion, PromotionSummary};
use crate::words::{self, Told, Tone, sentence};

/// The gates, in order.
pub(super) fn gates(promotion: &Promotion) -> Vec<AnyView> {
    let one = |view: &GateView| {
        let approvals = if view.gate == "approvals" { promotion.approvals.as_slice() } else { &[] };
        gate(view, approvals, &promotion.summary)
    };
    promotion.gates.iter().map(one).collect()
}

fn told(gate: &GateView) -> Told {
    if gate.overridden == Some(true) {
        return Told { tone: Tone::Warn, icon: Icon::Warning, word: "Overridden" };
    }
    if gate.open {
        return Told { tone: Tone::Ok, icon: Icon::Check, word: "Open" };
    }
    match gate.gate.as_str() {
        "hold" => Told { tone: Tone::Warn, icon: Icon::Hold, word: "Held" },
        "lock" => Told { tone: Tone::Warn, icon: Icon::Lock, word: "Locked" },
        "freeze" => Told { tone: Tone::Plain, icon: Icon::Freeze, word: "Frozen" },
        "drift" => Told { tone: Tone::Warn, icon: Icon::Warning, word: "Drifted" },
        _ => Told { tone: Tone::Plain, icon: Icon::Clock, word: "Waits" },
    }
}

fn gate(gate: &GateView, approvals: &[ApprovalView], promotion: &PromotionSummary) -> AnyView {
    let is_open = gate.open && gate.overridden != Some(true);
    // What an open gate asked for is said in passing; what a closed one waits for is what matters here.
    let aside = match gate.opens_at.filter(|_| !gate.open) {
        Some(until) => view! { "opens in " <Countdown until over="a moment" /> }.into_any(),
        None if is_open => gate.sentence.clone().into_any(),
        None => ().into_any(),
    };
    let why_not = (!is_open).then(|| paragraph("", sentence(&gate.sentence)));
    let resolve = (!gate.open && !promotion.phase.is_finished()).then(|| resolve(gate, promotion));
    let approvals: Vec<AnyView> = approvals.iter().map(approval).collect();
    view! {
        <RailItem told=told(gate) title=words::gate(&gate.gate) aside>{why_not}{approvals}{resolve}</RailItem>
    }
    .into_any()
}

fn approval(approval: &ApprovalView) -> AnyView {
    let by = view! { {format!("Approved by {} ", approval.by)}<Time at=approval.at /> };
    match &approval.void {
        Some(void) => {
            view! { <p class="approval approval-void"><s>{by}</s> " Void: " {format!("{void}.")}</p> }
                .into_any()
        }
        None => view! { <p class="approval"><Glyph icon=Icon::Check />{by}</p> }.into_any(),
    }
}

/// Who, where, or by which command.
fn resolve(gate: &GateView, promotion: &PromotionSummary) -> AnyView {
    let (service, environment) = (&promotion.service, &promotion.environment);
    let link =
        |href: String, text: String| view! { <p class="resolve"><a href=href>{text}</a></p> }.into_any();
    let in_service = |verb: &str| link(paths::service(service), format!("{verb} in {service}"));
    match gate.gate.as_str() {
        "approvals" => {
            let people = people(&gate.people);
            let command = format!("keelson approve {}", promotion.id);
            view! { {people}<CopyLine text=command what="the command" /> }.into_any()
        }
        "checks" => link(paths::service_tab(service, "runs"), "See the runs".to_owned()),
        "previous_environment" | "previous_health" => in_service("See what runs before"),
        "lock" => in_service(&format!("Unlock {environment}")),
        "hold" => in_service(&format!("Resume {environment}")),
        "drift" => in_service(&format!("Repair {environment}")),
        "rollout" => in_service("See what is rolling out"),
        "train" => match &promotion.train {
            Some(train) => link(paths::train(train), "See the train".to_owned()),
            None => ().into_any(),
        },
        // Time alone opens the others.
        _ => ().into_any(),
    }
}

fn people(logins: &[String]) -> Option<AnyView> {
    let one = |login: &String| view! { <li><Glyph icon=Icon::Person />{login.clone()}</li> }.into_any();
    let all: Vec<AnyView> = logins.iter().map(one).collect();
    (!all.is_empty())
        .then(|| view! { <ul class="people" aria-label="Who could approve">{all}</ul> }.into_any())
}
