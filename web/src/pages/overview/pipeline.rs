//! One service as a pipeline: a change moves through its environments from left to right.

use api::overview::{LaneView, ServiceRow};
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::pages::overview::traffic::RowTraffic;
use crate::paths;
use crate::query::Parameter;
use crate::ui::badge::Mark;
use crate::ui::digest::CommitText;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::lane::Lane;
use crate::words;

/// The services, in the order given.
#[component]
pub(super) fn Pipelines(rows: Memo<Vec<ServiceRow>>) -> impl IntoView {
    let names =
        Memo::new(move |_| rows.with(|rows| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>()));
    view! {
        <ul class="pipelines" aria-label="Services">
            <For each=move || names.get() key=ServiceName::clone let(name)>
                <Pipeline row=row_named(rows, name) />
            </For>
        </ul>
    }
}

/// The newest state of one service; the last one known, when it is gone and about to leave the list.
fn row_named(rows: Memo<Vec<ServiceRow>>, name: ServiceName) -> Memo<ServiceRow> {
    Memo::new(move |before: Option<&ServiceRow>| {
        let found = rows.with(|rows| rows.iter().find(|row| row.name == name).cloned());
        found.or_else(|| before.cloned()).expect("a service in the list of names is in the list")
    })
}

#[component]
fn Pipeline(row: Memo<ServiceRow>) -> impl IntoView {
    let name = row.with_untracked(|row| row.name.clone());
    let only = Parameter::named("env").value;
    let lanes = Memo::new(move |_| {
        let only = only.get();
        row.with(|row| {
            let names = row.environments.iter().map(|lane| lane.environment.clone());
            names.filter(|name| only.as_deref().is_none_or(|only| only == name.as_str())).collect::<Vec<_>>()
        })
    });
    let last = row.with_untracked(|row| row.environments.last().map(|lane| lane.environment.clone()));
    let lane_service = name.clone();
    view! {
        <li class="pipeline">
            <ServiceHead row />
            <div class="lanes">
                <For each=move || lanes.get() key=EnvironmentName::clone let(environment)>
                    <Lane service=lane_service.clone() lane=lane_named(row, environment) />
                </For>
            </div>
            {last.map(|environment| view! { <RowTraffic service=name environment /> })}
        </li>
    }
}

/// The newest state of one environment; the last one known, when it is gone.
pub(crate) fn lane_named(row: Memo<ServiceRow>, environment: EnvironmentName) -> Memo<LaneView> {
    Memo::new(move |before: Option<&LaneView>| {
        let found =
            row.with(|row| row.environments.iter().find(|lane| lane.environment == environment).cloned());
        found.or_else(|| before.cloned()).expect("an environment in the list of names is in the list")
    })
}

#[component]
fn ServiceHead(row: Memo<ServiceRow>) -> impl IntoView {
    let head = Memo::new(move |_| row.with(|row| row.head.clone()));
    let checks = Signal::derive(move || row.with(|row| words::checks(&row.head_checks)));
    let link = row.with_untracked(|row| paths::service(&row.name));
    view! {
        <div class="pipeline-head">
            <h2><a href=link>{move || row.with(|row| row.name.to_string())}</a></h2>
            <p class="muted">{move || row.with(|row| row.team.to_string())}</p>
            {move || head.get().map(|head| view! {
                <p class="pipeline-commit" title=head.title.clone()>
                    <Glyph icon=Icon::Commit />
                    <CommitText commit=head.sha url=head.url />
                    <Mark told=checks />
                    <span class="pipeline-title muted">{head.title.clone()}</span>
                </p>
            })}
        </div>
    }
}
