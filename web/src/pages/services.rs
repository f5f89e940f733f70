//! All services, a line each, to find one among many.

use api::routes;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::{self, Pace};
use crate::query::Parameter;
use crate::reactive::{Data, dynamic, text};
use crate::ui::badge::Mark;
use crate::ui::digest::CommitText;
use crate::ui::empty::Empty;
use crate::ui::more::with_more;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Head, table};
use crate::wire::{LaneView, Overview, Page, ServiceRow};
use crate::words;

/// All services.
#[component]
pub(crate) fn ServicesPage() -> impl IntoView {
    let typed = Parameter::named("q");
    // What is typed is looked for among all services, not only among those that are here.
    let address = move || {
        let typed = typed.value.get().filter(|typed| !typed.trim().is_empty());
        Address::of(routes::LIST_SERVICES, &[]).with("limit", 100).with_some("q", typed)
    };
    let live = Live::follow(address, |page: &Page<ServiceRow>| polling::of_rows(&page.items));
    let totals = Live::follow(|| Address::of(routes::GET_OVERVIEW, &[]), |_| Pace::Still);
    let told = text(move || match totals.with(|overview| overview.map(fact)) {
        Some(fact) => fact,
        None if totals.news.problem.with(Option::is_some) => "Their number is not known".to_owned(),
        None => String::new(),
    });
    let fact = view! { <p class="page-facts muted">{told}</p> };
    view! {
        <PageHead title="Services" fact=fact.into_any() />
        <Stale news=live.news />
        <div class="toolbar">
            <input
                type="search"
                aria-label="Filter services"
                placeholder="Filter by name, team or repository"
                prop:value=text(move || typed.value.get().unwrap_or_default())
                on:input=move |event| typed.set(Some(event_target_value(&event)))
            />
        </div>
        {loaded(live, || view! { <Skeleton rows=8 /> }.into_any(), move |page| with_more(page, address, "Show more", services))}
    }
}

/// How many there are, and how many of them need somebody.
fn fact(overview: &Overview) -> String {
    let services = format::counted(overview.total, "service", "services");
    match overview.unhealthy {
        0 => services,
        unhealthy => format!("{services}, {} unhealthy", format::grouped(unhealthy)),
    }
}

fn services(rows: Data<Vec<ServiceRow>>) -> AnyView {
    let typed = Parameter::named("q").value;
    let only = Parameter::named("env").value;
    // Until the answer is here, what is here already is searched.
    let found = Data::memo(move || {
        let typed = typed.get().unwrap_or_default();
        rows.with(|rows| rows.iter().filter(|row| fits(row, &typed)).cloned().collect::<Vec<_>>())
    });
    dynamic(move || {
        found.with(|rows| {
            if rows.is_empty() {
                return view! {
                    <Empty
                        title="No service is called that"
                        text="A service is declared by a keelson.toml in its repository. Write one, then apply it:"
                        command="keelson service apply"
                    />
                }
                .into_any();
            }
            let only = only.get();
            table("Services, as a table", HEADS, rows.iter().map(|row| service(row, only.as_deref())).collect())
        })
    })
}

const HEADS: &[Head] = &[
    Head::text("Service"),
    Head::text("Team"),
    Head::text("Newest commit"),
    Head::text("Environments"),
    Head::text("Repository"),
];

fn service(row: &ServiceRow, only: Option<&str>) -> AnyView {
    let lane = |lane: &LaneView| {
        let running = lane
            .running
            .as_ref()
            .map(|running| view! { " " <code>{running.release.artifact.short()}</code> }.into_any());
        view! {
            <span class="table-lane">
                <Mark told=words::health(lane.health.state) />
                {lane.environment.to_string()}
                {running}
            </span>
        }
        .into_any()
    };
    let lanes =
        row.environments.iter().filter(|lane| only.is_none_or(|only| only == lane.environment.as_str()));
    let lanes: Vec<AnyView> = lanes.map(lane).collect();
    let head = row.head.as_ref().map(|head| {
        view! {
            <CommitText commit=head.sha.clone() url=head.url.clone() /> " "
            <Mark told=words::checks(&row.head_checks) />
        }
        .into_any()
    });
    view! {
        <tr>
            <th scope="row"><a href=paths::service(&row.name)>{row.name.to_string()}</a></th>
            <td>{row.team.to_string()}</td>
            <td>{head}</td>
            <td>{lanes}</td>
            <td class="muted">{row.repository.clone()}</td>
        </tr>
    }
    .into_any()
}

fn fits(row: &ServiceRow, typed: &str) -> bool {
    let text = format!("{} {} {}", row.name, row.team, row.repository).to_ascii_lowercase();
    typed.split_whitespace().all(|word| text.contains(&word.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Health;

    #[test]
    fn the_fact_of_services_is_how_many_there_are_and_how_many_are_ill() {
        let verdict = Health { state: domain::health::HealthState::Unhealthy, reason: String::new() };
        let some = Overview {
            verdict,
            total: 1_000,
            unhealthy: 2,
            deploys_today: 0,
            rollbacks_today: 0,
            waiting_for_approval: 0,
            dead_letters: 0,
            services: Vec::new(),
        };
        assert_eq!(fact(&some), "1,000 services, 2 unhealthy");
        assert_eq!(fact(&Overview { total: 1, unhealthy: 0, ..some }), "1 service");
    }
}
