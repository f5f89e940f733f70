//! Trains as the wire shows them.

use std::collections::BTreeMap;

use api::overview::Action;
use api::train::{CarPhase, CarView, TrainPhase, TrainView};
use domain::ServiceName;
use domain::access::{Permission, Place};
use domain::gates::Unmet;
use domain::promotion::Promotion;
use domain::train::{Car, CarState, Train, TrainOutcome, TrainState};
use edge::{ApiError, Caller};

use crate::{App, view};

/// A train with its cars; `None` if the caller may look at none of its services.
pub(crate) async fn visible(
    app: &App,
    caller: &Caller,
    train: &Train,
) -> Result<Option<TrainView>, ApiError> {
    let places = places(app, train).await?;
    if !places.values().any(|place| caller.may(Permission::Read, place)) {
        return Ok(None);
    }
    shown(app, caller, train, &places).await.map(Some)
}

/// A train with its cars.
pub(crate) async fn view(app: &App, caller: &Caller, train: &Train) -> Result<TrainView, ApiError> {
    shown(app, caller, train, &places(app, train).await?).await
}

async fn shown(
    app: &App,
    caller: &Caller,
    train: &Train,
    places: &BTreeMap<ServiceName, Place>,
) -> Result<TrainView, ApiError> {
    let promotions = super::promotions(app, train).await?;
    let allowed = |permission| {
        let refusal =
            places.values().map(|place| caller.action(permission, place)).find(|one| !one.is_allowed());
        refusal.unwrap_or(Action::ALLOWED)
    };
    let (reason, finished_at) = match &train.state {
        TrainState::Waiting | TrainState::Going { .. } => (None, None),
        TrainState::Reverting { reason, .. } => (Some(reason.clone()), None),
        TrainState::Finished { reason, at, .. } => (reason.clone(), Some(*at)),
    };
    Ok(TrainView {
        id: train.id,
        name: train.name.clone(),
        environment: train.environment.clone(),
        by: train.by.label(),
        created_at: train.created_at,
        phase: TrainPhase::from(&train.state),
        reason,
        finished_at,
        cars: train.cars.iter().map(|car| car_view(car, promotions.get(&car.promotion))).collect(),
        cancel: cancel(&train.state).unwrap_or_else(|| allowed(Permission::Promote)),
        roll_back: roll_back(&train.state).unwrap_or_else(|| allowed(Permission::RollBack)),
    })
}

/// Where each service is, as far as rights are concerned.
async fn places(app: &App, train: &Train) -> Result<BTreeMap<ServiceName, Place>, ApiError> {
    let mut places = BTreeMap::new();
    for car in &train.cars {
        if let Some(service) = app.core.store.service(&car.service).await? {
            places.insert(car.service.clone(), service.value.place(Some(&train.environment)));
        }
    }
    Ok(places)
}

fn cancel(state: &TrainState) -> Option<Action> {
    match state {
        TrainState::Waiting | TrainState::Going { .. } => None,
        TrainState::Reverting { .. } => Some(Action::refused("it is going back already")),
        TrainState::Finished { .. } => Some(Action::refused("the train is over")),
    }
}

fn roll_back(state: &TrainState) -> Option<Action> {
    match state {
        TrainState::Waiting => Some(Action::refused("nothing is promoted yet: cancel it instead")),
        TrainState::Going { .. } => None,
        TrainState::Reverting { .. } => Some(Action::refused("it is going back already")),
        TrainState::Finished { outcome, .. } => match outcome {
            TrainOutcome::Done | TrainOutcome::Incomplete => None,
            TrainOutcome::Stopped | TrainOutcome::RolledBack => {
                Some(Action::refused("nothing that it promoted is left to take back"))
            }
        },
    }
}

fn car_view(car: &Car, promotion: Option<&Promotion>) -> CarView {
    let replaced = match &car.state {
        CarState::Promoted { replaced } | CarState::Stays { replaced, .. } => replaced.clone(),
        CarState::GoingBack { replaced, .. } => Some(replaced.clone()),
        CarState::Waiting | CarState::Rolling | CarState::Ended { .. } | CarState::Back => None,
    };
    let (reason, rollback) = match &car.state {
        CarState::Ended { reason } | CarState::Stays { reason, .. } => (Some(reason.clone()), None),
        CarState::GoingBack { rollback, .. } => (None, Some(*rollback)),
        CarState::Waiting | CarState::Rolling | CarState::Promoted { .. } | CarState::Back => (None, None),
    };
    let waits_for = match promotion {
        None => Vec::new(),
        Some(promotion) if view::asks(promotion) => view::waits_for(promotion),
        Some(promotion) => {
            let own = promotion.waits_for.iter().filter(|unmet| !matches!(unmet, Unmet::Train { .. }));
            own.map(Unmet::sentence).collect()
        }
    };
    CarView {
        service: car.service.clone(),
        release: car.release.clone(),
        replaces: replaced.or_else(|| promotion.and_then(|promotion| promotion.replaces.clone())),
        phase: CarPhase::from(&car.state),
        promotion: promotion.map(|promotion| promotion.id),
        rollback,
        waits_for,
        reason,
    }
}
