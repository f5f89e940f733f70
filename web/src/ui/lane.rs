//! One environment of a service: what runs there, how it is, what waits and why, and what can be done.

use api::overview::{Action, LaneView, RunningView};
use api::promotion::{Phase, PromotionSummary};
use domain::{Digest, PromotionId, ServiceName};
use leptos::prelude::*;

use crate::actions::Ask;
use crate::format;
use crate::paths;
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::digest::CommitText;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::meter::Meter;
use crate::ui::time::{Countdown, Time};
use crate::words::{self, Tone, sentence};

/// One environment of a service.
#[component]
pub(crate) fn Lane(
    /// The service.
    service: ServiceName,
    /// The environment.
    #[prop(into)]
    lane: Signal<LaneView>,
    /// Whether holding and resuming is offered too.
    #[prop(optional)]
    with_hold: bool,
) -> impl IntoView {
    let name = Memo::new(move |_| lane.with(|lane| lane.environment.to_string()));
    let whole = service.clone();
    let label = move || format!("{whole} in {}", name.get());
    let health = Signal::derive(move || lane.with(|lane| words::health(lane.health.state)));
    let worry = Memo::new(move |_| lane.with(reason_to_worry));
    let running = Memo::new(move |_| lane.with(|lane| lane.running.clone()));
    let rollout = Memo::new(move |_| lane.with(|lane| lane.rollout.clone()));
    let waits = Memo::new(move |_| lane.with(waiting));
    let hold = Memo::new(move |_| lane.with(|lane| lane.hold.clone()));
    view! {
        <section class="lane" aria-label=label>
            <header class="lane-head">
                <h3>{move || name.get()}</h3>
                <Badge told=health />
            </header>
            {move || match running.get() {
                Some(running) => view! { <Running running /> }.into_any(),
                None => view! { <p class="lane-running muted">"Nothing runs here yet"</p> }.into_any(),
            }}
            {move || worry.get().map(|worry| view! { <p class="lane-note tone-bad">{worry}</p> })}
            {move || hold.get().map(|hold| view! {
                <p class="lane-note tone-warn">
                    <Glyph icon=Icon::Hold />
                    <span>"Held by "{hold.by.label()}" "<Time at=hold.since />": "{hold.reason}</span>
                </p>
            })}
            {move || rollout.get().map(|rollout| view! { <Rollout rollout /> })}
            {move || waits.get().map(|waits| view! { <Waiting waits /> })}
            <LaneActions service lane with_hold />
        </section>
    }
}

#[component]
fn Running(running: RunningView) -> impl IntoView {
    let digest = running.release.artifact;
    view! {
        <p class="lane-running">
            <code class="lane-digest" title=digest.to_string()>{digest.short()}</code>
            <span class="muted">
                <CommitText commit=running.release.commit />
                " · "
                <a class="lane-since" href=paths::promotion(&running.promotion)><Time at=running.since /></a>
                " · "
                {running.by.label()}
            </span>
        </p>
        {(running.digest_matches == Some(false)).then(|| view! {
            <p class="lane-note tone-bad">
                <Glyph icon=Icon::Warning />
                <span>"What the target runs is not what was promoted. Roll back or promote again."</span>
            </p>
        })}
    }
}

#[component]
fn Rollout(rollout: PromotionSummary) -> impl IntoView {
    let told = words::phase(rollout.phase);
    let percent = f64::from(rollout.weight.percent());
    let step = rollout.step.map(|(step, steps)| format!(" · step {step} of {steps}"));
    let asks = rollout.waits_for.first().cloned();
    view! {
        <div class="lane-rollout">
            <p>
                <a href=paths::promotion(&rollout.id)>
                    {told.word}" "<code>{rollout.release.artifact.short()}</code>
                </a>
                <span class="muted">
                    {format!(" {} of traffic", rollout.weight)}{step}
                    {(rollout.phase == Phase::Baking).then_some(rollout.bakes_until).flatten().map(|until| view! {
                        " · " <Countdown until over="deciding" />
                    })}
                </span>
            </p>
            <Meter label="Share of traffic" percent=percent tone=told.tone />
            {asks.map(|asks| view! { <p class="lane-note tone-warn"><Glyph icon=Icon::Question /><span>{sentence(&asks)}</span></p> })}
        </div>
    }
}

/// What waits in a lane, as it is told.
#[derive(Debug, Clone, PartialEq)]
enum Waits {
    /// Promotions: the first, what it waits for, and how many more.
    Promotions(PromotionId, Digest, String, usize),
    /// Nothing was proposed, but there is something newer.
    Changes(Option<usize>),
}

