//! Settings: connections to git hosts, tokens, people, and events that could not be handled.

mod connect;
mod connections;
mod dead_letters;
mod people;
mod tokens;

use leptos::prelude::*;

use crate::paths;
use crate::query::Parameter;
use crate::reactive::{dynamic, memo};
use crate::ui::page::PageHead;
use crate::ui::tabs::{Tab, choose, tabs};

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
    let links = TABS.iter().map(|tab| paths::settings(tab.key)).collect();
    view! {
        <PageHead title="Settings" />
        {tabs("Settings", TABS, links, tab)}
        {dynamic(move || match tab.get() {
            "tokens" => tokens::tokens(),
            "people" => people::people(),
            "dead-letters" => dead_letters::dead_letters(),
            _ => connections::connections(),
        })}
    }
}
