//! One promotion, from its gates to its end: live while it goes on, a report afterwards.

mod emergency;
mod gates;
mod measurements;
mod report;
mod steps;
mod tail;

use api::routes;
use domain::PromotionId;
use leptos::prelude::*;

use crate::actions::{Ask, Emergency};
use crate::client::Address;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling;
use crate::reactive::{Data, derived, dynamic, memo};
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::icon::Icon;
use crate::ui::page::PageHead;
use crate::ui::ships::ships_list;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::steps::StepRail;
use crate::wire::Promotion;
use crate::wire::PromotionSummary;
use crate::words::{self, sentence};

/// The page of a promotion.
pub(crate) fn promotion_page(id: PromotionId) -> AnyView {
    let live = Live::follow(
        move || Address::of(routes::GET_PROMOTION, &[&id.to_string()]),
        |view: &Promotion| polling::of_phase(view.summary.phase),
    );
    let title = memo(move || live.with(|view| view.map_or("Promotion".to_owned(), title)));
    let trail = derived(move || live.with(|view| view.map(trail).unwrap_or_default()));
    let fact = move || match live.with(|view| view.map(|view| words::phase(view.summary.phase))) {
        Some(told) => view! { <Badge told /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <PageHead
            title
            trail
            fact=dynamic(fact)
            actions=dynamic(move || live.with(|view| view.map_or_else(|| ().into_any(), actions)))
        />
        <Stale news=live.news />
        {loaded(live, || view! { <Skeleton rows=6 /> }.into_any(), content)}
    }
    .into_any()
}

fn title(view: &Promotion) -> String {
    let verb = if view.ships.backwards { "Rollback to" } else { "Promotion of" };
    format!("{verb} {} in {}", view.summary.release.artifact.short(), view.summary.environment)
}

fn trail(view: &Promotion) -> Vec<(String, String)> {
    let service = &view.summary.service;
    vec![
        (paths::SERVICES.to_owned(), "Services".to_owned()),
        (paths::service(service), service.to_string()),
        (paths::service_tab(service, "history"), "History".to_owned()),
    ]
}

/// What can be done about it: approve, override, cancel, and the one red button.
fn actions(view: &Promotion) -> AnyView {
    let asked = state().asked;
    let ask = |ask: Ask| move || asked.set(Some(ask.clone()));
    let refused = |reason: &Option<String>| Signal::stored(reason.as_deref().map(sentence));
    let summary = &view.summary;
    let of_this = |make: fn(Box<PromotionSummary>) -> Ask| make(Box::new(summary.clone()));
    let approve = summary.approve.as_ref().map(|approve| {
        view! {
            <Button kind=Kind::Primary refused=refused(&approve.refused) on_press=ask(of_this(Ask::Approve))>
                "Approve"
            </Button>
        }
        .into_any()
    });
    let emergency = view.ask_override.as_ref().filter(|_| !emergency::is_asked(view)).map(|action| {
        let emergency = Emergency::of(view);
        let idle =
            (!emergency.is_of_use()).then(|| "no gate that two people could pass is closed".to_owned());
        let refused = refused(&action.refused.clone().or(idle));
        let emergency = ask(Ask::Override(Box::new(emergency)));
        view! { <Button refused label="Override the gates" on_press=emergency>"Override"</Button> }.into_any()
    });
    let roll_back = Ask::RollBack {
        service: summary.service.clone(),
        environment: summary.environment.clone(),
        previous: summary.replaces.clone(),
    };
    view! {
        {approve}
        {emergency}
        <Button refused=refused(&summary.cancel.refused) on_press=ask(of_this(Ask::Cancel))>"Cancel"</Button>
        <Button
            kind=Kind::Danger
            icon=Icon::RollBack
            refused=refused(&view.roll_back.refused)
            on_press=ask(roll_back)
        >
            "Roll back"
        </Button>
    }
    .into_any()
}

fn content(promotion: Data<Promotion>) -> AnyView {
    let way = |promotion: &Promotion| {
        view! { {gates::gates(promotion)}{steps::steps(promotion)}{report::end(&promotion.summary)} }
            .into_any()
    };
    view! {
        {dynamic(move || promotion.with(report::outcome))}
        {dynamic(move || promotion.with(emergency::emergency))}
        <div class="columns">
            <section class="card" aria-labelledby="way">
                <header class="card-head"><h2 id="way">"Gates and steps"</h2></header>
                <StepRail label="The way of the release">{dynamic(move || promotion.with(way))}</StepRail>
            </section>
            <div class="column">
                <section class="card" aria-labelledby="facts">
                    <header class="card-head"><h2 id="facts">"Facts"</h2></header>
                    {dynamic(move || promotion.with(report::facts))}
                </section>
                {dynamic(move || promotion.with(ships))}
                {tail::log_tail(promotion)}
            </div>
        </div>
    }
    .into_any()
}

fn ships(promotion: &Promotion) -> AnyView {
    let ships = &promotion.ships;
    view! {
        <section class="card" aria-labelledby="ships">
            <header class="card-head">
                <h2 id="ships">{if ships.backwards { "What un-ships" } else { "What ships" }}</h2>
            </header>
            {ships_list(ships)}
        </section>
    }
    .into_any()
}
