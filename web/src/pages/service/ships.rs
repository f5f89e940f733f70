//! What would ship to each environment now.

use api::routes;
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::overview::lane_named;
use crate::polling::Pace;
use crate::reactive::{Data, dynamic, each, memo, row};
use crate::ui::digest::DigestText;
use crate::ui::empty::Empty;
use crate::ui::ships::ships_list;
use crate::ui::skeleton::Skeleton;
use crate::wire::{LaneView, Release, ServiceRow};

/// A card for each environment.
pub(super) fn ships(service: ServiceName, of: Data<ServiceRow>) -> AnyView {
    each(move || {
        of.with(|now| {
            let one = |lane: &LaneView| {
                let (service, environment) = (service.clone(), lane.environment.clone());
                row(&lane.environment, move || card(service, of, environment))
            };
            now.environments.iter().map(one).collect()
        })
    })
}

fn card(service: ServiceName, of: Data<ServiceRow>, environment: EnvironmentName) -> AnyView {
    let lane = lane_named(of, environment.clone());
    let candidate = Data::memo(move || lane.with(|lane| lane.candidate.clone()));
    let is_bare = memo(move || lane.with(|lane| lane.running.is_none()));
    let id = format!("ships-{environment}");
    let content = move || {
        match candidate.get() {
        Some(candidate) => coming(&service, &environment, &candidate),
        None if is_bare.get() => view! {
            <Empty
                title="Nothing to promote yet"
                text="What can run here is an artifact of a commit on the branch, registered by CI or by hand:"
                command="keelson artifact push"
            />
        }
        .into_any(),
        None => view! {
            <Empty title="Nothing newer" text="What runs here is the newest artifact that could be promoted here." />
        }
        .into_any(),
    }
    };
    view! {
        <section class="card" aria-labelledby=id.clone()>
            <header class="card-head"><h2 id=id.clone()>{format!("To {}", &id["ships-".len()..])}</h2></header>
            {dynamic(content)}
        </section>
    }
    .into_any()
}

fn coming(service: &ServiceName, environment: &EnvironmentName, candidate: &Release) -> AnyView {
    let address = Address::of(routes::GET_SHIPS, &[service.as_str()])
        .with("environment", environment)
        .with("artifact", candidate.artifact);
    let live = Live::follow(move || address.clone(), |_| Pace::Still);
    view! {
        <p>"With " <DigestText digest=candidate.artifact /> " in the place of what runs:"</p>
        {loaded(
            live,
            || view! { <Skeleton rows=3 /> }.into_any(),
            |ships| dynamic(move || ships.with(ships_list)),
        )}
    }
    .into_any()
}
