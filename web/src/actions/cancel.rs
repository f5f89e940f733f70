//! Cancelling: stops a promotion, or takes its rollout back.

use api::promotion::Phase;
use api::routes;
use leptos::prelude::*;

use crate::client::Call;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::wire::PromotionSummary;

/// Asks whether to cancel.
#[component]
pub(crate) fn Cancel(promotion: PromotionSummary) -> impl IntoView {
    let PromotionSummary { id, environment, release, replaces, phase, .. } = promotion;
    let what = release.artifact.short();
    let consequence = match (phase, replaces) {
        (Phase::Waiting, _) => format!("{what} will not start in {environment}. Nothing that runs changes."),
        (_, Some(old)) => format!(
            "Traffic in {environment} goes back from {what} to {}, which keeps running meanwhile.",
            old.artifact.short()
        ),
        (_, None) => format!("{what} is taken out of {environment}, where nothing ran before."),
    };
    let state = state();
    let submission = Submission::new();
    let cancel = move || {
        let call = Call::of(routes::CANCEL_PROMOTION, &[&id.to_string()], &());
        submission.run(call, move |promotion: PromotionSummary| {
            close_open();
            state.toasts.done(format!("Cancelled {}.", promotion.release.artifact.short()));
        });
    };
    view! {
        <Dialog title=format!("Cancel the promotion of {what}") on_close=move || state.asked.set(None)>
            <p>{consequence}</p>
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Keep it"</Button>
                <Button kind=Kind::Danger busy=submission.busy on_press=cancel>"Cancel the promotion"</Button>
            </DialogActions>
        </Dialog>
    }
}
