//! Look whether an environment can go on: a timer, a report of its target, or a fact that concerns its gates.

use domain::access::Actor;
use domain::lane::{Command, Track};
use domain::{EnvironmentName, ServiceName};
use edge::RequestContext;

use crate::{App, Error, facts, track};

/// How many due promotions one tick takes on.
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
        if track.lane.live.is_empty() {
            return Ok(None);
        }
        Ok(Some(Command::Advance(Box::new(facts::of_track(app, declared, &track).await?))))
    })
    .await
}

/// Fires every timer that is due, and answers how many.
///
/// A timer is the `due` attribute of a promotion's row. Firing it is the conditional write that moves it on, so
/// two ticks at once, or one that is killed on the way, do no harm.
///
/// # Errors
/// When the store does not answer. What goes wrong with one promotion is logged and does not stop the others: it
/// stays due.
pub async fn on_tick(app: &App) -> Result<usize, Error> {
    let due = app.core.store.due_promotions(app.core.now(), DUE).await?;
    let mut fired = 0;
    for id in due {
        let request = RequestContext::internal();
        let advanced = async {
            let (service, environment, _) = track::place_of(app, id).await?;
            advance(app, &request, &service, &environment).await
        };
        match advanced.await {
            Ok(_) => fired += 1,
            Err(error) => tracing::error!(promotion.id = %id, %error, "promotion {id} could not be advanced"),
        }
    }
    Ok(fired)
}
