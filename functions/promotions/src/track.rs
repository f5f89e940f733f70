//! Load an environment, let the rules decide, store the outcome and what follows from it: all or nothing.

use std::collections::BTreeMap;

use domain::access::Actor;
use domain::event::EventBody;
use domain::lane::{Command, Lane, Track};
use domain::promotion::Promotion;
use domain::{EnvironmentName, PromotionId, ServiceName};
use edge::RequestContext;
use store::{StoreError, Version};

use crate::{App, Error, dora_record, today};

/// How often a change is tried again because somebody else changed the same environment in the meantime.
const ATTEMPTS: usize = 10;

/// An environment as it was read, with the versions that make sure nobody else changes it before it is stored.
pub(crate) struct Loaded {
    /// What was read.
    pub(crate) track: Track,
    lane_version: Option<Version>,
    versions: BTreeMap<PromotionId, Version>,
}

impl Loaded {
    /// How often the environment's row was written; never yet if it is not there.
    pub(crate) fn version(&self) -> u64 {
        self.lane_version.map_or(0, Version::get)
    }
}

/// Reads an environment. One that was never deployed to is empty.
pub(crate) async fn load(
    app: &App,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<Loaded, StoreError> {
    let lane = app.core.store.lane(service, environment).await?;
    let (lane, lane_version) = match lane {
        Some(found) => (found.value, Some(found.version)),
        None => (Lane::new(service.clone(), environment.clone()), None),
    };
    let promotions = app.core.store.promotions(&lane.live).await?;
    let versions = promotions.iter().map(|found| (found.value.id, found.version)).collect();
    let track = Track::new(lane, promotions.into_iter().map(|found| found.value));
    Ok(Loaded { track, lane_version, versions })
}

/// Changes an environment by a command.
///
/// If somebody else changed the environment in the meantime, it is read and decided again.
pub(crate) async fn change(
    app: &App,
    place: (&ServiceName, &EnvironmentName),
    by: (&RequestContext, &Actor),
    command: Command,
) -> Result<Track, Error> {
    change_with(app, place, by, |_| std::future::ready(Ok(Some(command.clone())))).await
}

/// Changes an environment by a command that `decide` makes from what was read; `None` changes nothing.
///
/// If somebody else changed the environment in the meantime, it is read and decided again.
pub(crate) async fn change_with<F, D>(
    app: &App,
    place: (&ServiceName, &EnvironmentName),
    by: (&RequestContext, &Actor),
    decide: F,
) -> Result<Track, Error>
where
    // The track is handed over, not lent: a future that borrows its argument cannot be shown to be `Send`.
    F: Fn(Track) -> D,
    D: Future<Output = Result<Option<Command>, Error>>,
{
    let mut attempts = 0;
    loop {
        attempts += 1;
        let loaded = load(app, place.0, place.1).await?;
        let Some(command) = decide(loaded.track.clone()).await? else { return Ok(loaded.track) };
        match apply(app, by, loaded, command).await {
            Err(Error::Store(StoreError::Conflict)) if attempts < ATTEMPTS => {}
            other => return other,
        }
    }
}

async fn apply(
    app: &App,
    by: (&RequestContext, &Actor),
    loaded: Loaded,
    command: Command,
) -> Result<Track, Error> {
    let now = app.core.now();
    let Loaded { track, lane_version, versions } = loaded;
    let before = track.clone();
    let (after, events) = track.apply(command, now)?;
    save(app, by, &before, &after, (lane_version, &versions), events).await?;
    Ok(after)
}

async fn save(
    app: &App,
    (request, actor): (&RequestContext, &Actor),
    before: &Track,
    after: &Track,
    (lane_version, versions): (Option<Version>, &BTreeMap<PromotionId, Version>),
    events: Vec<EventBody>,
) -> Result<(), StoreError> {
    let now = app.core.now();
    let mut transaction = app.core.store.transaction(now);
    // The lane is written even if only a promotion changed: its version stands for the whole environment.
    let nothing_happened = before == after && events.is_empty();
    if !nothing_happened {
        transaction.save(&after.lane, lane_version);
    }
    for promotion in after.promotions.values() {
        // One that waits or rolls out is written each time it was looked at, so that its next look is due later.
        if !promotion.is_finished() || before.promotions.get(&promotion.id) != Some(promotion) {
            transaction.save(promotion, versions.get(&promotion.id).copied());
        }
    }
    for deployment in dora_record::ended(app, before, after).await? {
        transaction.put_new(&deployment);
    }
    if let Some((service, team, day)) = today::ended(app, before, after).await? {
        transaction.count_day(&service, &team, today::date(app), day);
    }
    for body in events {
        transaction.event(&app.core.event(request, actor, body));
    }
    transaction.commit().await
}

/// Where a promotion goes.
pub(crate) async fn place_of(
    app: &App,
    id: PromotionId,
) -> Result<(ServiceName, EnvironmentName, Promotion), Error> {
    let found = app.core.store.promotion(&id).await?.ok_or_else(|| Error::unknown("promotion", id))?;
    Ok((found.value.service.clone(), found.value.environment.clone(), found.value))
}
