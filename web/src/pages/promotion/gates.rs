//! "Why not yet": every gate, each with whom or what it waits for.

use api::promotion::{GateView, PromotionView};
use domain::promotion::Approval;
use leptos::prelude::*;

use crate::ui::icon::Icon;
use crate::ui::steps::RailItem;
use crate::ui::time::{Countdown, Time};
use crate::words::{self, Told, Tone, sentence};

/// The gates, in order.
#[component]
pub(super) fn Gates(promotion: Signal<PromotionView>) -> impl IntoView {
    let gates = Memo::new(move |_| promotion.with(|promotion| promotion.gates.clone()));
    let approvals = Memo::new(move |_| promotion.with(|promotion| promotion.approvals.clone()));
    move || {
        gates
            .get()
            .into_iter()
            .map(|gate| {
                let approvals = if gate.gate == "approvals" { approvals.get() } else { Vec::new() };
                view! { <Gate gate approvals /> }
            })
            .collect_view()
    }
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

#[component]
fn Gate(gate: GateView, approvals: Vec<Approval>) -> impl IntoView {
    let told = told(&gate);
    let opens_at = gate.opens_at.filter(|_| !gate.open);
    // What an open gate asked for is said in passing; what a closed one waits for is what matters here.
    let rule = gate.open.then(|| gate.sentence.clone());
    let why_not = (!gate.open).then(|| view! { <p>{sentence(&gate.sentence)}</p> });
    view! {
        <RailItem
            told=Signal::stored(told)
            title=words::gate(&gate.gate)
            aside=move || match opens_at {
                Some(until) => view! { "opens in " <Countdown until over="a moment" /> }.into_any(),
                None => rule.clone().into_any(),
            }
        >
            {why_not}
            {approvals.into_iter().map(|approval| view! {
                <p class="approval">"Approved by " {approval.by.to_string()} " " <Time at=approval.at /></p>
            }).collect_view()}
        </RailItem>
    }
}
