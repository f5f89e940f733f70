//! One promotion, from its gates to its end: live while it goes on, a report afterwards.

mod gates;
mod measurements;
mod report;
mod steps;
mod tail;

use api::promotion::PromotionView;
use api::routes;
use domain::PromotionId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::actions::Ask;
use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::not_found::NotFound;
use crate::paths;
use crate::polling;
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::icon::Icon;
use crate::ui::page::PageHead;
use crate::ui::ships::ShipsList;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::steps::StepRail;
use crate::words::{self, sentence};

/// The page of the promotion that the address names.
#[component]
pub(crate) fn PromotionPage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| {
        parameters
            .with(|parameters| parameters.get("promotion"))
            .and_then(|id| id.parse::<PromotionId>().ok())
    });
    move || match id.get() {
        Some(id) => view! { <Promotion id /> }.into_any(),
        None => NotFound().into_any(),
    }
}

#[component]
fn Promotion(id: PromotionId) -> impl IntoView {
    let address = Address::of(routes::GET_PROMOTION, &[&id.to_string()]);
    let live = Live::follow(move || address.clone(), polling::of_promotion);
    let title =
        Memo::new(move |_| live.data.with(|view| view.as_ref().map_or("Promotion".to_owned(), title)));
    let trail = Signal::derive(move || live.data.with(|view| view.as_ref().map(trail).unwrap_or_default()));
    let told =
        Memo::new(move |_| live.data.with(|view| view.as_ref().map(|view| words::phase(view.summary.phase))));
    view! {
        <PageHead
            title
            trail
            fact=move || view! { {move || told.get().map(|told| view! { <Badge told /> })} }
            actions=move || view! { <Actions live /> }
        />
        <Stale live />
        {loaded(
            live,
            || view! { <Skeleton rows=6 /> }.into_any(),
            |promotion| view! { <Content promotion /> }.into_any(),
        )}
    }
}

fn title(view: &PromotionView) -> String {
    let verb = if view.ships.backwards { "Rollback to" } else { "Promotion of" };
    format!("{verb} {} in {}", view.summary.release.artifact.short(), view.summary.environment)
}

fn trail(view: &PromotionView) -> Vec<(String, String)> {
    let service = &view.summary.service;
    vec![
        (paths::SERVICES.to_owned(), "Services".to_owned()),
        (paths::service(service), service.to_string()),
        (paths::service_tab(service, "history"), "History".to_owned()),
    ]
}

/// What can be done about it: approve, cancel, and the one red button.
#[component]
fn Actions(live: Live<PromotionView>) -> impl IntoView {
    let asked = state().asked;
    let summary = Memo::new(move |_| live.data.with(|view| view.as_ref().map(|view| view.summary.clone())));
    let roll_back = Memo::new(move |_| {
        live.data.with(|view| view.as_ref().map(|view| view.roll_back.refused.as_deref().map(sentence)))
    });
    let approve = Memo::new(move |_| summary.get().and_then(|summary| summary.approve));
    let is_over = Memo::new(move |_| summary.get().is_some_and(|summary| summary.phase.is_finished()));
    let ask = move |make: fn(Box<api::promotion::PromotionSummary>) -> Ask| {
        if let Some(summary) = summary.get_untracked() {
            asked.set(Some(make(Box::new(summary))));
        }
    };
    let ask_roll_back = move || {
        let ask = live.data.with_untracked(|view| {
            let summary = &view.as_ref()?.summary;
            Some(Ask::RollBack {
                service: summary.service.clone(),
                environment: summary.environment.clone(),
                previous: summary.replaces.clone(),
            })
        });
        asked.set(ask);
    };
    view! {
        {move || approve.get().map(|approve| view! {
            <Button
                kind=Kind::Primary
                refused=Signal::stored(approve.refused.as_deref().map(sentence))
                on_press=move || ask(Ask::Approve)
            >
                "Approve"
            </Button>
        })}
        <Show when=move || !is_over.get() && summary.with(Option::is_some)>
            <Button
                refused=Signal::derive(move || {
                    summary.with(|summary| summary.as_ref().and_then(|summary| summary.cancel.refused.as_deref().map(sentence)))
                })
                on_press=move || ask(Ask::Cancel)
            >
                "Cancel"
            </Button>
        </Show>
        <Show when=move || roll_back.with(Option::is_some)>
            <Button
                kind=Kind::Danger
                icon=Icon::RollBack
                refused=Signal::derive(move || roll_back.get().flatten())
                on_press=ask_roll_back
            >
                "Roll back"
            </Button>
        </Show>
    }
}

#[component]
fn Content(promotion: Signal<PromotionView>) -> impl IntoView {
    let ships = Signal::derive(move || promotion.with(|promotion| promotion.ships.clone()));
    view! {
        <report::Outcome promotion />
        <div class="columns">
            <section class="card" aria-labelledby="way">
                <header class="card-head"><h2 id="way">"Gates and steps"</h2></header>
                <StepRail label="The way of the release">
                    <gates::Gates promotion />
                    <steps::Steps promotion />
                    <report::End promotion />
                </StepRail>
            </section>
            <div class="column">
                <report::Facts promotion />
                <section class="card" aria-labelledby="ships">
                    <header class="card-head">
                        <h2 id="ships">{move || if ships.with(|ships| ships.backwards) { "What un-ships" } else { "What ships" }}</h2>
                    </header>
                    <ShipsList ships />
                </section>
                <tail::LogTail promotion />
            </div>
        </div>
    }
}
