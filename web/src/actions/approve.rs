//! Approving: bound to the artifact that was looked at.

use api::promotion::ApprovePromotion;
use api::routes;
use leptos::prelude::*;

use crate::actions::promote::{ships, what_ships};
use crate::client::Call;
use crate::paths;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::wire::PromotionSummary;
use crate::words::sentence;

/// Asks whether to approve.
#[component]
pub(crate) fn Approve(promotion: PromotionSummary) -> impl IntoView {
    let PromotionSummary { id, service, environment, release, waits_for, approve, diff, .. } = promotion;
    let artifact = release.artifact;
    let ships = ships(&service, &environment, Some(&artifact));
    let refused = approve.and_then(|approve| approve.refused.as_deref().map(sentence));
    let state = state();
    let submission = Submission::new();
    let approve = move || {
        let request = ApprovePromotion { diff };
        let call = Call::of(routes::APPROVE_PROMOTION, &[&id.to_string()], &request);
        submission.run(call, move |promotion: PromotionSummary| {
            close_open();
            let text = match promotion.waits_for.first() {
                Some(reason) => format!("Approved {}. It {reason}.", artifact.short()),
                None => format!("Approved {}.", artifact.short()),
            };
            state.toasts.done_with(text, paths::promotion(&promotion.id), "Watch it");
        });
    };
    let waits: Vec<AnyView> =
        waits_for.iter().map(|reason| view! { <p class="muted">{sentence(reason)}</p> }.into_any()).collect();
    view! {
        <Dialog
            title=format!("Approve {} for {environment}", artifact.short())
            on_close=move || state.asked.set(None)
            class="dialog-wide"
        >
            <p>
                "You agree that exactly " <code>{artifact.short()}</code> " of " {service.to_string()} " goes to "
                {environment.to_string()} ". If it changes, your approval does not count."
            </p>
            {waits}
            {what_ships(ships)}
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Not now"</Button>
                <Button kind=Kind::Primary refused=Signal::stored(refused) busy=submission.busy on_press=approve>
                    {format!("Approve {}", artifact.short())}
                </Button>
            </DialogActions>
        </Dialog>
    }
}
