//! One service: its lanes, its signals, what ships, its history, runs, logs and settings.

mod history;
mod lanes;
mod logs;
mod manifest;
mod runs;
mod ships;
mod signals;

use api::routes;
use api::service::ServiceView;
use domain::ServiceName;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::not_found::NotFound;
use crate::paths;
use crate::polling;
use crate::query::Parameter;
use crate::ui::badge::Badge;
use crate::ui::digest::CommitText;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::tabs::{Tab, Tabs, choose};
use crate::words;

const TABS: &[Tab] = &[
    Tab { key: "overview", name: "Overview" },
    Tab { key: "ships", name: "What ships" },
    Tab { key: "history", name: "History" },
    Tab { key: "runs", name: "Runs" },
    Tab { key: "logs", name: "Logs" },
    Tab { key: "settings", name: "Settings" },
];

/// The page of the service that the address names.
#[component]
pub(crate) fn ServicePage() -> impl IntoView {
    let parameters = use_params_map();
    let name = Memo::new(move |_| {
        parameters
            .with(|parameters| parameters.get("service"))
            .and_then(|name| name.parse::<ServiceName>().ok())
    });
    // Another service is another page: nothing of the one before may stay in it.
    move || match name.get() {
        Some(service) => view! { <Service service /> }.into_any(),
        None => NotFound().into_any(),
    }
}

#[component]
fn Service(service: ServiceName) -> impl IntoView {
    let address = Address::of(routes::GET_SERVICE, &[service.as_str()]);
    let live = Live::follow(move || address.clone(), |view: &ServiceView| polling::of_row(&view.row));
    let asked = Parameter::named("tab").value;
    let tab = Memo::new(move |_| choose(TABS, asked.get().as_deref()));
    let tab_service = service.clone();
    let title = service.to_string();
    let trail = vec![(paths::SERVICES.to_owned(), "Services".to_owned())];
    view! {
        <PageHead title trail fact=move || view! { <Fact live /> } />
        <Tabs
            label="Service"
            tabs=TABS
            shown=tab
            href=move |key: &'static str| {
                if key == TABS[0].key { paths::service(&tab_service) } else { paths::service_tab(&tab_service, key) }
            }
        />
        <Stale live />
        {loaded(
            live,
            || view! { <Skeleton rows=6 /> }.into_any(),
            move |view| {
                let service = service.clone();
                view! { <Content service view tab /> }.into_any()
            },
        )}
    }
}

/// What matters beside the name: how well it is, whose it is, what is newest.
#[component]
fn Fact(live: Live<ServiceView>) -> impl IntoView {
    let told = Memo::new(move |_| {
        live.data.with(|view| {
            let worst = view.as_ref()?.row.environments.iter().max_by_key(|lane| lane.health.state)?;
            Some(words::health(worst.health.state))
        })
    });
    let row = Memo::new(move |_| live.data.with(|view| view.as_ref().map(|view| view.row.clone())));
    view! {
        {move || told.get().map(|told| view! { <Badge told /> })}
        {move || row.get().map(|row| view! {
            <p class="page-facts muted">
                {row.team.to_string()} " · " {row.repository} " · " {row.branch}
                {row.head.map(|head| view! { " at " <CommitText commit=head.sha url=head.url /> })}
            </p>
            <Badge told=words::checks(&row.head_checks) />
        })}
    }
}

#[component]
fn Content(service: ServiceName, view: Signal<ServiceView>, tab: Memo<&'static str>) -> impl IntoView {
    let row = Memo::new(move |_| view.with(|view| view.row.clone()));
    move || {
        let service = service.clone();
        match tab.get() {
            "ships" => view! { <ships::Ships service row /> }.into_any(),
            "history" => view! { <history::History service row /> }.into_any(),
            "runs" => view! { <runs::Runs service /> }.into_any(),
            "logs" => view! { <logs::Logs service row /> }.into_any(),
            "settings" => view! { <manifest::Settings view /> }.into_any(),
            _ => view! { <lanes::Lanes service row /> }.into_any(),
        }
    }
}
