//! An emergency: one person asks to pass the gates of a promotion, a second one confirms.

use api::promotion::{AskOverride, ConfirmOverride};
use api::routes;
use leptos::prelude::*;

use crate::client::Call;
use crate::reactive::derived;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::note::items;
use crate::ui::time::Time;
use crate::wire::{GateView, OverrideView, Promotion, PromotionSummary};
use crate::words::sentence;

/// A promotion whose gates are to be passed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Emergency {
    promotion: PromotionSummary,
    /// What two people let pass.
    passes: Vec<String>,
    /// What keeps the promotion waiting all the same.
    stays: Vec<String>,
    /// What the first person asked, if one has.
    asked: Option<OverrideView>,
}

impl Emergency {
    /// Of a promotion as it is now.
    pub(crate) fn of(promotion: &Promotion) -> Self {
        let closed = |can: bool| {
            let is_wanted =
                move |gate: &&GateView| !gate.open && gate.can_be_overridden.unwrap_or(false) == can;
            promotion.gates.iter().filter(is_wanted).map(|gate| sentence(&gate.sentence)).collect()
        };
        Self {
            promotion: promotion.summary.clone(),
            passes: closed(true),
            stays: closed(false),
            asked: promotion.overriding.clone(),
        }
    }

    /// Whether there is anything that two people could let pass.
    pub(crate) fn is_of_use(&self) -> bool {
        !self.passes.is_empty()
    }

    /// What it lets pass, and what not.
    fn told(&self) -> AnyView {
        let list = |title: &'static str, gates: &[String]| {
            let gates = items(gates.iter().cloned());
            (!gates.is_empty()).then(|| {
                view! { <div class="consequence"><p>{title}</p><ul aria-label=title>{gates}</ul></div> }
                    .into_any()
            })
        };
        view! { {list("It passes:", &self.passes)} {list("It still waits for:", &self.stays)} }.into_any()
    }
}

/// Asks why.
#[component]
pub(crate) fn Ask(emergency: Emergency) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let reason = RwSignal::new(String::new());
    let refused = derived(move || {
        reason.with(|reason| reason.trim().is_empty()).then(|| "Say why, for whoever confirms it.".to_owned())
    });
    let told = emergency.told();
    let PromotionSummary { id, environment, release, .. } = emergency.promotion;
    let what = release.artifact.short();
    let title = format!("Override the gates of {what}");
    let explanation = format!(
        "In an emergency, two people let {what} into {environment} although gates are closed: you ask, somebody else \
         confirms. Until then nothing starts, and what was passed is kept in the audit log."
    );
    let ask = move || {
        let request = AskOverride { reason: reason.get_untracked().trim().to_owned() };
        let call = Call::of(routes::ASK_OVERRIDE, &[&id.to_string()], &request);
        submission.run(call, move |_: PromotionSummary| {
            close_open();
            state.toasts.done("Asked. A second person must confirm it on this page.".to_owned());
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None) class="dialog-wide">
            <p>{explanation}</p>
            {told}
            <Form on_submit=ask>
                <Field label="Why" value=reason required=true placeholder="Customers cannot pay" />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Danger refused busy=submission.busy>"Ask for the override"</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

/// Asks the second person.
#[component]
pub(crate) fn Confirm(emergency: Emergency) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let told = emergency.told();
    let asked = emergency.asked.map(|asked| {
        view! { <p>{asked.asked_by} " asked " <Time at=asked.asked_at /> ": " {sentence(&asked.reason)}</p> }.into_any()
    });
    let PromotionSummary { id, environment, release, diff, .. } = emergency.promotion;
    let what = release.artifact.short();
    let title = format!("Confirm the override of {what}");
    let consequence = format!("It starts in {environment} at once, unless something else is in its way.");
    let confirm = move || {
        // Bound to what was looked at: if it is another by now, nothing is confirmed.
        let request = ConfirmOverride { diff };
        let call = Call::of(routes::CONFIRM_OVERRIDE, &[&id.to_string()], &request);
        submission.run(call, move |promotion: PromotionSummary| {
            close_open();
            let what = promotion.release.artifact.short();
            state.toasts.done(format!("{what} passes its gates in {}.", promotion.environment));
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None) class="dialog-wide">
            {asked}
            {told}
            <p>{consequence}</p>
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Not now"</Button>
                <Button kind=Kind::Danger busy=submission.busy on_press=confirm>"Confirm the override"</Button>
            </DialogActions>
        </Dialog>
    }
}
