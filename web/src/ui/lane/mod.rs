//! One environment of a service: what runs there, how it is, what waits and why, and what can be done.

mod blocks;
mod read_back;

use api::promotion::Phase;
use domain::{Digest, PromotionId, ServiceName, TrainId};
use leptos::prelude::*;

use crate::actions::Ask;
use crate::format;
use crate::paths;
use crate::reactive::{Data, dynamic};
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::digest::CommitText;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::lane::blocks::{blocks, note};
use crate::ui::meter::Meter;
use crate::ui::time::{Countdown, Time};
use crate::wire::{Action, LaneView, PromotionSummary, RunningView};
use crate::words::{self, Tone, sentence};

/// One environment of a service.
#[component]
pub(crate) fn Lane(
    /// The service.
    service: ServiceName,
    /// The environment.
    lane: Data<LaneView>,
    /// Whether holding and locking is offered too. Resuming and unlocking is always, where there is something to.
    #[prop(optional)]
    with_hold: bool,
) -> impl IntoView {
    let name = lane.with_untracked(|lane| lane.environment.to_string());
    let label = format!("{service} in {name}");
    view! {
        <section class="lane" aria-label=label>
            {dynamic(move || lane.with(|lane| content(&service, lane, with_hold)))}
        </section>
    }
}

fn content(service: &ServiceName, lane: &LaneView, with_hold: bool) -> AnyView {
    let running = match &lane.running {
        Some(running) => running_here(running, with_hold),
        None => view! { <p class="lane-running muted">"Nothing runs here yet"</p> }.into_any(),
    };
    view! {
        <header class="lane-head">
            <h3>{lane.environment.to_string()}</h3>
            <Badge told=words::health(lane.health.state) />
        </header>
        {running}
        {reason_to_worry(lane).map(|worry| note(Tone::Bad, None, worry.into_any(), None))}
        {blocks(service, lane)}
        {lane.rollout.as_ref().map(rolling)}
        {waiting(lane).map(waits)}
        {actions(service, lane, with_hold)}
    }
    .into_any()
}

fn running_here(running: &RunningView, in_full: bool) -> AnyView {
    let digest = running.release.artifact;
    view! {
        <p class="lane-running">
            <span class="lane-promoted">
                <code class="lane-digest" title=digest.to_string()>{digest.short()}</code>
                {read_back::mark(running)}
            </span>
            <span class="muted">
                <CommitText commit=running.release.commit.clone() />
                " · "
                <a class="lane-since" href=paths::promotion(&running.promotion)><Time at=running.since /></a>
                " · "
                {running.by.label()}
            </span>
        </p>
        {read_back::line(running, in_full)}
    }
    .into_any()
}

fn rolling(rollout: &PromotionSummary) -> AnyView {
    let told = words::phase(rollout.phase);
    let step = rollout.step.map(|(step, steps)| format!(" · step {step} of {steps}")).unwrap_or_default();
    let bakes_until = rollout.bakes_until.filter(|_| rollout.phase == Phase::Baking);
    let bakes = bakes_until.map(|until| view! { " · " <Countdown until over="deciding" /> }.into_any());
    let asks = rollout
        .waits_for
        .first()
        .map(|asks| note(Tone::Warn, Some(Icon::Question), sentence(asks).into_any(), None));
    view! {
        <div class="lane-rollout">
            <p>
                <a href=paths::promotion(&rollout.id)>{told.word}" "<code>{rollout.release.artifact.short()}</code></a>
                <span class="muted">{format!(" {} of traffic{step}", rollout.weight)}{bakes}</span>
            </p>
            <Meter label="Share of traffic" percent=rollout.weight.percent() tone=told.tone />
            {asks}
        </div>
    }
    .into_any()
}

/// What waits in a lane, as it is told.
#[derive(Debug, Clone, PartialEq)]
enum Waits {
    /// Promotions: the first, what it waits for, the train it goes with, and how many more.
    Promotions(PromotionId, Digest, String, Option<TrainId>, usize),
    /// Nothing was proposed, but there is something newer.
    Changes(Option<usize>),
}

