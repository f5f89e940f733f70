//! Settings: connections to git hosts, tokens, people, and events that could not be handled.

mod api_access;
mod connect;
mod connections;
mod dead_letters;
mod people;
mod tokens;

use api::routes;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::Live;
use crate::paths;
use crate::polling::Pace;
use crate::query::Parameter;
use crate::reactive::{dynamic, memo};
use crate::ui::page::PageHead;
use crate::ui::tabs::{Tab, choose, tabs};
use crate::ui::time::Time;
use crate::wire::ConnectionView;

const TABS: &[Tab] = &[
    Tab { key: "connections", name: "Connections" },
    Tab { key: "tokens", name: "Tokens" },
    Tab { key: "people", name: "People" },
    Tab { key: "dead-letters", name: "Dead letters" },
];

/// The settings.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let asked = Parameter::named("tab").value;
    let tab = memo(move || choose(TABS, asked.get().as_deref()));
    // Of all that is set here, whether the git hosts are heard is what the rest depends on.
    let hosts =
        Live::follow(|| Address::of(routes::LIST_CONNECTIONS, &[]), |_: &Vec<ConnectionView>| Pace::Still);
    let links = TABS.iter().map(|tab| paths::settings(tab.key)).collect();
    view! {
        <PageHead title="Settings" fact=dynamic(move || fact(hosts)) />
        {tabs("Settings", TABS, links, tab)}
        {dynamic(move || match tab.get() {
            "tokens" => tokens::tokens(),
            "people" => people::people(),
            "dead-letters" => dead_letters::dead_letters(),
            _ => connections::connections(hosts),
        })}
    }
}

/// How many git hosts are connected, and when one of them was heard last.
fn fact(hosts: Live<Vec<ConnectionView>>) -> AnyView {
    hosts.with(|known| match known {
        Some(known) => told(known),
        None if hosts.news.problem.with(Option::is_some) => {
            view! { <p class="page-facts muted">"Whether the git hosts are heard is not known"</p> }
                .into_any()
        }
        None => ().into_any(),
    })
}

fn told(hosts: &[ConnectionView]) -> AnyView {
    if hosts.is_empty() {
        return view! { <p class="page-facts muted">"No git host is connected yet"</p> }.into_any();
    }
    let count = format::counted(hosts.len(), "git host", "git hosts");
    let heard = match hosts.iter().filter_map(|host| host.last_delivery_at).max() {
        Some(at) => view! { ", last heard "<Time at /> }.into_any(),
        None => view! { ", not heard yet" }.into_any(),
    };
    view! { <p class="page-facts muted">{count}" connected"{heard}</p> }.into_any()
}
