//! Settings: connections to git hosts, tokens, people, and events that could not be handled.

mod connect;
mod connections;
mod dead_letters;
mod people;
mod tokens;

use leptos::prelude::*;

use crate::paths;
use crate::query::Parameter;
use crate::ui::page::PageHead;
use crate::ui::tabs::{Tab, Tabs, choose};

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
    let tab = Memo::new(move |_| choose(TABS, asked.get().as_deref()));
    view! {
        <PageHead title="Settings" />
        <Tabs label="Settings" tabs=TABS shown=tab href=|key: &'static str| paths::settings(key) />
        {move || match tab.get() {
            "tokens" => view! { <tokens::Tokens /> }.into_any(),
            "people" => view! { <people::People /> }.into_any(),
            "dead-letters" => view! { <dead_letters::DeadLetters /> }.into_any(),
            _ => view! { <connections::Connections /> }.into_any(),
        }}
    }
}
