//! A person puts a train together.

use std::collections::BTreeSet;

use api::FieldError;
use api::train::{CreateCar, CreateTrain};
use domain::access::Permission;
use domain::event::EventBody;
use domain::lane::Track;
use domain::rollout::Release;
use domain::train::{Car, CarState, MOST_CARS, Train, TrainState};
use edge::{ApiError, Caller, RequestContext};

use super::consider::consider;
use crate::promote::{Pick, pick};
use crate::{App, facts, track};

/// The longest name, in characters.
const LONGEST_NAME: usize = 80;

/// Checks that the train can become something, stores it, and proposes its promotions.
pub(crate) async fn create(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    asked: CreateTrain,
) -> Result<Train, ApiError> {
    let name = name(asked.name.as_deref())?;
    check_cars(&asked.cars)?;
    let mut cars = Vec::new();
    for (index, car) in asked.cars.iter().enumerate() {
        let Pick { release, newest } = picked(app, caller, &asked, car, index).await?;
        let promotion = app.core.ids.promotion();
        let service = car.service.clone();
        cars.push(Car { service, release, newest, promotion, state: CarState::Waiting });
    }
    let train = Train {
        id: app.core.ids.train(),
        name,
        environment: asked.environment,
        cars,
        by: caller.actor.clone(),
        created_at: app.core.now(),
        state: TrainState::Waiting,
    };
    let body = EventBody::TrainCreated {
        train: train.reference(),
        services: train.cars.iter().map(|car| car.service.clone()).collect(),
    };
    let mut transaction = app.core.store.transaction(app.core.now());
    transaction.put_new(&train);
    transaction.event(&app.core.event(request, &caller.actor, body));
    transaction.commit().await?;
    Ok(consider(app, request, train.id).await?)
}

fn name(given: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(name) = given.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
    if name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        let detail = format!("a name is one line of 1 to {LONGEST_NAME} characters");
        return Err(wrong("/name".to_owned(), detail));
    }
    Ok(Some(name.to_owned()))
}

fn check_cars(cars: &[CreateCar]) -> Result<(), ApiError> {
    if !(2..=MOST_CARS).contains(&cars.len()) {
        let detail = format!("a train takes 2 to {MOST_CARS} services, not {}", cars.len());
        return Err(wrong("/cars".to_owned(), detail));
    }
    let mut seen = BTreeSet::new();
    match cars.iter().position(|car| !seen.insert(&car.service)) {
        Some(index) => {
            let detail = format!("{} is in the train already", cars[index].service);
            Err(wrong(format!("/cars/{index}/service"), detail))
        }
        None => Ok(()),
    }
}

async fn picked(
    app: &App,
    caller: &Caller,
    asked: &CreateTrain,
    car: &CreateCar,
    index: usize,
) -> Result<Pick, ApiError> {
    let service = facts::service(app, &car.service).await?;
    let section = facts::environment(&service, &asked.environment)?;
    caller.check(Permission::Promote, &service.place(Some(&asked.environment)))?;
    let history = facts::history(app, &service).await?;
    let track = track::load(app, &car.service, &asked.environment).await?.track;
    let pick = pick(app, &service, section, &history, &track.lane, car.artifact.as_ref()).await?;
    match in_the_way(&track, &pick.release) {
        None => Ok(pick),
        Some(detail) => Err(wrong(format!("/cars/{index}"), format!("{}: {detail}", car.service))),
    }
}

/// Why a release cannot go with a train there.
fn in_the_way(track: &Track, release: &Release) -> Option<String> {
    if track.lane.release() == Some(release) {
        return Some("that artifact runs there already; leave the service out".to_owned());
    }
    let live = || track.promotions.values().filter(|promotion| !promotion.is_finished());
    if let Some(other) = live().find_map(|promotion| promotion.train) {
        return Some(format!("it goes with train {other} already; wait until that is over, or cancel it"));
    }
    let same = live().find(|promotion| promotion.release.artifact == release.artifact)?;
    let is_free = same.is_waiting() && same.kind.is_automatic();
    (!is_free).then(|| format!("{} is bringing that artifact there already; cancel it first", same.id))
}

fn wrong(pointer: String, detail: String) -> ApiError {
    let field = FieldError { pointer, detail, line: None, column: None };
    ApiError::invalid_fields("The train cannot be put together. Nothing was changed.", vec![field])
}
