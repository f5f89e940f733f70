//! What happened, and who did it.

use api::overview::EventView;
use api::{Page, routes};
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::ui::empty::Empty;
use crate::ui::more::Older;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::timeline::Timeline;

/// The audit log.
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let address = || Address::of(routes::GET_AUDIT, &[]).with("limit", 100);
    let live = Live::follow(address, |_: &Page<EventView>| Pace::Still);
    view! {
        <PageHead title="Audit" fact=|| view! { <p class="page-facts muted">"Everything that happened, newest first"</p> } />
        <Stale live />
        <section class="card" aria-label="Events">
            {loaded(
                live,
                || view! { <Skeleton rows=12 /> }.into_any(),
                move |page| view! {
                    <Older newest=page address show=|items| view! { <Events items /> }.into_any() />
                }
                .into_any(),
            )}
        </section>
    }
}

#[component]
fn Events(items: Signal<Vec<EventView>>) -> impl IntoView {
    view! {
        <Show
            when=move || items.with(|items| !items.is_empty())
            fallback=|| view! { <Empty title="Nothing has happened yet" text="Every change and its author will be listed here." /> }
        >
            <Timeline events=items with_service=true />
        </Show>
    }
}
