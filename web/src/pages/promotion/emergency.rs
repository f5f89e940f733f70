//! An override, loudly: who asked and why, who confirmed, and what it lets pass.

use leptos::prelude::*;

use crate::actions::{Ask, Emergency};
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::icon::Icon;
use crate::ui::note::items;
use crate::ui::time::Time;
use crate::wire::{OverrideView, Promotion};
use crate::words::{Told, Tone, sentence};

/// How far an override is.
fn told(asked: &OverrideView, is_over: bool) -> Told {
    match (&asked.void, &asked.confirmed_by) {
        (Some(_), _) => Told { tone: Tone::Plain, icon: Icon::Stop, word: "Void" },
        (None, Some(_)) if is_over => Told { tone: Tone::Warn, icon: Icon::Warning, word: "Was in force" },
        (None, Some(_)) => Told { tone: Tone::Bad, icon: Icon::Warning, word: "In force" },
        (None, None) if asked.confirm.is_some() => {
            Told { tone: Tone::Warn, icon: Icon::Question, word: "Waits for a second person" }
        }
        (None, None) => Told { tone: Tone::Plain, icon: Icon::Stop, word: "Never confirmed" },
    }
}

/// Whether somebody has asked, and a second person could confirm it as it is.
pub(super) fn is_asked(promotion: &Promotion) -> bool {
    promotion.overriding.as_ref().is_some_and(|asked| asked.void.is_none() && asked.confirm.is_some())
}

/// The emergency, if there is one.
pub(super) fn emergency(promotion: &Promotion) -> AnyView {
    let Some(asked) = &promotion.overriding else { return ().into_any() };
    let told = told(asked, promotion.summary.phase.is_finished());
    let by = view! {
        <strong>{asked.asked_by.clone()}</strong> " asked " <Time at=asked.asked_at /> ": " {sentence(&asked.reason)}
    };
    let by = match &asked.void {
        Some(void) => view! { <p><s>{by}</s> " " {sentence(void)}</p> }.into_any(),
        None => view! { <p>{by}</p> }.into_any(),
    };
    let confirmed = asked.confirmed_by.clone().map(|by| {
        let at = asked.confirmed_at.map(|at| view! { " " <Time at /> }.into_any());
        view! { <p><strong>{by}</strong> " confirmed" {at} "."</p> }.into_any()
    });
    let overrode = items(asked.overrode.iter().map(|gate| sentence(gate)));
    let overrode = (!overrode.is_empty()).then(|| {
        view! {
            <div class="consequence">
                <p>"It passed what was closed:"</p>
                <ul aria-label="What was passed">{overrode}</ul>
            </div>
        }
        .into_any()
    });
    let confirm = asked.confirm.as_ref().filter(|_| asked.void.is_none()).map(|confirm| {
        let open = state().asked;
        let refused = Signal::stored(confirm.refused.as_deref().map(sentence));
        let ask = Ask::ConfirmOverride(Box::new(Emergency::of(promotion)));
        let why = confirm.refused.as_deref().map(|why| view! { <p class="hint">{sentence(why)}</p> }.into_any());
        view! {
            <Button kind=Kind::Danger refused on_press=move || open.set(Some(ask.clone()))>"Confirm the override"</Button>
            {why}
        }
        .into_any()
    });
    view! {
        <section class=format!("card emergency {}", told.tone.class()) aria-labelledby="emergency">
            <header class="card-head"><h2 id="emergency">"Emergency override"</h2><Badge told /></header>
            {by}
            {confirmed}
            {overrode}
            {confirm}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Action;

    #[test]
    fn only_an_override_that_counts_is_told_as_in_force() {
        let asked = OverrideView {
            asked_by: "ada".to_owned(),
            asked_at: jiff::Timestamp::UNIX_EPOCH,
            reason: "customers cannot pay".to_owned(),
            confirmed_by: None,
            confirmed_at: None,
            void: None,
            overrode: Vec::new(),
            confirm: Some(Action { refused: None }),
        };
        assert_eq!(told(&asked, false).word, "Waits for a second person");
        assert_eq!(told(&OverrideView { confirm: None, ..asked.clone() }, true).word, "Never confirmed");
        let confirmed = OverrideView { confirmed_by: Some("grace".to_owned()), confirm: None, ..asked };
        assert_eq!(told(&confirmed, false).tone, Tone::Bad);
        assert_eq!(told(&confirmed, true).word, "Was in force");
        let void = OverrideView { void: Some("the artifact changed".to_owned()), ..confirmed };
        assert_eq!(told(&void, false).word, "Void");
    }
}
