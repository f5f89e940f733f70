//! The steps of the rollout: how much traffic, for how long, what was measured and what that says.

use domain::analysis::Verdict;
use leptos::prelude::*;

use crate::format;
use crate::pages::promotion::measurements::measurements;
use crate::ui::badge::Badge;
use crate::ui::meter::Meter;
use crate::ui::steps::RailItem;
use crate::ui::time::Countdown;
use crate::wire::Promotion;
use crate::wire::{Comparison, StepView};
use crate::words;

/// The steps, planned, under way and over.
pub(super) fn steps(promotion: &Promotion) -> Vec<AnyView> {
    let new = promotion.summary.release.artifact.short();
    let old = promotion.summary.replaces.as_ref().map(|old| old.artifact.short());
    promotion.steps.iter().map(|one| step(one, &new, old.as_deref())).collect()
}

fn step(step: &StepView, new: &str, old: Option<&str>) -> AnyView {
    let told = words::step(&step.status);
    let current = step.status == "rolling" || step.status == "baking";
    let meter = step.started_at.map(|_| {
        view! { <Meter label="Share of traffic" percent=step.weight.percent() tone=told.tone /> }.into_any()
    });
    let verdict = step.verdict.as_ref().map(|one| verdict(one, step.measured.as_ref()));
    let measured = step.measured.as_ref().map(|measured| measurements(measured, new, old));
    view! {
        <RailItem told title=format!("{} of traffic", step.weight) current aside=bake(step)>
            {meter}
            {measured}
            {verdict}
        </RailItem>
    }
    .into_any()
}

fn verdict(verdict: &Verdict, measured: Option<&Comparison>) -> AnyView {
    let seen = measured.map(|both| (both.new.requests, both.old.as_ref().map(|old| old.requests)));
    view! {
        <p class="verdict-line">
            <Badge told=words::verdict(verdict) />
            <span>{words::verdict_sentence(verdict, seen)}</span>
        </p>
    }
    .into_any()
}

/// How long it is watched: counted down while it is, told afterwards.
fn bake(step: &StepView) -> AnyView {
    match (step.status.as_str(), step.until, step.reached_at, step.ended_at) {
        ("baking", Some(until), ..) => view! { "bakes " <Countdown until over="deciding" /> }.into_any(),
        (_, _, Some(reached), Some(ended)) => {
            format!("watched {}", format::span(ended.as_second() - reached.as_second())).into_any()
        }
        _ if step.bake.as_millis() == 0 => "no bake".into_any(),
        _ => format!("bake {}", format::span(step.bake.as_millis() / 1_000)).into_any(),
    }
}
