//! What keeps an environment from being promoted to: a lock, a freeze, a hold, drift; each with what resolves it.

use domain::ServiceName;
use leptos::prelude::*;

use crate::actions::Ask;
use crate::state::state;
use crate::ui::button::{Button, Kind};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::time::{Countdown, Time};
use crate::wire::{DriftView, FreezeView, Hold, LaneView, LockView, Release};
use crate::words::{Tone, sentence};

/// The class of a note with its button at its end.
const SHORT: &str = "lane-note";
/// The class of a note with its button below it, and from how many letters of a reason on that is better.
const LONG: &str = "lane-note lane-note-long";
const LONG_FROM: usize = 80;

/// What is in the way, the gravest first.
pub(super) fn blocks(service: &ServiceName, lane: &LaneView) -> Vec<AnyView> {
    let drift = lane.drift.as_ref().map(|drift| drifted(service, lane, drift));
    let lock = lane.lock.as_ref().map(|lock| locked(service, lane, lock));
    let hold = lane.hold.as_ref().map(|hold| held(service, lane, hold));
    let freeze = lane.freeze.as_ref().map(frozen);
    [drift, lock, hold, freeze].into_iter().flatten().collect()
}

/// Whether a reason to wait is told by one of the blocks already: once is enough.
pub(super) fn is_told(lane: &LaneView, reason: &str) -> bool {
    let held = lane
        .hold
        .as_ref()
        .is_some_and(|hold| reason.starts_with("held by ") && reason.contains(&hold.reason));
    let locked = lane
        .lock
        .as_ref()
        .is_some_and(|lock| reason.starts_with("locked by ") && reason.ends_with(&lock.reason));
    let frozen = lane.freeze.as_ref().is_some_and(|freeze| reason == freeze.sentence);
    let drifted = lane
        .drift
        .as_ref()
        .is_some_and(|drift| reason.starts_with("blocked, ") && reason.contains(&drift.sentence));
    held || locked || frozen || drifted
}

/// A line about what needs attention, with the button that resolves it.
pub(super) fn note(tone: Tone, icon: Option<Icon>, text: AnyView, resolve: Option<AnyView>) -> AnyView {
    note_in(SHORT, tone, icon, text, resolve)
}

fn class_for(reason: &str) -> &'static str {
    if reason.len() < LONG_FROM { SHORT } else { LONG }
}

fn note_in(class: &str, tone: Tone, icon: Option<Icon>, text: AnyView, resolve: Option<AnyView>) -> AnyView {
    let icon = icon.map(|icon| view! { <Glyph icon /> }.into_any());
    view! {
        <div class=format!("{class} {}", tone.class())>
            {icon}
            <p>{text}</p>
            {resolve}
        </div>
    }
    .into_any()
}

fn button(verb: &'static str, label: String, refused: Option<&str>, ask: Ask) -> AnyView {
    let asked = state().asked;
    let refused = Signal::stored(refused.map(sentence));
    view! {
        <Button kind=Kind::Secondary refused label on_press=move || asked.set(Some(ask.clone()))>{verb}</Button>
    }
    .into_any()
}

fn locked(service: &ServiceName, lane: &LaneView, lock: &LockView) -> AnyView {
    let until = match lock.until {
        Some(until) => view! { ", for another " <Countdown until over="moment" /> }.into_any(),
        None => ", until somebody unlocks".into_any(),
    };
    let text = view! {
        <strong>"Locked"</strong> " by " {lock.owner.clone()} " " <Time at=lock.since /> {until} ": "
        {sentence(&lock.reason)}
    };
    let unlock =
        Ask::Unlock { service: service.clone(), environment: lane.environment.clone(), lock: lock.clone() };
    let label = format!("Unlock {service} in {}", lane.environment);
    let unlock = button("Unlock", label, lock.unlock.refused.as_deref(), unlock);
    note_in(class_for(&lock.reason), Tone::Warn, Some(Icon::Lock), text.into_any(), Some(unlock))
}

fn held(service: &ServiceName, lane: &LaneView, hold: &Hold) -> AnyView {
    let text = view! { <strong>"Held"</strong> " by " {hold.by.label()} " " <Time at=hold.since /> ": " {hold.reason.clone()} };
    let resume =
        Ask::Resume { service: service.clone(), environment: lane.environment.clone(), hold: hold.clone() };
    let label = format!("Resume {service} in {}", lane.environment);
    let resume = button("Resume", label, lane.change_hold.refused.as_deref(), resume);
    note_in(class_for(&hold.reason), Tone::Warn, Some(Icon::Hold), text.into_any(), Some(resume))
}

/// Time alone opens it, or a change of the manifest; the sentence says which.
fn frozen(freeze: &FreezeView) -> AnyView {
    let opens = freeze
        .until
        .map(|until| view! { " It opens in " <Countdown until over="a moment" /> "." }.into_any());
    note(Tone::Plain, Some(Icon::Freeze), view! { {sentence(&freeze.sentence)} {opens} }.into_any(), None)
}

fn drifted(service: &ServiceName, lane: &LaneView, drift: &DriftView) -> AnyView {
    let text = view! {
        <strong>"Drifted"</strong> ", found " <Time at=drift.since /> ": " {drift.sentence.clone()} ". "
        {sentence(&drift.remedy)}
    };
    let again = repair(lane, drift).map(|release| {
        let label =
            format!("Promote again {} to {service} in {}", release.artifact.short(), lane.environment);
        let again = Ask::Promote {
            service: service.clone(),
            environment: lane.environment.clone(),
            candidate: Some(release),
            repairs: true,
        };
        button("Promote again", label, None, again)
    });
    note_in(LONG, Tone::Warn, Some(Icon::Warning), text.into_any(), again)
}

/// What to promote again, so that its files are unpacked afresh: what runs, if that is what drifted.
fn repair(lane: &LaneView, drift: &DriftView) -> Option<Release> {
    let running = lane.running.as_ref()?;
    (running.release.artifact == drift.artifact).then(|| running.release.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read_text;

    fn lane() -> LaneView {
        read_text(include_str!("../../pages/components/samples/lane-blocked.json")).unwrap()
    }

    #[test]
    fn what_a_block_tells_is_not_told_again_by_what_waits() {
        let lane = lane();
        for told in [
            "held by linus: prices look wrong; resume the environment to go on",
            "locked by ada until 2026-11-23 13:00:00Z: the database is being moved",
            "frozen until Mon 08:00 Europe/Berlin (2026-11-23 07:00:00Z): weekend",
            "blocked, because what runs is not 77ab12cd as it was promoted: app changed; to resolve it, roll back",
        ] {
            assert!(is_told(&lane, told), "{told}");
        }
        for news in ["soaks in staging", "held by ada: another reason", "waits for approval: 0 of 1"] {
            assert!(!is_told(&lane, news), "{news}");
        }
    }

    #[test]
    fn what_is_promoted_again_is_what_drifted() {
        let lane = lane();
        let drift = lane.drift.clone().unwrap();
        assert_eq!(repair(&lane, &drift), lane.running.clone().map(|running| running.release));
        let another = DriftView { artifact: domain::Digest::from_bytes([1; 32]), ..drift };
        assert_eq!(repair(&lane, &another), None);
    }
}
