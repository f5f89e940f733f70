//! Several services promote together, and go back together.

mod consider;
mod create;
mod orders;
mod stop;
mod view;

pub(crate) use consider::consider;
pub(crate) use create::create;
pub(crate) use stop::{cancel, roll_back};
pub(crate) use view::{may_see, view};

use domain::TrainId;
use domain::train::{CarFacts, CarState, Seen, Train};
use store::{StoreError, Versioned};

use crate::{App, Error};

/// How often a change is tried again because somebody else changed the same train in the meantime.
const ATTEMPTS: usize = 10;

pub(crate) async fn load(app: &App, id: TrainId) -> Result<Versioned<Train>, Error> {
    app.core.store.train(&id).await?.ok_or_else(|| Error::unknown("train", id))
}

/// What is known of every car at this moment.
async fn facts(app: &App, train: &Train) -> Result<Vec<CarFacts>, StoreError> {
    let mut facts = Vec::new();
    for car in &train.cars {
        let promotion = app.core.store.promotion(&car.promotion).await?;
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
        // After the promotion: one that was done then runs by now, or ran.
        let lane = app.core.store.lane(&car.service, &train.environment).await?;
        let runs = lane.and_then(|lane| lane.value.release().map(|release| release.artifact));
        facts.push(CarFacts {
            promotion: Seen::of(promotion.map(|found| found.value).as_ref()),
            rollback,
            runs,
        });
    }
    Ok(facts)
}
