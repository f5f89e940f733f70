//! The first screen: is it healthy? What runs where, what waits and why, and the buttons that help.

mod pipeline;
mod summary;
mod traffic;

use api::routes;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::pages::overview::pipeline::pipelines;
use crate::pages::overview::summary::{headline, summary};
use crate::paths;
use crate::polling;
use crate::reactive::{Data, dynamic, effect, either, memo};
use crate::state::state;
use crate::ui::empty::Empty;
use crate::ui::icon::Glyph;
use crate::ui::page::name_window;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::wire::{Overview, ServiceRow};
use crate::words;

pub(crate) use pipeline::{lane_named, lanes};
pub(crate) use traffic::{since_first_request, ticks};

/// The first screen.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let live = Live::follow(|| Address::of(routes::GET_OVERVIEW, &[]), polling::of_overview);
    let environments = state().environments;
    effect(move || {
        let names = live.with(|overview| overview.map(environment_names));
        if let Some(names) = names.filter(|names| environments.with_untracked(|known| known != names)) {
            environments.set(names);
        }
    });
    name_window(memo(move || live.with(|overview| overview.map_or("Overview".to_owned(), headline))).into());
    view! {
        <header class="page-head overview-head">{dynamic(move || live.with(verdict))}</header>
        <Stale news=live.news />
        {loaded(live, || view! { <Skeleton rows=4 class="skeleton-pipelines" /> }.into_any(), content)}
    }
}

fn verdict(overview: Option<&Overview>) -> AnyView {
    let told = overview.map(|overview| words::health(overview.verdict.state));
    let class = told.map_or("", |told| told.tone.class());
    let icon = told.map(|told| view! { <Glyph icon=told.icon /> }.into_any());
    let title = overview.map_or("Overview".to_owned(), headline);
    view! { <h1 tabindex="-1" class=format!("{class} verdict")>{icon}<span>{title}</span></h1> }.into_any()
}

fn content(overview: Data<Overview>) -> AnyView {
    let rows = Data::memo(move || overview.with(|overview| overview.services.clone()));
    view! {
        {dynamic(move || overview.with(summary))}
        {either(
            move || rows.with(Vec::is_empty),
            || view! {
                <Empty
                    title="No service yet"
                    text="A service is declared by a keelson.toml in its repository. Write one, then apply it:"
                    command="keelson service apply"
                />
            }
            .into_any(),
            move || pipelines(rows),
        )}
        {dynamic(move || overview.with(more))}
    }
    .into_any()
}

/// Where the services are that are not shown: those that ask for nobody, as a rule.
fn more(overview: &Overview) -> AnyView {
    match overview.total.saturating_sub(overview.services.len()) {
        0 => ().into_any(),
        more => {
            let more = format::counted(more, "more service", "more services");
            view! { <p class="older"><a href=paths::SERVICES>{more}</a></p> }.into_any()
        }
    }
}

/// Every environment's name once, in the order in which the services have them.
fn environment_names(overview: &Overview) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let lanes = overview.services.iter().flat_map(|row: &ServiceRow| &row.environments);
    for lane in lanes {
        if !names.iter().any(|name| name == lane.environment.as_str()) {
            names.push(lane.environment.to_string());
        }
    }
    names
}
