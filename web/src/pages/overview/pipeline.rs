//! One service as a pipeline: a change moves through its environments from left to right.

use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::pages::overview::traffic::row_traffic;
use crate::paths;
use crate::query::Parameter;
use crate::reactive::{Data, dynamic, each, row};
use crate::ui::badge::Mark;
use crate::ui::digest::CommitText;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::lane::Lane;
use crate::wire::{LaneView, ServiceRow};
use crate::words;

/// The services, in the order given.
pub(super) fn pipelines(services: Data<Vec<ServiceRow>>) -> AnyView {
    let all = move || {
        services.with(|rows| {
            let one = |service: &ServiceRow| {
                let name = service.name.clone();
                row(&service.name, move || pipeline(row_named(services, name)))
            };
            rows.iter().map(one).collect()
        })
    };
    view! { <ul class="pipelines" aria-label="Services">{each(all)}</ul> }.into_any()
}

/// The newest state of one service; the last one known, when it is gone and about to leave the list.
fn row_named(rows: Data<Vec<ServiceRow>>, name: ServiceName) -> Data<ServiceRow> {
    Data::newest(move || rows.with(|rows| rows.iter().find(|row| row.name == name).cloned()))
}

fn pipeline(service: Data<ServiceRow>) -> AnyView {
    let name = service.with_untracked(|row| row.name.clone());
    let last = service.with_untracked(|row| row.environments.last().map(|lane| lane.environment.clone()));
    let traffic = last.map(|environment| row_traffic(name, environment));
    let only = Parameter::named("env").value;
    view! {
        <li class="pipeline">
            <div class="pipeline-head">{dynamic(move || service.with(head))}</div>
            <div class="lanes">{lanes(service, false, move |name| only.get().is_none_or(|only| only == name))}</div>
            {traffic}
        </li>
    }
    .into_any()
}

/// The lanes of a service whose names are wanted.
pub(crate) fn lanes(
    service: Data<ServiceRow>,
    with_hold: bool,
    is_wanted: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> AnyView {
    let name = service.with_untracked(|row| row.name.clone());
    each(move || {
        service.with(|row_now| {
            let one = |lane: &LaneView| {
                let (service_name, environment) = (name.clone(), lane.environment.clone());
                row(&lane.environment, move || {
                    let lane = lane_named(service, environment);
                    view! { <Lane service=service_name lane with_hold /> }.into_any()
                })
            };
            row_now.environments.iter().filter(|lane| is_wanted(lane.environment.as_str())).map(one).collect()
        })
    })
}

/// The newest state of one environment; the last one known, when it is gone.
pub(crate) fn lane_named(service: Data<ServiceRow>, environment: EnvironmentName) -> Data<LaneView> {
    Data::newest(move || {
        service.with(|row| row.environments.iter().find(|lane| lane.environment == environment).cloned())
    })
}

fn head(row: &ServiceRow) -> AnyView {
    let commit = row.head.as_ref().map(|head| {
        view! {
            <p class="pipeline-commit" title=head.title.clone()>
                <Glyph icon=Icon::Commit />
                <CommitText commit=head.sha.clone() url=head.url.clone() />
                <Mark told=words::checks(&row.head_checks) />
                <span class="pipeline-title muted">{head.title.clone()}</span>
            </p>
        }
        .into_any()
    });
    view! {
        <h2><a href=paths::service(&row.name)>{row.name.to_string()}</a></h2>
        <p class="muted">{row.team.to_string()}</p>
        {commit}
    }
    .into_any()
}
