//! The bus of one machine: hands every event to whoever subscribes to it, at least once.
//!
//! Each subscriber has a tail of its own, which reads the stream of the events table and keeps how far it is in the
//! store. Events of one service are handled one after another, those of different services side by side. An event
//! that cannot be handled becomes a row of its own, which is tried again later and later and at last is a dead
//! letter, while the tail goes on with what follows.
//!
//! The stream is trimmed only up to where every subscriber is done with it, and never by its age. So Keelson may
//! have been stopped for however long: every tail finds its place, and there is no second way to catch up.

mod backoff;
mod chain;
mod retries;
mod stream;
mod subscriber;
mod tail;
#[cfg(test)]
mod tests;
mod window;

use std::sync::Arc;

use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Now;
use crate::wake::Wake;

pub(crate) use stream::EventStream;
pub(crate) use subscriber::Subscriber;

/// The bus. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Bus(Arc<Parts>);

struct Parts {
    store: Store,
    stream: EventStream,
    now: Now,
    wake: Wake,
    subscribers: Vec<Subscriber>,
}

impl Bus {
    /// A bus, which does nothing until it is started.
    pub(crate) fn new(
        store: Store,
        stream: EventStream,
        now: Now,
        wake: Wake,
        subscribers: Vec<Subscriber>,
    ) -> Self {
        Self(Arc::new(Parts { store, stream, now, wake, subscribers }))
    }

    /// Begins to hand over events, until it is told to stop.
    pub(crate) fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        for subscriber in &self.0.subscribers {
            tasks.spawn(tail::run(self.clone(), subscriber.clone(), stop.clone()));
        }
    }

    /// The number in the stream up to which every subscriber is done with it; none if one has not begun.
    ///
    /// # Errors
    /// If the store does not answer.
    pub(crate) async fn done(&self) -> anyhow::Result<Option<i64>> {
        let mut least: Option<String> = None;
        for subscriber in &self.0.subscribers {
            let Some(checkpoint) = self.0.store.checkpoint(subscriber.name).await? else { return Ok(None) };
            least = Some(least.map_or(checkpoint.position.clone(), |least| least.min(checkpoint.position)));
        }
        least.map(|position| self.0.stream.number(position)).transpose()
    }

    /// Begins to chain what happens, until it is told to stop.
    pub(crate) fn chain(&self, app: panel::App, tasks: &TaskTracker, stop: &CancellationToken) {
        tasks.spawn(chain::run(app, self.0.stream.clone(), stop.clone()));
    }

    /// The number in the stream up to which it is chained; none if nothing is.
    ///
    /// # Errors
    /// If the store does not answer.
    pub(crate) async fn chained(&self) -> anyhow::Result<Option<i64>> {
        let head = self.0.store.audit_head().await?;
        let position = head.and_then(|head| head.value.position);
        position.map(|position| self.0.stream.number(position)).transpose()
    }
}
