//! What no event tells of how services stand: that users of a release begin or cease to suffer, and what was lost.

use std::collections::{BTreeMap, BTreeSet};

use domain::standing::Sweep;
use domain::{EnvironmentName, Period, ServiceName};
use store::{Cursor, PageRequest, StoreError, Versioned};

use super::{note, refresh};
use crate::{App, Error, lanes};

/// How many services with traffic one tick looks at. They take turns, so that a tick costs the same whatever there is.
const LOOKED_AT: usize = 10;
/// How many services one tick works out anew while none was looked at before, as after an update.
const FIRST_ROUND: usize = 20;
/// How many from then on, after as long a pause as measurements are worth: [`ports::Signals::pause`].
const LATER_ROUNDS: usize = 5;

/// Looks at some services. What goes wrong is logged, and looked at again in the next round.
pub(crate) async fn on_tick(app: &App) {
    if let Err(error) = look_at_traffic(app).await {
        tracing::error!(%error, "how services with traffic stand cannot be looked at");
    }
    match sweep(app).await {
        // Another process sweeps as well.
        Ok(()) | Err(Error::Store(StoreError::Conflict)) => {}
        Err(error) => tracing::error!(%error, "how services stand cannot be worked out anew"),
    }
}

/// Looks whether services that have traffic do better or worse than is kept of them.
async fn look_at_traffic(app: &App) -> Result<(), Error> {
    let now = app.core.now();
    // Somewhat longer than what is measured, so that the end of the measured span is seen as well.
    let span = lanes::RECENT.duration() * 2;
    let since = now.checked_sub(span).unwrap_or(now);
    let mut places = BTreeMap::<ServiceName, BTreeSet<EnvironmentName>>::new();
    for (service, environment) in app.signals.served(since).await? {
        places.entry(service).or_default().insert(environment);
    }
    if places.is_empty() {
        return Ok(());
    }
    let turns = places.len().div_ceil(LOOKED_AT);
    let turn = usize::try_from(now.as_second()).unwrap_or(0) % turns;
    let names: Vec<ServiceName> = places.keys().skip(turn * LOOKED_AT).take(LOOKED_AT).cloned().collect();
    let standings = app.core.store.standings(&names).await?;
    let services = app.core.store.services_named(&names).await?;
    for Versioned { value: service, .. } in services {
        let kept = standings.iter().find(|standing| standing.value.service == *service.name());
        for environment in places.get(service.name()).into_iter().flatten() {
            let Some(section) = service.manifest.environment(environment) else { continue };
            let kept = kept.and_then(|kept| kept.value.lane(environment));
            let Some(kept) = kept else { continue };
            let outside = lanes::outside(app, &service, section, kept.running.as_ref()).await;
            let health = lanes::health_of(kept.running.as_ref(), kept.drift.as_ref(), section, &outside);
            if health.state != kept.health {
                note(app, service.name(), environment).await?;
            }
        }
    }
    Ok(())
}

/// Works out anew how the next few services stand.
async fn sweep(app: &App) -> Result<(), Error> {
    let (store, now) = (&app.core.store, app.core.now());
    let known = store.sweep().await?;
    let (before, version) = known.map(|known| (known.value, known.version)).unzip();
    let begun = before.filter(|before| before.counts_all);
    let before = begun.unwrap_or(Sweep { rounds: 0, after: None, next_at: now, counts_all: true });
    if now < before.next_at {
        return Ok(());
    }
    let is_first = before.rounds == 0;
    let limit = if is_first { FIRST_ROUND } else { LATER_ROUNDS };
    let next = PageRequest { limit, after: before.after.clone().map(Cursor::from) };
    let page = match store.services_page(&next).await {
        // Spelled by another version: from the beginning.
        Err(StoreError::InvalidCursor) => store.services_page(&PageRequest::first(limit)).await?,
        page => page?,
    };
    for service in &page.items {
        if is_first {
            // Earlier versions did not list services by their repository.
            let mut transaction = store.transaction(now);
            transaction.replace(&service.value, service.version);
            match transaction.commit().await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        refresh(app, service.value.name()).await?;
    }
    let rounds = before.rounds + u64::from(page.next.is_none());
    let pause = if rounds == 0 { Period::ZERO } else { app.signals.pause() };
    let next_at = now.checked_add(pause.duration()).unwrap_or(now);
    let mut transaction = store.transaction(now);
    let after = page.next.map(|cursor| cursor.to_string());
    transaction.save(&Sweep { rounds, after, next_at, counts_all: true }, version);
    if is_first && rounds > 0 {
        transaction.complete_totals_of_all();
    }
    Ok(transaction.commit().await?)
}
