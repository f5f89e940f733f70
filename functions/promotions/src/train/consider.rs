//! Look what became of a train's cars, note it, and do what is to be done next.

use domain::TrainId;
use domain::access::Actor;
use domain::event::EventBody;
use domain::train::{Order, Train, TrainRejected};
use edge::RequestContext;
use store::{StoreError, Versioned};

use super::{ATTEMPTS, facts, load, orders};
use crate::{App, Error};

/// Moves a train on as far as it goes at this moment.
///
/// Looks at the present state only, never at what triggered it. What is to be done next is decided by what is
/// stored, so it is done by whoever looks next if this process dies on the way.
pub(crate) async fn consider(app: &App, request: &RequestContext, id: TrainId) -> Result<Train, Error> {
    let mut train = load(app, id).await?.value;
    // Each round settles or starts a car; what takes time ends the rounds.
    for _ in 0..=2 * train.cars.len() {
        let (next, orders) = note(app, request, id).await?;
        let has_moved = next != train;
        train = next;
        for order in &orders {
            orders::carry_out(app, request, &train, order).await?;
        }
        let only_looks = orders.iter().all(|order| matches!(order, Order::Look(_)));
        if train.is_finished() || (only_looks && !has_moved) {
            break;
        }
    }
    Ok(train)
}

/// Notes what became of the cars, and answers what is to be done next.
async fn note(app: &App, request: &RequestContext, id: TrainId) -> Result<(Train, Vec<Order>), Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let found = load(app, id).await?;
        if found.value.is_finished() {
            return Ok((found.value, Vec::new()));
        }
        let facts = facts(app, &found.value).await?;
        let mut train = found.value.clone();
        let events = train.consider(&facts, app.core.ids.promotion(), app.core.now());
        let orders = train.orders(&facts);
        // Written each time it was looked at, so that its next look is due later.
        match save(app, (request, &Actor::Keelson), &found, &train, events).await {
            Ok(()) => return Ok((train, orders)),
            Err(StoreError::Conflict) if attempts < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Changes a train by what a person, or the failure of an order, asks for.
pub(super) async fn change(
    app: &App,
    by: (&RequestContext, &Actor),
    id: TrainId,
    ask: impl Fn(&mut Train) -> Result<Vec<EventBody>, TrainRejected>,
) -> Result<Train, Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let found = load(app, id).await?;
        let mut train = found.value.clone();
        let events = ask(&mut train)?;
        match save(app, by, &found, &train, events).await {
            Ok(()) => return Ok(train),
            Err(StoreError::Conflict) if attempts < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

async fn save(
    app: &App,
    (request, actor): (&RequestContext, &Actor),
    found: &Versioned<Train>,
    train: &Train,
    events: Vec<EventBody>,
) -> Result<(), StoreError> {
    let mut transaction = app.core.store.transaction(app.core.now());
    transaction.replace(train, found.version);
    for body in events {
        transaction.event(&app.core.event(request, actor, body));
    }
    transaction.commit().await
}
