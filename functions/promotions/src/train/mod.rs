//! Several services promote together, and go back together.

mod consider;
mod create;
mod orders;
mod stop;
mod view;

pub(crate) use consider::consider;
pub(crate) use create::create;
pub(crate) use stop::{cancel, roll_back};
pub(crate) use view::{view, visible};

use std::collections::BTreeMap;

use domain::promotion::Promotion;
use domain::train::{CarFacts, CarState, Seen, Train};
use domain::{PromotionId, TrainId};
use store::{StoreError, Versioned};

use crate::{App, Error};

/// How often a change is tried again because somebody else changed the same train in the meantime.
const ATTEMPTS: usize = 10;

pub(crate) async fn load(app: &App, id: TrainId) -> Result<Versioned<Train>, Error> {
    app.core.store.train(&id).await?.ok_or_else(|| Error::unknown("train", id))
}

/// What is known of every car at this moment.
async fn facts(app: &App, train: &Train) -> Result<Vec<CarFacts>, StoreError> {
    let promotions = promotions(app, train).await?;
    let mut facts = Vec::new();
    for car in &train.cars {
        let promotion = Seen::of(promotions.get(&car.promotion));
        let rollback = match &car.state {
            CarState::GoingBack { rollback, .. } => {
                let found = app.core.store.promotion(rollback).await?;
                Some(Seen::of(found.map(|found| found.value).as_ref()))
            }
            CarState::Waiting
            | CarState::Rolling
            | CarState::Promoted { .. }
            | CarState::Ended { .. }
            | CarState::Back
            | CarState::Stays { .. } => None,
        };
        // After the promotion: one that was done then runs by now, or ran. Nobody asks it of another.
        let runs = match &promotion {
            Seen::Done { .. } => {
                let lane = app.core.store.lane(&car.service, &train.environment).await?;
                lane.and_then(|lane| lane.value.release().map(|release| release.artifact))
            }
            Seen::Absent
            | Seen::Closed
            | Seen::Ready
            | Seen::Rolling
            | Seen::Reverting
            | Seen::Ended { .. } => None,
        };
        facts.push(CarFacts { promotion, rollback, runs });
    }
    Ok(facts)
}

/// The promotions of its cars, as far as they have one.
async fn promotions(app: &App, train: &Train) -> Result<BTreeMap<PromotionId, Promotion>, StoreError> {
    let ids: Vec<PromotionId> = train.cars.iter().map(|car| car.promotion).collect();
    let found = app.core.store.promotions(&ids).await?;
    Ok(found.into_iter().map(|found| (found.value.id, found.value)).collect())
}
