//! Promoting: says what ships before it ships.

use api::promotion::CreatePromotion;
use api::routes;
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::Pace;
use crate::reactive::{derived, dynamic, text};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::note::paragraph;
use crate::ui::ships::ships_list;
use crate::ui::skeleton::Skeleton;
use crate::wire::{PromotionSummary, Release, Ships};
use crate::words::sentence;

/// Asks whether to promote.
#[component]
pub(crate) fn Promote(
    service: ServiceName,
    environment: EnvironmentName,
    candidate: Option<Release>,
    repairs: bool,
) -> impl IntoView {
    let artifact = candidate.map(|candidate| candidate.artifact);
    let ships = ships(&service, &environment, artifact.as_ref());
    let proposed = move || ships.with(|ships| ships.map(|ships| ships.to.artifact)).or(artifact);
    let repairs = artifact.filter(|_| repairs).map(|artifact| {
        let text = format!(
            "{} runs in {environment} already, but not as it was promoted. It is unpacked afresh, and rolls out like \
             any other.",
            artifact.short()
        );
        paragraph("", text)
    });
    let refused = derived(move || {
        ships.with(|ships| ships.and_then(|ships| ships.promote.refused.as_deref().map(sentence)))
    });
    let state = state();
    let submission = Submission::new();
    let title = format!("Promote {service} to {environment}");
    let promote = move || {
        let (service, environment) = (service.clone(), environment.clone());
        // What was looked at is what ships, even if something newer has come meanwhile.
        let request = CreatePromotion { service, environment, artifact: proposed() };
        let call = Call::of(routes::CREATE_PROMOTION, &[], &request);
        submission.run(call, move |promotion: PromotionSummary| {
            close_open();
            let what = promotion.release.artifact.short();
            let text = match promotion.waits_for.first() {
                Some(reason) => format!("{what} is on its way to {}: {reason}.", promotion.environment),
                None => format!("{what} is on its way to {}.", promotion.environment),
            };
            state.toasts.done_with(text, paths::promotion(&promotion.id), "Watch it");
        });
    };
    view! {
        <Dialog title=title on_close=move || state.asked.set(None) class="dialog-wide">
            {repairs}
            {what_ships(ships)}
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Not now"</Button>
                <Button kind=Kind::Primary refused busy=submission.busy on_press=promote>
                    {text(move || match proposed() {
                        Some(artifact) => format!("Promote {}", artifact.short()),
                        None => "Promote the newest".to_owned(),
                    })}
                </Button>
            </DialogActions>
        </Dialog>
    }
}

/// What an artifact would change in an environment.
pub(super) fn ships(
    service: &ServiceName,
    environment: &EnvironmentName,
    artifact: Option<&domain::Digest>,
) -> Live<Ships> {
    let address = Address::of(routes::GET_SHIPS, &[service.as_str()])
        .with("environment", environment)
        .with_some("artifact", artifact);
    Live::follow(move || address.clone(), |_| Pace::Still)
}

/// The list of what an artifact would change.
pub(super) fn what_ships(ships: Live<Ships>) -> AnyView {
    loaded(
        ships,
        || view! { <Skeleton rows=4 /> }.into_any(),
        |ships| dynamic(move || ships.with(ships_list)),
    )
}
