//! How services stand is kept in a row for each, so that an overview reads few of them: the writers of those rows.
//!
//! The rows follow the events, and whoever changes an environment by a request writes its row before answering, so
//! that they see it at once. Both look at the present only, and write nothing that is there already: so events may be
//! lost, doubled or out of order. The totals of a team, and those of all services, change in the transaction that changes
//! a row, by what that row changes them.

mod follow;
mod read;
mod sweep;

use domain::service::Service;
use domain::standing::{Counts, LaneStanding, Standing};
use domain::{EnvironmentName, ServiceName};
use store::{StoreError, Versioned};

pub(crate) use follow::follow;
pub(crate) use read::{Sight, rows_of};
pub(crate) use sweep::on_tick;

use crate::{App, Error, facts, lanes, overview, track};

/// How often a row is worked out again because somebody else wrote it in the meantime.
const ATTEMPTS: usize = 10;

/// Works out anew how a service stands, all of it.
pub(crate) async fn refresh(app: &App, name: &ServiceName) -> Result<(), Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let known = app.core.store.standing(name).await?;
        let Some(service) = app.core.store.service(name).await? else { return Ok(()) };
        let now = compose(app, &service.value).await?;
        match write(app, known, &now).await {
            Err(StoreError::Conflict) if attempts < ATTEMPTS => {}
            written => return Ok(written?),
        }
    }
}

/// Takes note of how one environment of a service stands. What is to come is left as it was known: that changes with
/// pushes, builds and ends of promotions, after which all is worked out anew.
pub(crate) async fn note(app: &App, name: &ServiceName, environment: &EnvironmentName) -> Result<(), Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let Some(known) = app.core.store.standing(name).await? else { return refresh(app, name).await };
        let Some(before) = known.value.lane(environment) else { return refresh(app, name).await };
        let Some(service) = app.core.store.service(name).await? else { return Ok(()) };
        let Some(section) = service.value.manifest.environment(environment) else { return Ok(()) };
        let loaded = track::load(app, name, environment).await?;
        let health = lanes::health(app, &service.value, section, &loaded.track.lane).await;
        let lane = LaneStanding::of(&loaded.track, loaded.version(), health.state)
            .expecting(before.candidate.clone(), before.changes_waiting);
        if lane.version < before.version {
            return Ok(());
        }
        let environments = known.value.environments.iter();
        let environments =
            environments.map(|kept| if kept.environment == *environment { &lane } else { kept });
        let now = Standing { environments: environments.cloned().collect(), ..known.value.clone() };
        match write(app, Some(known), &now).await {
            Err(StoreError::Conflict) if attempts < ATTEMPTS => {}
            written => return Ok(written?),
        }
    }
}

/// The same, for whoever has changed the environment already and is about to say so: what goes wrong here does not
/// make that undone, and is made up for by the change's events.
pub(crate) async fn note_own(app: &App, name: &ServiceName, environment: &EnvironmentName) {
    if let Err(error) = note(app, name, environment).await {
        tracing::warn!(service = %name, %environment, %error, "how a service stands is written down later");
    }
}

/// The same, for whoever has declared the service.
pub(crate) async fn note_service(app: &App, name: &ServiceName) {
    if let Err(error) = refresh(app, name).await {
        tracing::warn!(service = %name, %error, "how a service stands is written down later");
    }
}

/// How a service stands at this moment.
async fn compose(app: &App, service: &Service) -> Result<Standing, StoreError> {
    let history = facts::history(app, service).await?;
    let (head, head_checks) = overview::head(app, service, &history).await?;
    let mut environments = Vec::new();
    for section in &service.manifest.environments {
        environments.push(lanes::look(app, service, section, &history).await?.standing);
    }
    let section = &service.manifest.service;
    Ok(Standing {
        service: section.name.clone(),
        team: section.team.clone(),
        head,
        head_checks,
        environments,
        counted: true,
    })
}

/// Writes how a service stands, with what that changes in the totals of its team and of all; nothing if it
/// is so already.
async fn write(app: &App, known: Option<Versioned<Standing>>, now: &Standing) -> Result<(), StoreError> {
    let (before, version) = known.map(|known| (known.value, known.version)).unzip();
    if before.as_ref() == Some(now) {
        return Ok(());
    }
    let mut transaction = app.core.store.transaction(app.core.now());
    transaction.save(now, version);
    let counted_before = before.as_ref().map(Standing::counts_of_all).unwrap_or_default();
    transaction.count_of_all(&now.service, now.counts_of_all() - counted_before);
    match before {
        Some(before) if before.team != now.team => {
            transaction.count(&before.team, Counts::default() - before.counts());
            transaction.count(&now.team, now.counts());
        }
        before => {
            let before = before.map(|before| before.counts()).unwrap_or_default();
            transaction.count(&now.team, now.counts() - before);
        }
    }
    transaction.commit().await
}
