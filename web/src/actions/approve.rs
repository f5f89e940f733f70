//! Approving: bound to the artifact that was looked at.

use api::promotion::{ApprovePromotion, PromotionSummary};
use api::routes;
use leptos::prelude::*;

use crate::actions::promote::ships;
use crate::client;
use crate::live::loaded;
use crate::paths;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::ships::ShipsList;
use crate::ui::skeleton::Skeleton;
use crate::words::sentence;

/// Asks whether to approve.
#[component]
pub(crate) fn Approve(promotion: PromotionSummary) -> impl IntoView {
    let PromotionSummary { id, service, environment, release, waits_for, approve, .. } = promotion;
    let artifact = release.artifact;
    let ships = ships(&service, &environment, Some(&artifact));
    let refused = approve.and_then(|approve| approve.refused.as_deref().map(sentence));
    let state = state();
    let submission = Submission::new();
    let approve = move || {
        submission.run(
            async move {
                let request = ApprovePromotion { artifact };
                client::call(routes::APPROVE_PROMOTION, &[&id.to_string()], &request).await
            },
            move |promotion| {
                close_open();
                let text = match promotion.waits_for.first() {
                    Some(reason) => format!("Approved {}. It {reason}.", artifact.short()),
                    None => format!("Approved {}.", artifact.short()),
                };
                state.toasts.done_with(text, paths::promotion(&id), "Watch it");
            },
        );
    };
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
            {waits_for.into_iter().map(|reason| view! { <p class="muted">{sentence(&reason)}</p> }).collect_view()}
            {loaded(
                ships,
                || view! { <Skeleton rows=4 /> }.into_any(),
                |ships| view! { <ShipsList ships /> }.into_any(),
            )}
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
