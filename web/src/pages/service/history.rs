//! Every promotion of a service, and everything that happened to it.

use api::overview::{EventView, ServiceRow};
use api::promotion::PromotionSummary;
use api::{Page, routes};
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::{self, Pace};
use crate::query::Parameter;
use crate::ui::badge::Badge;
use crate::ui::digest::DigestText;
use crate::ui::empty::Empty;
use crate::ui::field::Select;
use crate::ui::more::Older;
use crate::ui::skeleton::Skeleton;
use crate::ui::time::Time;
use crate::ui::timeline::Timeline;
use crate::words::{self, sentence};

/// The promotions, newest first, and the timeline.
#[component]
pub(super) fn History(service: ServiceName, row: Memo<ServiceRow>) -> impl IntoView {
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
    let options = Signal::derive(move || {
        let each = row
            .with(|row| row.environments.iter().map(|lane| lane.environment.to_string()).collect::<Vec<_>>());
        let all = (String::new(), "Every environment".to_owned());
        std::iter::once(all).chain(each.into_iter().map(|name| (name.clone(), name))).collect::<Vec<_>>()
    });
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
                        value=Signal::derive(move || environment.value.get().unwrap_or_default())
                        options
                        on_choice=move |name: String| environment.set(Some(name))
                    />
                </div>
            </header>
            {loaded(
                promotions,
                || view! { <Skeleton rows=6 /> }.into_any(),
                move |page| {
                    let address = promotions_of.clone();
                    view! { <Older newest=page address show=|items| view! { <Promotions items /> }.into_any() /> }.into_any()
                },
            )}
        </section>
        <section class="card" aria-labelledby="events">
            <header class="card-head"><h2 id="events">"Everything that happened"</h2></header>
            {loaded(
                events,
                || view! { <Skeleton rows=6 /> }.into_any(),
                move |page| {
                    let address = events_of.clone();
                    view! { <Older newest=page address show=|items| view! { <Timeline events=items /> }.into_any() /> }.into_any()
                },
            )}
        </section>
    }
}

#[component]
fn Promotions(items: Signal<Vec<PromotionSummary>>) -> impl IntoView {
    view! {
        <Show
            when=move || items.with(|items| !items.is_empty())
            fallback=|| view! {
                <Empty title="No promotion yet" text="A registered artifact starts its way through the first environment." />
            }
        >
            <div class="table-scroll">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Promotion"</th>
                            <th scope="col">"To"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Asked for"</th>
                            <th scope="col">"When"</th>
                            <th scope="col">"Why"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {move || items.get().into_iter().map(|promotion| view! { <PromotionRow promotion /> }).collect_view()}
                    </tbody>
                </table>
            </div>
        </Show>
    }
}

#[component]
fn PromotionRow(promotion: PromotionSummary) -> impl IntoView {
    let digest = promotion.release.artifact;
    let why = promotion.reason.as_deref().or(promotion.waits_for.first().map(String::as_str)).map(sentence);
    view! {
        <tr>
            <th scope="row"><DigestText digest href=paths::promotion(&promotion.id) /></th>
            <td>{promotion.environment.to_string()}</td>
            <td><Badge told=words::phase(promotion.phase) /></td>
            <td>{words::origin(promotion.origin)} <span class="muted">" · " {promotion.by}</span></td>
            <td><Time at=promotion.created_at /></td>
            <td class="table-text">{why}</td>
        </tr>
    }
}
