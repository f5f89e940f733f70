//! The steps of the rollout: how much traffic, for how long, what was measured and what that says.

use api::promotion::{PromotionView, StepView};
use leptos::prelude::*;

use crate::format;
use crate::pages::promotion::measurements::Measurements;
use crate::ui::badge::Badge;
use crate::ui::meter::Meter;
use crate::ui::steps::RailItem;
use crate::ui::time::Countdown;
use crate::words;

/// The steps, planned, under way and over.
#[component]
pub(super) fn Steps(promotion: Signal<PromotionView>) -> impl IntoView {
    let count = Memo::new(move |_| promotion.with(|promotion| promotion.steps.len()));
    move || {
        (0..count.get())
            .map(|index| {
                // The number of steps is fixed with the plan, so a step is there for as long as its item is.
                let step =
                    Memo::new(move |_| promotion.with(|promotion| promotion.steps.get(index).cloned()));
                view! { <Step step promotion /> }
            })
            .collect_view()
    }
}

#[component]
fn Step(step: Memo<Option<StepView>>, promotion: Signal<PromotionView>) -> impl IntoView {
    let told =
        Signal::derive(move || step.with(|step| words::step(step.as_ref().map_or("", |step| &step.status))));
    let title = Signal::derive(move || {
        step.with(|step| step.as_ref().map(|step| format!("{} of traffic", step.weight)).unwrap_or_default())
    });
    let is_current = Signal::derive(move || {
        step.with(|step| {
            step.as_ref().is_some_and(|step| step.status == "rolling" || step.status == "baking")
        })
    });
    let has_begun =
        Memo::new(move |_| step.with(|step| step.as_ref().is_some_and(|step| step.started_at.is_some())));
    let percent = Signal::derive(move || {
        step.with(|step| step.as_ref().map_or(0.0, |step| f64::from(step.weight.percent())))
    });
    let tone = Signal::derive(move || told.get().tone);
    let measured = Memo::new(move |_| step.with(|step| step.as_ref().and_then(|step| step.measured)));
    let verdict = Memo::new(move |_| step.with(|step| step.as_ref().and_then(|step| step.verdict.clone())));
    view! {
        <RailItem told title current=is_current aside=move || view! { <Bake step /> }>
            <Show when=move || has_begun.get()><Meter label="Share of traffic" percent tone /></Show>
            {move || measured.get().map(|measured| {
                let new = promotion.with_untracked(|promotion| promotion.summary.release.artifact.short());
                let old = promotion
                    .with_untracked(|promotion| promotion.summary.replaces.as_ref().map(|old| old.artifact.short()));
                view! { <Measurements measured new old /> }
            })}
            {move || verdict.get().map(|verdict| view! {
                <p class="verdict-line">
                    <Badge told=words::verdict(&verdict) />
                    <span>{words::verdict_sentence(&verdict)}</span>
                </p>
            })}
        </RailItem>
    }
}

/// How long it is watched: counted down while it is, told afterwards.
#[component]
fn Bake(step: Memo<Option<StepView>>) -> impl IntoView {
    move || {
        let step = step.get()?;
        let view = match (step.status.as_str(), step.until, step.reached_at, step.ended_at) {
            ("baking", Some(until), ..) => view! { "bakes " <Countdown until over="deciding" /> }.into_any(),
            (_, _, Some(reached), Some(ended)) => {
                let watched = format::span(ended.as_second() - reached.as_second());
                view! { "watched " {watched} }.into_any()
            }
            _ if step.bake.as_millis() == 0 => view! { "no bake" }.into_any(),
            _ => view! { "bake " {format::span(step.bake.as_millis() / 1_000)} }.into_any(),
        };
        Some(view)
    }
}
