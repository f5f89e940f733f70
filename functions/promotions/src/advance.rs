//! Look whether an environment can go on: a timer, a report of its target, or a fact that concerns its gates.

use domain::access::Actor;
use domain::lane::{Command, Track};
use domain::{EnvironmentName, ServiceName};
use edge::RequestContext;
use store::Due;

use crate::{App, Error, facts, standings, track, train};

/// How much that is due one tick takes on.
const DUE: usize = 100;

/// Advances an environment as far as it goes at this moment.
pub(crate) async fn advance(
    app: &App,
    request: &RequestContext,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<Track, Error> {
    let declared = facts::service(app, service).await?;
    let declared = &declared;
    track::change_with(app, (service, environment), (request, &Actor::Keelson), |track| async move {
        let lock_is_over = track.lane.lock.as_ref().is_some_and(|lock| lock.is_over(app.core.now()));
        if track.lane.live.is_empty() && !lock_is_over {
            return Ok(None);
        }
        Ok(Some(Command::Advance(Box::new(facts::of_track(app, declared, &track).await?))))
    })
    .await
}

/// Fires every timer that is due, and answers how many; then looks how some services stand.
///
/// A timer is the `due` attribute of a row. Firing it is the conditional write that moves it on, so two ticks at
/// once, or one that is killed on the way, do no harm.
///
/// # Errors
/// When the store does not answer. What goes wrong with one row is logged and does not stop the others: it stays
/// due.
pub async fn on_tick(app: &App) -> Result<usize, Error> {
    let due = app.core.store.due(app.core.now(), DUE).await?;
    let mut fired = 0;
    for due in due {
        match fire(app, &due).await {
            Ok(()) => fired += 1,
            Err(error) => tracing::error!(?due, %error, "what is due could not be advanced"),
        }
    }
    standings::on_tick(app).await;
    Ok(fired)
}

async fn fire(app: &App, due: &Due) -> Result<(), Error> {
    let request = RequestContext::internal();
    match due {
        Due::Promotion(id) => {
            let (service, environment, _) = track::place_of(app, *id).await?;
            advance(app, &request, &service, &environment).await.map(drop)
        }
        Due::Lane(service, environment) => advance(app, &request, service, environment).await.map(drop),
        Due::Train(id) => train::consider(app, &request, *id).await.map(drop),
    }
}
