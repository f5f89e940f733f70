//! Every promotion of a service, and everything that happened to it.

use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::service::environment_names;
use crate::paths;
use crate::polling::{self, Pace};
use crate::query::Parameter;
use crate::reactive::{Data, derived, dynamic};
use crate::ui::badge::Badge;
use crate::ui::digest::DigestText;
use crate::ui::empty::Empty;
use crate::ui::field::{Select, all_or};
use crate::ui::more::with_older;
use crate::ui::skeleton::Skeleton;
use crate::ui::table::{Head, table};
use crate::ui::time::Time;
use crate::ui::timeline::Timeline;
use crate::wire::{EventView, Page, PromotionSummary, ServiceRow};
use crate::words::{self, sentence};

/// The promotions, newest first, and the timeline.
pub(super) fn history(service: ServiceName, row: Data<ServiceRow>) -> AnyView {
    let environment = Parameter::named("env");
    let promotions_of = {
        let service = service.clone();
        move || {
            Address::of(routes::LIST_PROMOTIONS, &[service.as_str()])
                .with("limit", 50)
                .with_some("environment", environment.value.get())
        }
    };
    let promotions = Live::follow(promotions_of.clone(), |page: &Page<PromotionSummary>| {
        polling::of_phases(page.items.iter().map(|promotion| promotion.phase))
    });
    let names = environment_names(row);
    let events_of = move || Address::of(routes::GET_TIMELINE, &[service.as_str()]).with("limit", 50);
    let events = Live::follow(events_of.clone(), |_: &Page<EventView>| Pace::Still);
    view! {
        <section class="card" aria-labelledby="promotions">
            <header class="card-head">
                <h2 id="promotions">"Promotions"</h2>
                <div class="card-tools">
                    <Select
                        label="Environment"
                        label_hidden=true
                        value=derived(move || environment.value.get().unwrap_or_default())
                        options=derived(move || all_or("Every environment", names.get()))
                        on_choice=move |name: String| environment.set(Some(name))
                    />
                </div>
            </header>
            {loaded(promotions, rows, move |page| with_older(page, promotions_of.clone(), promotions_table))}
        </section>
        <section class="card" aria-labelledby="events">
            <header class="card-head"><h2 id="events">"Everything that happened"</h2></header>
            {loaded(events, rows, move |page| {
                with_older(page, events_of.clone(), |events| view! { <Timeline events /> }.into_any())
            })}
        </section>
    }
    .into_any()
}

fn rows() -> AnyView {
    view! { <Skeleton rows=6 /> }.into_any()
}

fn promotions_table(items: Data<Vec<PromotionSummary>>) -> AnyView {
    const HEADS: &[Head] = &[
        Head::text("Promotion"),
        Head::text("To"),
        Head::text("State"),
        Head::text("Asked for"),
        Head::text("When"),
        Head::text("Why"),
    ];
    dynamic(move || {
        items.with(|items| {
            if items.is_empty() {
                return view! {
                    <Empty
                        title="No promotion yet"
                        text="A registered artifact starts its way through the first environment. Build one, then:"
                        command="keelson artifact push"
                    />
                }
                .into_any();
            }
            table("Promotions, as a table", HEADS, items.iter().map(promotion_row).collect())
        })
    })
}

fn promotion_row(promotion: &PromotionSummary) -> AnyView {
    let digest = promotion.release.artifact;
    let why = promotion.reason.as_deref().or(promotion.waits_for.first().map(String::as_str)).map(sentence);
    view! {
        <tr>
            <th scope="row"><DigestText digest href=paths::promotion(&promotion.id) /></th>
            <td>{promotion.environment.to_string()}</td>
            <td><Badge told=words::phase(promotion.phase) /></td>
            <td>{words::origin(promotion.origin)} <span class="muted">{format!(" · {}", promotion.by)}</span></td>
            <td><Time at=promotion.created_at /></td>
            <td class="table-text">{why}</td>
        </tr>
    }
    .into_any()
}
