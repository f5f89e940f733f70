//! What happened, and who did it.

mod chain;

use api::routes;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, either};
use crate::ui::empty::Empty;
use crate::ui::more::with_older;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::timeline::Timeline;
use crate::wire::{EventView, Page};

/// The audit log.
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let address = || Address::of(routes::GET_AUDIT, &[]).with("limit", 100);
    let live = Live::follow(address, |_: &Page<EventView>| Pace::Still);
    let fact = view! { <p class="page-facts muted">"Everything that happened, newest first"</p> }.into_any();
    view! {
        <PageHead title="Audit" fact />
        <Stale news=live.news />
        {chain::chain()}
        <section class="card" aria-label="Events">
            {loaded(live, || view! { <Skeleton rows=12 /> }.into_any(), move |page| with_older(page, address, events))}
        </section>
    }
}

fn events(events: Data<Vec<EventView>>) -> AnyView {
    either(
        move || events.with(Vec::is_empty),
        || {
            view! { <Empty title="Nothing has happened yet" text="Every change and its author will be listed here." /> }
                .into_any()
        },
        move || view! { <Timeline events with_service=true /> }.into_any(),
    )
}
