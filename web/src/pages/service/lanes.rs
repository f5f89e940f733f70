//! The lanes of a service with its signals and what happened lately.

use api::Page;
use api::overview::{EventView, ServiceRow};
use api::routes;
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::overview::lane_named;
use crate::pages::service::signals::Signals;
use crate::paths;
use crate::polling::Pace;
use crate::ui::empty::Empty;
use crate::ui::lane::Lane;
use crate::ui::skeleton::Skeleton;
use crate::ui::timeline::Timeline;

/// The lanes, the signals and the timeline.
#[component]
pub(super) fn Lanes(service: ServiceName, row: Memo<ServiceRow>) -> impl IntoView {
    let names = Memo::new(move |_| {
        row.with(|row| row.environments.iter().map(|lane| lane.environment.clone()).collect::<Vec<_>>())
    });
    let lane_service = service.clone();
    view! {
        <h2 class="sr-only">"Environments"</h2>
        <div class="lanes lanes-large">
            <For each=move || names.get() key=EnvironmentName::clone let(environment)>
                <Lane service=lane_service.clone() lane=lane_named(row, environment) with_hold=true />
            </For>
        </div>
        <Signals service=service.clone() names />
        <Recent service />
    }
}

#[component]
fn Recent(service: ServiceName) -> impl IntoView {
    let address = Address::of(routes::GET_TIMELINE, &[service.as_str()]).with("limit", 20);
    let live = Live::follow(move || address.clone(), |_: &Page<EventView>| Pace::Still);
    let history = paths::service_tab(&service, "history");
    view! {
        <section class="card" aria-labelledby="timeline">
            <header class="card-head">
                <h2 id="timeline">"Timeline"</h2>
                <a href=history>"All of it"</a>
            </header>
            {loaded(
                live,
                || view! { <Skeleton rows=5 /> }.into_any(),
                |page| view! {
                    <Show
                        when=move || page.with(|page| !page.items.is_empty())
                        fallback=|| view! {
                            <Empty title="Nothing has happened yet" text="Pushes, promotions and rollbacks appear here." />
                        }
                    >
                        <Timeline events=Signal::derive(move || page.get().items) />
                    </Show>
                }
                .into_any(),
            )}
        </section>
    }
}
