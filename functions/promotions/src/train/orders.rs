//! What a train has its cars do. Each order may be carried out twice, and by two processes at once.

use domain::PromotionId;
use domain::access::Actor;
use domain::lane::{Command, Proposal, Rejected, RollBack};
use domain::promotion::Kind;
use domain::rollout::Release;
use domain::train::{Car, Order, Train, TrainState};
use edge::RequestContext;

use super::consider::change;
use crate::{App, Error, advance, facts, track};

/// Does what is to be done next.
pub(super) async fn carry_out(
    app: &App,
    request: &RequestContext,
    train: &Train,
    order: &Order,
) -> Result<(), Error> {
    match order {
        Order::Propose(index) => match train.cars.get(*index) {
            Some(car) => propose(app, request, train, *index, car).await,
            None => Ok(()),
        },
        Order::Look(index) => match train.cars.get(*index) {
            Some(car) => advance::advance(app, request, &car.service, &train.environment).await.map(drop),
            None => Ok(()),
        },
        Order::Cancel(index) => match train.cars.get(*index) {
            Some(car) => cancel(app, request, train, car).await,
            None => Ok(()),
        },
        Order::RollBack { car, rollback, to } => match train.cars.get(*car) {
            Some(car) => take_back(app, request, train, car, (*rollback, to)).await,
            None => Ok(()),
        },
    }
}

/// Makes the car's promotion. If the environment refuses it, the train cannot become what it was meant to be.
async fn propose(
    app: &App,
    request: &RequestContext,
    train: &Train,
    index: usize,
    car: &Car,
) -> Result<(), Error> {
    let service = facts::service(app, &car.service).await?;
    let section = facts::environment(&service, &train.environment)?;
    let history = facts::history(app, &service).await?;
    let (service, history) = (&service, &history);
    let place = (&car.service, &train.environment);
    let made = track::change_with(app, place, (request, &train.by), |track| async move {
        if app.core.store.promotion(&car.promotion).await?.is_some() {
            return Ok(None);
        }
        let running = track.lane.release().map(|running| &running.commit);
        Ok(Some(Command::Propose(Box::new(Proposal {
            id: car.promotion,
            release: car.release.clone(),
            kind: Kind::Manual { by: train.by.clone(), newest: car.newest },
            plan: facts::plan(service, section),
            authors: history.between(running, &car.release.commit).authors(),
            train: Some(train.id),
        }))))
    });
    match made.await {
        Ok(_) => advance::advance(app, request, &car.service, &train.environment).await.map(drop),
        Err(Error::Rejected(rejected)) => {
            let reason = rejected.to_string();
            let refuse = |train: &mut Train| {
                train.refuse(index, reason.clone());
                Ok(Vec::new())
            };
            change(app, (request, &Actor::Keelson), train.id, refuse).await.map(drop)
        }
        Err(error) => Err(error),
    }
}

async fn cancel(app: &App, request: &RequestContext, train: &Train, car: &Car) -> Result<(), Error> {
    let place = (&car.service, &train.environment);
    let command = Command::Cancel { promotion: car.promotion, by: Actor::Keelson };
    match track::change(app, place, (request, &Actor::Keelson), command).await {
        // It ended by itself meanwhile, which the next look shows.
        Ok(_) | Err(Error::Rejected(Rejected::Finished)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes a car back by the rollback that the train decided on, once.
async fn take_back(
    app: &App,
    request: &RequestContext,
    train: &Train,
    car: &Car,
    (id, to): (PromotionId, &Release),
) -> Result<(), Error> {
    let service = facts::service(app, &car.service).await?;
    let section = facts::environment(&service, &train.environment)?;
    let plan = &facts::plan(&service, section);
    let why = match &train.state {
        TrainState::Reverting { reason, .. } => format!("train {}: {reason}", train.label()),
        TrainState::Waiting | TrainState::Going { .. } | TrainState::Finished { .. } => {
            format!("train {}", train.label())
        }
    };
    let why = &why;
    let place = (&car.service, &train.environment);
    track::change_with(app, place, (request, &Actor::Keelson), |_| async move {
        if app.core.store.promotion(&id).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(Command::RollBack(Box::new(RollBack {
            id,
            to: Some(to.clone()),
            by: Actor::Keelson,
            reason: Some(why.clone()),
            plan: plan.clone(),
        }))))
    })
    .await?;
    Ok(())
}