fn waiting(lane: &LaneView) -> Option<Waits> {
    if let Some((first, more)) = lane.waiting.split_first() {
        // The hold is told above; once is enough.
        let told = |reason: &&String| {
            lane.hold
                .as_ref()
                .is_none_or(|hold| !(reason.starts_with("held by ") && reason.contains(&hold.reason)))
        };
        let reasons = first.waits_for.iter().filter(told).map(String::as_str).collect::<Vec<_>>().join("; ");
        let reasons = if reasons.is_empty() { "waits".to_owned() } else { reasons };
        return Some(Waits::Promotions(first.id, first.release.artifact, reasons, more.len()));
    }
    let candidate_is_moving =
        lane.rollout.as_ref().is_some_and(|rollout| Some(&rollout.release) == lane.candidate.as_ref());
    (lane.candidate.is_some() && !candidate_is_moving).then_some(Waits::Changes(lane.changes_waiting))
}

fn reason_to_worry(lane: &LaneView) -> Option<String> {
    let told = words::health(lane.health.state);
    matches!(told.tone, Tone::Bad | Tone::Unknown).then(|| sentence(&lane.health.reason))
}

#[component]
fn Waiting(waits: Waits) -> impl IntoView {
    match waits {
        Waits::Promotions(id, artifact, reasons, more) => view! {
            <p class="lane-waits">
                <Glyph icon=Icon::Clock />
                <span>
                    <a href=paths::promotion(&id)><code>{artifact.short()}</code></a>
                    " "
                    {reasons}
                    {(more > 0).then(|| format!(" (and {more} more)"))}
                </span>
            </p>
        }
        .into_any(),
        Waits::Changes(count) => {
            let text = match count {
                Some(count) => format!("{} not here yet", format::counted(count, "change", "changes")),
                None => "A newer artifact is not here yet".to_owned(),
            };
            view! { <p class="lane-waits"><Glyph icon=Icon::Commit /><span>{text}</span></p> }.into_any()
        }
    }
}

#[component]
fn LaneActions(service: ServiceName, lane: Signal<LaneView>, with_hold: bool) -> impl IntoView {
    let asked = state().asked;
    let service = StoredValue::new(service);
    let place =
        move || format!("{} in {}", service.get_value(), lane.with(|lane| lane.environment.to_string()));
    let promote = move || {
        let ask = lane.with_untracked(|lane| Ask::Promote {
            service: service.get_value(),
            environment: lane.environment.clone(),
            candidate: lane.candidate.clone(),
        });
        asked.set(Some(ask));
    };
    let roll_back = move || {
        let ask = lane.with_untracked(|lane| Ask::RollBack {
            service: service.get_value(),
            environment: lane.environment.clone(),
            previous: lane.previous.clone(),
        });
        asked.set(Some(ask));
    };
    let hold = move || {
        let ask = lane.with_untracked(|lane| match &lane.hold {
            Some(hold) => Ask::Resume {
                service: service.get_value(),
                environment: lane.environment.clone(),
                hold: hold.clone(),
            },
            None => Ask::Hold { service: service.get_value(), environment: lane.environment.clone() },
        });
        asked.set(Some(ask));
    };
    let refused = move |pick: fn(&LaneView) -> &Action| {
        Signal::derive(move || lane.with(|lane| pick(lane).refused.as_deref().map(sentence)))
    };
    let to_approve = Memo::new(move |_| {
        lane.with(|lane| lane.waiting.iter().chain(&lane.rollout).find(|one| one.approve.is_some()).cloned())
    });
    let is_held = Memo::new(move |_| lane.with(|lane| lane.hold.is_some()));
    view! {
        <div class="lane-actions">
            {move || to_approve.get().map(|promotion| {
                let refused = promotion.approve.as_ref().and_then(|approve| approve.refused.as_deref().map(sentence));
                let label = format!("Approve {} for {}", promotion.release.artifact.short(), place());
                let ask = Ask::Approve(Box::new(promotion));
                view! {
                    <Button kind=Kind::Primary refused=Signal::stored(refused) label=Signal::stored(label)
                        on_press=move || asked.set(Some(ask.clone()))>
                        "Approve"
                    </Button>
                }
            })}
            <Button
                icon=Icon::Promote
                refused=refused(|lane| &lane.promote)
                label=Signal::derive(move || format!("Promote {}", place()))
                on_press=promote
            >
                "Promote"
            </Button>
            <Button
                icon=Icon::RollBack
                refused=refused(|lane| &lane.roll_back)
                label=Signal::derive(move || format!("Roll back {}", place()))
                on_press=roll_back
            >
                "Roll back"
            </Button>
            {with_hold.then(|| view! {
                <Button
                    kind=Kind::Quiet
                    refused=refused(|lane| &lane.change_hold)
                    label=Signal::derive(move || {
                        format!("{} {}", if is_held.get() { "Resume" } else { "Hold" }, place())
                    })
                    on_press=hold
                >
                    {move || if is_held.get() { "Resume" } else { "Hold" }}
                </Button>
            })}
        </div>
    }
}
