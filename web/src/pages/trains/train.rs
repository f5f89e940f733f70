//! One train: its services in order, where each is, and the way back.

use api::routes;
use api::train::{CarPhase, TrainPhase};
use domain::TrainId;
use leptos::prelude::*;

use crate::actions::Ask;
use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling;
use crate::reactive::{Data, dynamic, memo};
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::copy::CopyLine;
use crate::ui::icon::Icon;
use crate::ui::note::{banner, paragraph};
use crate::ui::page::PageHead;
use crate::ui::properties::{Properties, Property};
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::steps::{RailItem, StepRail};
use crate::ui::time::Time;
use crate::wire::{Action, Car, Train};
use crate::words::{self, Told, Tone, sentence};

/// The page of a train.
pub(crate) fn train_page(id: TrainId) -> AnyView {
    let live = Live::follow(
        move || Address::of(routes::GET_TRAIN, &[&id.to_string()]),
        |train: &Train| polling::of_train(train.phase),
    );
    let title = memo(move || live.with(|train| train.map_or("Train".to_owned(), Train::title)));
    let trail = vec![(paths::TRAINS.to_owned(), "Trains".to_owned())];
    let fact = move || match live.with(|train| train.map(|train| words::train(train.phase))) {
        Some(told) => view! { <Badge told /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <PageHead
            title
            trail
            fact=dynamic(fact)
            actions=dynamic(move || live.with(|train| train.map_or_else(|| ().into_any(), actions)))
        />
        <Stale news=live.news />
        {loaded(live, || view! { <Skeleton rows=6 /> }.into_any(), content)}
    }
    .into_any()
}

fn actions(train: &Train) -> AnyView {
    let asked = state().asked;
    let refused = |action: &Action| Signal::stored(action.refused.as_deref().map(sentence));
    let of_this = |make: fn(Box<Train>) -> Ask| {
        let ask = make(Box::new(train.clone()));
        move || asked.set(Some(ask.clone()))
    };
    view! {
        <Button refused=refused(&train.cancel) on_press=of_this(Ask::CancelTrain)>"Cancel"</Button>
        <Button
            kind=Kind::Danger
            icon=Icon::RollBack
            refused=refused(&train.roll_back)
            on_press=of_this(Ask::RollBackTrain)
        >
            "Roll back"
        </Button>
    }
    .into_any()
}

fn content(train: Data<Train>) -> AnyView {
    let cars = |train: &Train| train.cars.iter().map(|one| car(one, train)).collect::<Vec<_>>().into_any();
    view! {
        {dynamic(move || train.with(outcome))}
        <div class="columns">
            <section class="card" aria-labelledby="cars">
                <header class="card-head"><h2 id="cars">"Services, in order"</h2></header>
                <StepRail label="The services of the train">{dynamic(move || train.with(cars))}</StepRail>
            </section>
            <section class="card" aria-labelledby="facts">
                <header class="card-head"><h2 id="facts">"Facts"</h2></header>
                {dynamic(move || train.with(facts))}
            </section>
        </div>
    }
    .into_any()
}

/// What goes on with all of it, at the top: why it went back or ended, or what it waits for.
fn outcome(train: &Train) -> AnyView {
    let told = words::train(train.phase);
    let asks = train.cars.iter().find(|car| car.phase == CarPhase::Rolling && !car.waits_for.is_empty());
    let told = match asks {
        Some(_) => Told { tone: Tone::Warn, icon: Icon::Question, word: told.word },
        None => told,
    };
    let text = match &train.reason {
        // "Rolled back by ada" says it already.
        Some(reason) => match sentence(reason) {
            reason if reason.starts_with(told.word) => reason,
            reason => format!("{}. {reason}", told.word),
        },
        None if train.phase == TrainPhase::Waiting => {
            let closed = train.cars.iter().filter(|car| !car.waits_for.is_empty()).count();
            match closed {
                0 => "It leaves in a moment: every gate is open.".to_owned(),
                1 => "It leaves when the gates of one more service are open.".to_owned(),
                several => format!("It leaves when the gates of {several} more services are open."),
            }
        }
        None => match asks {
            Some(car) => format!("{} {}.", car.service, car.waits_for.join("; ")),
            None => return ().into_any(),
        },
    };
    banner(told.tone, told.icon, text)
}

fn car(car: &Car, train: &Train) -> AnyView {
    let link = |id: &domain::PromotionId, text: &'static str| {
        view! { <a href=paths::promotion(id)>{text}</a> }.into_any()
    };
    let rollback = car.rollback.as_ref().map(|id| link(id, "Its rollback"));
    let promotion = car.promotion.as_ref().map(|id| link(id, "Its promotion"));
    let replaces = match &car.replaces {
        Some(old) => view! { " in the place of " <code>{old.artifact.short()}</code> }.into_any(),
        None => ().into_any(),
    };
    let waits: Vec<AnyView> = car.waits_for.iter().map(|reason| paragraph("", sentence(reason))).collect();
    let reason = car.reason.as_deref().map(|reason| paragraph("", sentence(reason)));
    let stays = (car.phase == CarPhase::Stays).then(|| {
        let command = format!("keelson rollback {} {}", car.service, train.environment);
        view! { <CopyLine text=command what="the command" /> }.into_any()
    });
    let what = car.release.artifact.short();
    let is_current = matches!(car.phase, CarPhase::Rolling | CarPhase::GoingBack);
    view! {
        <RailItem
            told=words::car(car.phase)
            title=car.service.to_string()
            current=is_current
            aside=view! { <span class="train-links">{promotion}{rollback}</span> }.into_any()
        >
            <p class="muted"><code>{what}</code>{replaces}</p>
            {waits}
            {reason}
            {stays}
        </RailItem>
    }
    .into_any()
}

fn facts(train: &Train) -> AnyView {
    let finished = train.finished_at.map(|at| {
        let took = format::span(at.as_second() - train.created_at.as_second());
        view! { <Property name="Finished"><Time at /> {format!(", after {took}")}</Property> }.into_any()
    });
    let (environment, by, created_at) = (train.environment.to_string(), train.by.clone(), train.created_at);
    let id = train.id.to_string();
    view! {
        <Properties>
            <Property name="To">{environment}</Property>
            <Property name="Put together">{by} " · " <Time at=created_at /></Property>
            {finished}
            <Property name="Train"><CopyLine text=id what="the train's id" /></Property>
        </Properties>
    }
    .into_any()
}