fn waiting(lane: &LaneView) -> Option<Waits> {
    if let Some((first, more)) = lane.waiting.split_first() {
        let told =
            |reason: &&String| !blocks::is_told(lane, reason) && !reason.starts_with("waits for train ");
        let reasons = first.waits_for.iter().filter(told).map(String::as_str).collect::<Vec<_>>().join("; ");
        let reasons = if reasons.is_empty() && first.train.is_none() { "waits".to_owned() } else { reasons };
        return Some(Waits::Promotions(first.id, first.release.artifact, reasons, first.train, more.len()));
    }
    let candidate_is_moving =
        lane.rollout.as_ref().is_some_and(|rollout| Some(&rollout.release) == lane.candidate.as_ref());
    (lane.candidate.is_some() && !candidate_is_moving).then_some(Waits::Changes(lane.changes_waiting))
}

fn reason_to_worry(lane: &LaneView) -> Option<String> {
    let told = words::health(lane.health.state);
    matches!(told.tone, Tone::Bad | Tone::Unknown).then(|| sentence(&lane.health.reason))
}

fn waits(waits: Waits) -> AnyView {
    let (icon, text) = match waits {
        Waits::Promotions(id, artifact, reasons, train, more) => {
            let train = train.map(|train| {
                let and = if reasons.is_empty() { " " } else { "; " };
                view! { {and} <a href=paths::train(&train)>"goes with a train"</a> }.into_any()
            });
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            let text = view! {
                <a href=paths::promotion(&id)><code>{artifact.short()}</code></a>
                {format!(" {reasons}")}
                {train}
                {more}
            };
            (Icon::Clock, text.into_any())
        }
        Waits::Changes(count) => {
            let text = match count {
                Some(count) => format!("{} not here yet", format::counted(count, "change", "changes")),
                None => "A newer artifact is not here yet".to_owned(),
            };
            (Icon::Commit, text.into_any())
        }
    };
    view! { <p class="lane-waits"><Glyph icon /><span>{text}</span></p> }.into_any()
}

fn actions(service: &ServiceName, lane: &LaneView, with_hold: bool) -> AnyView {
    let asked = state().asked;
    let ask = |ask: Ask| move || asked.set(Some(ask.clone()));
    let refused = |action: &Action| Signal::stored(action.refused.as_deref().map(sentence));
    let environment = || lane.environment.clone();
    let place = format!("{service} in {}", lane.environment);
    let promote = Ask::Promote {
        service: service.clone(),
        environment: environment(),
        candidate: lane.candidate.clone(),
        repairs: false,
    };
    let roll_back = Ask::RollBack {
        service: service.clone(),
        environment: environment(),
        previous: lane.previous.clone(),
    };
    let to_approve = lane.waiting.iter().chain(&lane.rollout).find(|one| one.approve.is_some());
    let approve = to_approve.and_then(|promotion| {
        let action = promotion.approve.as_ref()?;
        let label = format!("Approve {} for {place}", promotion.release.artifact.short());
        let approve = ask(Ask::Approve(Box::new(promotion.clone())));
        Some(
            view! { <Button kind=Kind::Primary refused=refused(action) label on_press=approve>"Approve"</Button> }
                .into_any(),
        )
    });
    let quiet = |verb: &'static str, ask_for: Ask| {
        let (label, refused) = (format!("{verb} {place}"), refused(&lane.change_hold));
        view! { <Button kind=Kind::Quiet refused label on_press=ask(ask_for)>{verb}</Button> }.into_any()
    };
    // What is held or locked already has its button beside who did it.
    let hold = (with_hold && lane.hold.is_none())
        .then(|| quiet("Hold", Ask::Hold { service: service.clone(), environment: environment() }));
    let lock = (with_hold && lane.lock.is_none())
        .then(|| quiet("Lock", Ask::Lock { service: service.clone(), environment: environment() }));
    view! {
        <div class="lane-actions">
            {approve}
            <Button
                icon=Icon::Promote
                refused=refused(&lane.promote)
                label=format!("Promote {place}")
                on_press=ask(promote)
            >
                "Promote"
            </Button>
            <Button
                icon=Icon::RollBack
                refused=refused(&lane.roll_back)
                label=format!("Roll back {place}")
                on_press=ask(roll_back)
            >
                "Roll back"
            </Button>
            {hold}
            {lock}
        </div>
    }
    .into_any()
}
