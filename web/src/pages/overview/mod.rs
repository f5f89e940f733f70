//! The first screen: is it healthy? What runs where, what waits and why, and the buttons that help.

mod pipeline;
mod summary;
mod traffic;

use api::overview::Overview;
use api::routes;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::overview::pipeline::Pipelines;
use crate::pages::overview::summary::{Summary, headline};
use crate::polling;
use crate::state::state;
use crate::ui::empty::Empty;
use crate::ui::icon::Glyph;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::words;

pub(crate) use pipeline::lane_named;
pub(crate) use traffic::{since_first_request, ticks};

/// The first screen.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let live = Live::follow(|| Address::of(routes::GET_OVERVIEW, &[]), polling::of_overview);
    let environments = state().environments;
    Effect::new(move || {
        let names = live.data.with(|overview| overview.as_ref().map(environment_names));
        if let Some(names) = names.filter(|names| environments.with_untracked(|known| known != names)) {
            environments.set(names);
        }
    });
    let title = Memo::new(move |_| {
        live.data.with(|overview| overview.as_ref().map_or("Overview".to_owned(), headline))
    });
    let told = Memo::new(move |_| {
        live.data.with(|overview| overview.as_ref().map(|overview| words::health(overview.verdict.state)))
    });
    Effect::new(move || document().set_title(&format!("{} · Keelson", title.get())));
    view! {
        <header class="page-head overview-head">
            <h1
                tabindex="-1"
                class=move || told.get().map_or("verdict", |told| told.tone.class()).to_owned() + " verdict"
            >
                {move || told.get().map(|told| view! { <Glyph icon=told.icon /> })}
                <span>{move || title.get()}</span>
            </h1>
        </header>
        <Stale live />
        {loaded(
            live,
            || view! { <Skeleton rows=4 class="skeleton-pipelines" /> }.into_any(),
            |overview| view! { <Content overview /> }.into_any(),
        )}
    }
}

#[component]
fn Content(overview: Signal<Overview>) -> impl IntoView {
    let rows = Memo::new(move |_| overview.with(|overview| overview.services.clone()));
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        <Summary overview />
        <Show
            when=move || !is_empty.get()
            fallback=|| view! {
                <Empty
                    title="No service yet"
                    text="A service is declared by a keelson.toml in its repository. Write one, then apply it:"
                    command="keelson service apply"
                />
            }
        >
            <Pipelines rows />
        </Show>
    }
}

/// Every environment's name once, in the order in which the services have them.
pub(crate) fn environment_names(overview: &Overview) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for lane in overview.services.iter().flat_map(|row| &row.environments) {
        if !names.iter().any(|name| name == lane.environment.as_str()) {
            names.push(lane.environment.to_string());
        }
    }
    names
}
