//! One service: its lanes, its signals, what ships, its history, runs, logs and settings.

mod ci;
mod delivery;
mod history;
mod lanes;
mod logs;
mod manifest;
mod runs;
mod ships;
mod signals;

use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling;
use crate::query::Parameter;
use crate::reactive::{Data, dynamic, memo};
use crate::ui::badge::Badge;
use crate::ui::digest::CommitText;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::tabs::{Tab, choose, tabs};
use crate::wire::{Service, ServiceRow};
use crate::words;

const TABS: &[Tab] = &[
    Tab { key: "overview", name: "Overview" },
    Tab { key: "ships", name: "What ships" },
    Tab { key: "history", name: "History" },
    Tab { key: "runs", name: "Runs" },
    Tab { key: "delivery", name: "Delivery" },
    Tab { key: "logs", name: "Logs" },
    Tab { key: "settings", name: "Settings" },
];

/// The page of a service.
pub(crate) fn service_page(service: ServiceName) -> AnyView {
    let place = service.clone();
    let live = Live::follow(
        move || Address::of(routes::GET_SERVICE, &[place.as_str()]),
        |view: &Service| polling::of_row(&view.row),
    );
    let asked = Parameter::named("tab").value;
    let tab = memo(move || choose(TABS, asked.get().as_deref()));
    let title = service.to_string();
    let trail = vec![(paths::SERVICES.to_owned(), "Services".to_owned())];
    let of_tab = |service: &ServiceName, key: &str| {
        if key == TABS[0].key { paths::service(service) } else { paths::service_tab(service, key) }
    };
    let links = TABS.iter().map(|tab| of_tab(&service, tab.key)).collect();
    view! {
        <PageHead title trail fact=dynamic(move || live.with(fact)) />
        {tabs("Service", TABS, links, tab)}
        <Stale news=live.news />
        {loaded(live, || view! { <Skeleton rows=6 /> }.into_any(), move |view| content(service.clone(), view, tab))}
    }
    .into_any()
}

/// What matters beside the name: how well it is, whose it is, what is newest.
fn fact(view: Option<&Service>) -> AnyView {
    let Some(row) = view.map(|view| &view.row) else { return ().into_any() };
    let worst = row.environments.iter().max_by_key(|lane| lane.health.state);
    let health = worst.map(|lane| view! { <Badge told=words::health(lane.health.state) /> }.into_any());
    let head = row
        .head
        .as_ref()
        .map(|head| view! { " at " <CommitText commit=head.sha.clone() url=head.url.clone() /> }.into_any());
    view! {
        {health}
        <p class="page-facts muted">{format!("{} · {} · {}", row.team, row.repository, row.branch)}{head}</p>
        <Badge told=words::checks(&row.head_checks) />
    }
    .into_any()
}

fn content(service: ServiceName, view: Data<Service>, tab: Memo<&'static str>) -> AnyView {
    let row = Data::memo(move || view.with(|view| view.row.clone()));
    dynamic(move || {
        let service = service.clone();
        match tab.get() {
            "ships" => ships::ships(service, row),
            "history" => history::history(service, row),
            "runs" => view! { {ci::ci(service.clone())}{runs::runs(service)} }.into_any(),
            "delivery" => delivery::delivery(service, row),
            "logs" => logs::logs(service, row),
            "settings" => manifest::settings(view),
            _ => lanes::overview(service, row),
        }
    })
}

/// The names of a service's environments.
fn environment_names(row: Data<ServiceRow>) -> Memo<Vec<String>> {
    memo(move || row.with(|row| row.environments.iter().map(|lane| lane.environment.to_string()).collect()))
}

/// The environment that is shown: the one asked for, if there is such a one.
fn chosen(names: &[String], asked: Option<&str>) -> String {
    let asked = names.iter().find(|name| asked == Some(name.as_str()));
    // Users are in the last environment.
    asked.or(names.last()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_in_the_last_environment_unless_another_is_asked_for() {
        let names = ["staging", "production"].map(str::to_owned);
        assert_eq!(chosen(&names, None), "production");
        assert_eq!(chosen(&names, Some("staging")), "staging");
        assert_eq!(chosen(&names, Some("gone")), "production");
        assert_eq!(chosen(&[], Some("staging")), "");
    }
}
