//! "Why not yet": every gate, each with whom or what it waits for.

use leptos::prelude::*;

use crate::ui::icon::Icon;
use crate::ui::steps::RailItem;
use crate::ui::time::{Countdown, Time};
use crate::wire::Promotion;
use crate::wire::{ApprovalView, GateView};
use crate::words::{self, Told, Tone, sentence};

/// The gates, in order.
pub(super) fn gates(promotion: &Promotion) -> Vec<AnyView> {
    let detail = promotion;
    let one = |view: &GateView| {
        let approvals = if view.gate == "approvals" { detail.approvals.as_slice() } else { &[] };
        gate(view, approvals)
    };
    detail.gates.iter().map(one).collect()
}

fn told(gate: &GateView) -> Told {
    if gate.open {
        return Told { tone: Tone::Ok, icon: Icon::Check, word: "Open" };
    }
    match gate.gate.as_str() {
        "hold" => Told { tone: Tone::Warn, icon: Icon::Hold, word: "Held" },
        _ => Told { tone: Tone::Plain, icon: Icon::Clock, word: "Waits" },
    }
}

fn gate(gate: &GateView, approvals: &[ApprovalView]) -> AnyView {
    // What an open gate asked for is said in passing; what a closed one waits for is what matters here.
    let aside = match gate.opens_at.filter(|_| !gate.open) {
        Some(until) => view! { "opens in " <Countdown until over="a moment" /> }.into_any(),
        None if gate.open => gate.sentence.clone().into_any(),
        None => ().into_any(),
    };
    let why_not = (!gate.open).then(|| view! { <p>{sentence(&gate.sentence)}</p> }.into_any());
    let approved = |approval: &ApprovalView| {
        let class = if approval.void.is_some() { "approval approval-void" } else { "approval" };
        let void = approval.void.as_deref().map(|void| format!(". {}", sentence(void)));
        view! { <p class=class>{format!("Approved by {} ", approval.by)}<Time at=approval.at />{void}</p> }
            .into_any()
    };
    let approvals: Vec<AnyView> = approvals.iter().map(approved).collect();
    view! { <RailItem told=told(gate) title=words::gate(&gate.gate) aside>{why_not}{approvals}</RailItem> }
        .into_any()
}
