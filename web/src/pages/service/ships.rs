//! What would ship to each environment now.

use api::overview::{LaneView, ServiceRow};
use api::routes;
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::overview::lane_named;
use crate::polling::Pace;
use crate::ui::digest::DigestText;
use crate::ui::empty::Empty;
use crate::ui::ships::ShipsList;
use crate::ui::skeleton::Skeleton;

/// A card for each environment.
#[component]
pub(super) fn Ships(service: ServiceName, row: Memo<ServiceRow>) -> impl IntoView {
    let names = Memo::new(move |_| {
        row.with(|row| row.environments.iter().map(|lane| lane.environment.clone()).collect::<Vec<_>>())
    });
    view! {
        <For each=move || names.get() key=EnvironmentName::clone let(environment)>
            <ShipsTo service=service.clone() lane=lane_named(row, environment) />
        </For>
    }
}

#[component]
fn ShipsTo(service: ServiceName, lane: Memo<LaneView>) -> impl IntoView {
    let name = lane.with_untracked(|lane| lane.environment.to_string());
    let candidate = Memo::new(move |_| lane.with(|lane| lane.candidate.clone()));
    let id = format!("ships-{name}");
    view! {
        <section class="card" aria-labelledby=id.clone()>
            <header class="card-head"><h2 id=id.clone()>"To " {name.clone()}</h2></header>
            {move || match candidate.get() {
                Some(candidate) => {
                    let address = Address::of(routes::GET_SHIPS, &[service.as_str()])
                        .with("environment", &name)
                        .with("artifact", candidate.artifact);
                    let live = Live::follow(move || address.clone(), |_| Pace::Still);
                    view! {
                        <p>"With " <DigestText digest=candidate.artifact /> " in the place of what runs:"</p>
                        {loaded(
                            live,
                            || view! { <Skeleton rows=3 /> }.into_any(),
                            |ships| view! { <ShipsList ships /> }.into_any(),
                        )}
                    }
                    .into_any()
                }
                None => view! {
                    <Empty title="Nothing newer" text="What runs here is the newest artifact that could be promoted here." />
                }
                .into_any(),
            }}
        </section>
    }
}
