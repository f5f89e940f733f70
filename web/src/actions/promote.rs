//! Promoting: says what ships before it ships.

use api::promotion::CreatePromotion;
use api::routes;
use api::service::Ships;
use domain::rollout::Release;
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::{self, Address};
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::Pace;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::ships::ShipsList;
use crate::ui::skeleton::Skeleton;
use crate::words::sentence;

/// Asks whether to promote.
#[component]
pub(crate) fn Promote(
    service: ServiceName,
    environment: EnvironmentName,
    candidate: Option<Release>,
) -> impl IntoView {
    let artifact = candidate.map(|candidate| candidate.artifact);
    let ships = ships(&service, &environment, artifact.as_ref());
    let proposed =
        move || ships.data.with(|ships| ships.as_ref().map(|ships| ships.to.artifact)).or(artifact);
    let refused = Signal::derive(move || {
        ships
            .data
            .with(|ships| ships.as_ref().and_then(|ships| ships.promote.refused.as_deref().map(sentence)))
    });
    let state = state();
    let submission = Submission::new();
    let title = format!("Promote {service} to {environment}");
    let promote = move || {
        let (service, environment) = (service.clone(), environment.clone());
        // What was looked at is what ships, even if something newer has come meanwhile.
        let request = CreatePromotion { service, environment, artifact: proposed() };
        submission.run(
            async move { client::call(routes::CREATE_PROMOTION, &[], &request).await },
            move |promotion| {
                close_open();
                let what = promotion.release.artifact.short();
                let text = match promotion.waits_for.first() {
                    Some(reason) => format!("{what} is on its way to {}: {reason}.", promotion.environment),
                    None => format!("{what} is on its way to {}.", promotion.environment),
                };
                state.toasts.done_with(text, paths::promotion(&promotion.id), "Watch it");
            },
        );
    };
    view! {
        <Dialog title=title on_close=move || state.asked.set(None) class="dialog-wide">
            {loaded(
                ships,
                || view! { <Skeleton rows=4 /> }.into_any(),
                |ships| view! { <ShipsList ships /> }.into_any(),
            )}
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Not now"</Button>
                <Button kind=Kind::Primary refused busy=submission.busy on_press=promote>
                    {move || match proposed() {
                        Some(artifact) => format!("Promote {}", artifact.short()),
                        None => "Promote the newest".to_owned(),
                    }}
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
