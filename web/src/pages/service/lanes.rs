//! The lanes of a service with its signals and what happened lately.

use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::overview::lanes;
use crate::pages::service::environment_names;
use crate::pages::service::signals::signals;
use crate::paths;
use crate::polling::Pace;
use crate::reactive::{Data, either};
use crate::ui::empty::Empty;
use crate::ui::skeleton::Skeleton;
use crate::ui::timeline::Timeline;
use crate::wire::{EventView, Page, ServiceRow};

/// The lanes, the signals and the timeline.
pub(super) fn overview(service: ServiceName, row: Data<ServiceRow>) -> AnyView {
    view! {
        <h2 class="sr-only">"Environments"</h2>
        <div class="lanes lanes-large">{lanes(row, true, |_| true)}</div>
        {signals(service.clone(), environment_names(row))}
        {recent(service)}
    }
    .into_any()
}

fn recent(service: ServiceName) -> AnyView {
    let address = Address::of(routes::GET_TIMELINE, &[service.as_str()]).with("limit", 20);
    let live = Live::follow(move || address.clone(), |_: &Page<EventView>| Pace::Still);
    let history = paths::service_tab(&service, "history");
    view! {
        <section class="card" aria-labelledby="timeline">
            <header class="card-head">
                <h2 id="timeline">"Timeline"</h2>
                <a href=history>"All of it"</a>
            </header>
            {loaded(live, || view! { <Skeleton rows=5 /> }.into_any(), happened)}
        </section>
    }
    .into_any()
}

fn happened(page: Data<Page<EventView>>) -> AnyView {
    let events = Data::memo(move || page.with(|page| page.items.clone()));
    either(
        move || events.with(Vec::is_empty),
        || {
            view! { <Empty title="Nothing has happened yet" text="Pushes, promotions and rollbacks appear here." /> }
                .into_any()
        },
        move || view! { <Timeline events /> }.into_any(),
    )
}
