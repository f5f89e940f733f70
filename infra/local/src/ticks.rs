//! What happens by the clock: timers of promotions, looks at git hosts, events to be tried again, and clearing away.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bus::Bus;
use crate::embedded::EmbeddedStore;
use crate::wake::Wake;

/// How exactly timers fire.
const TICK: Duration = Duration::from_secs(1);
/// How often is cleared away what has expired.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// Starts everything that happens by the clock, each in a task of its own so that none waits for another.
pub(crate) fn start(
    promotions: &promotions::App,
    webhooks: &webhooks::App,
    bus: &Bus,
    store: &Arc<EmbeddedStore>,
    wake: &Wake,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) {
    let (app, woken) = (promotions.clone(), wake.clone());
    tasks.spawn(every(TICK, stop.clone(), async move || match promotions::on_tick(&app).await {
        Ok(0) => {}
        Ok(_) => woken.wake(),
        Err(error) => tracing::error!(%error, "the timers cannot be looked at"),
    }));
    let (app, woken) = (webhooks.clone(), wake.clone());
    tasks.spawn(every(TICK, stop.clone(), async move || match webhooks::on_tick(&app).await {
        Ok(0) => {}
        Ok(_) => woken.wake(),
        Err(error) => tracing::error!(%error, "the git hosts cannot be looked at"),
    }));
    let retried = bus.clone();
    tasks.spawn(every(TICK, stop.clone(), async move || {
        if let Err(error) = retried.retry_due().await {
            tracing::error!(%error, "the events to be tried again cannot be looked at");
        }
    }));
    let (bus, store, core) = (bus.clone(), store.clone(), promotions.core.clone());
    tasks.spawn(every(HOUSEKEEPING, stop.clone(), async move || {
        if let Err(error) = clear_away(&bus, &store, core.now()).await {
            tracing::warn!(%error, "what has expired cannot be cleared away");
        }
    }));
}

async fn clear_away(bus: &Bus, store: &EmbeddedStore, now: Timestamp) -> anyhow::Result<()> {
    let expired = store.sweep(now).await?;
    let streamed = match (bus.done().await?, bus.chained().await?) {
        (Some(done), Some(chained)) => store.trim_stream(done.min(chained)).await?,
        (None, _) | (_, None) => 0,
    };
    if expired + streamed > 0 {
        tracing::debug!(expired, streamed, "cleared away what has expired");
    }
    Ok(())
}

/// Does something at once and then again and again. What takes longer than its period is not caught up with.
async fn every(period: Duration, stop: CancellationToken, mut work: impl AsyncFnMut()) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        work().await;
    }
}
