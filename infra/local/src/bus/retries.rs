//! Events that could not be handled: tried again later and later, and at last a dead letter.

use std::time::Duration;

use domain::event::Event;
use futures_util::{StreamExt as _, stream};
use store::{Retry, StoreError, Versioned};
use tracing::Instrument as _;

use super::backoff::{MOST_ATTEMPTS, delay};
use super::{Bus, Subscriber};
use crate::crash::{self, CrashPoint};
use crate::random;

/// How many events are tried again at once, and side by side.
const AT_ONCE: usize = 100;
const SIDE_BY_SIDE: usize = 8;
/// How long to wait for a store that does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// How much of an error is kept.
const LONGEST_ERROR: usize = 2_000;

impl Bus {
    /// Has a subscriber handle an event that is new to it. It returns once the event is handled, or is kept to be
    /// tried again.
    pub(super) async fn deliver(&self, subscriber: &Subscriber, event: Event) {
        let id = event.id;
        let Err(error) = self.attempt(subscriber, event).await else { return };
        let retry = self.failed(subscriber.name, id, 1, &error);
        loop {
            let mut transaction = self.0.store.transaction((self.0.now)());
            transaction.put_new(&retry);
            match transaction.commit().await {
                // It was kept before a restart, and has now been handed over once more than needed.
                Ok(()) | Err(StoreError::Conflict) => return,
                Err(error) => {
                    tracing::error!(%error, event.id = %id, "a failed event cannot be kept to be tried again");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    /// Tries again what is due, and answers how many events that were.
    ///
    /// # Errors
    /// If the store does not answer.
    pub(crate) async fn retry_due(&self) -> Result<usize, StoreError> {
        let due = self.0.store.due_retries((self.0.now)(), AT_ONCE).await?;
        let number = due.len();
        stream::iter(due)
            .for_each_concurrent(SIDE_BY_SIDE, async |retry| {
                let id = retry.value.event;
                match self.retry(retry).await {
                    Ok(()) => {}
                    // Somebody sent it again at the same moment.
                    Err(error) if error.is_conflict() => {}
                    Err(error) => tracing::error!(%error, event.id = %id, "an event cannot be tried again"),
                }
            })
            .await;
        Ok(number)
    }

    async fn retry(&self, retry: Versioned<Retry>) -> Result<(), StoreError> {
        let Retry { subscriber: name, event: id, attempts, .. } = &retry.value;
        let subscriber = self.0.subscribers.iter().find(|subscriber| subscriber.name == name);
        let outcome = match (subscriber, self.0.store.event(id).await?) {
            (Some(subscriber), Some(event)) => self.attempt(subscriber, event).await,
            (None, _) => Err(anyhow::anyhow!("nothing here is called `{name}` any more")),
            (_, None) => Err(anyhow::anyhow!("there is no such event any more")),
        };
        let mut transaction = self.0.store.transaction((self.0.now)());
        match outcome {
            Ok(()) => transaction.take(&retry),
            Err(error) => transaction.replace(&self.failed(name, *id, attempts + 1, &error), retry.version),
        };
        transaction.commit().await
    }

    /// What to remember of an event after so many attempts.
    fn failed(
        &self,
        subscriber: &str,
        event: domain::EventId,
        attempts: u32,
        error: &anyhow::Error,
    ) -> Retry {
        let now = (self.0.now)();
        let dead = attempts >= MOST_ATTEMPTS;
        let last_error = format!("{error:#}").chars().take(LONGEST_ERROR).collect::<String>();
        if dead {
            tracing::error!(event.id = %event, subscriber, attempts, last_error, "an event is given up: see the dead letters");
        } else {
            tracing::warn!(event.id = %event, subscriber, attempts, last_error, "an event could not be handled, and is tried again");
        }
        let [jitter] = random::bytes();
        let next_at = delay(attempts, jitter).after(now);
        Retry { subscriber: subscriber.to_owned(), event, attempts, next_at, last_error, dead }
    }

    /// Has a subscriber handle an event, under the request that led to it.
    async fn attempt(&self, subscriber: &Subscriber, event: Event) -> anyhow::Result<()> {
        let span = tracing::info_span!(
            "event",
            subscriber = subscriber.name,
            event.id = %event.id,
            event.kind = ?event.body.kind(),
            request_id = event.request.map(tracing::field::display),
            traceparent = event.traceparent,
        );
        crash::at(CrashPoint::BeforeHandling);
        let outcome = subscriber.handle(event).instrument(span).await;
        crash::at(CrashPoint::AfterHandling);
        // Whatever it did, it may have written events in turn.
        self.0.wake.wake();
        outcome
    }
}
