//! A subscriber's tail of the stream of events.

use std::collections::HashMap;
use std::time::Duration;

use domain::ServiceName;
use domain::event::Event;
use store::Checkpoint;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::window::Window;
use super::{Bus, Subscriber};

/// How many events of one subscriber are on their way at once.
const AT_ONCE: usize = 64;
/// How often to look when nobody said that there is anything.
const LOOK: Duration = Duration::from_millis(100);
/// How long to wait when the store does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// How long what is on its way may take once the bus is told to stop; the rest is handed over after the next start.
const STOPPING: Duration = Duration::from_secs(5);

/// Hands a subscriber its events until told to stop.
pub(super) async fn run(bus: Bus, subscriber: Subscriber, stop: CancellationToken) {
    let Some(position) = stop.run_until_cancelled(checkpoint(&bus, subscriber.name)).await else { return };
    let mut wakes = bus.0.wake.listen();
    let mut tail = Tail {
        bus,
        subscriber,
        window: Window::after(position.clone()),
        kept: position,
        ended: 0,
        deliveries: JoinSet::new(),
        last: HashMap::new(),
    };
    while !stop.is_cancelled() {
        let is_more = tail.read().await;
        tail.keep_position().await;
        if is_more {
            continue;
        }
        tokio::select! {
            Some(ended) = tail.deliveries.join_next() => tail.end(ended),
            _ = wakes.changed(), if tail.room() > 0 => {}
            () = tokio::time::sleep(LOOK), if tail.room() > 0 => {}
            () = stop.cancelled() => {}
        }
    }
    tail.finish().await;
}

/// Where the subscriber was; none before its first event.
async fn checkpoint(bus: &Bus, subscriber: &str) -> Option<String> {
    loop {
        match bus.0.store.checkpoint(subscriber).await {
            Ok(checkpoint) => return checkpoint.map(|checkpoint| checkpoint.position),
            Err(error) => {
                tracing::error!(%error, subscriber, "it cannot be told which events were handled");
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }
}

struct Tail {
    bus: Bus,
    subscriber: Subscriber,
    window: Window,
    /// The position that is in the store.
    kept: Option<String>,
    /// How many deliveries have ended since then.
    ended: usize,
    /// What is on its way. Each ends with its position.
    deliveries: JoinSet<String>,
    /// The end of each service's last delivery, which its next one waits for.
    last: HashMap<Option<ServiceName>, oneshot::Receiver<()>>,
}

impl Tail {
    fn room(&self) -> usize {
        AT_ONCE - self.window.under_way()
    }

    /// Begins to hand over what is new, and answers whether there may be more that can be begun at once.
    async fn read(&mut self) -> bool {
        let room = self.room();
        if room == 0 {
            return false;
        }
        let records = match self.bus.0.stream.read(self.window.read_to(), room).await {
            Ok(records) => records,
            Err(error) => {
                tracing::error!(%error, subscriber = self.subscriber.name, "the stream of events cannot be read");
                tokio::time::sleep(STORE_PAUSE).await;
                return false;
            }
        };
        let is_full = records.len() == room;
        for record in records {
            match record.event.filter(|event| self.subscriber.wants(event)) {
                Some(event) => self.begin(record.position, event),
                None => self.window.skip(record.position),
            }
        }
        is_full && self.room() > 0
    }

    fn begin(&mut self, position: String, event: Event) {
        self.window.begin(position.clone());
        let (done, end) = oneshot::channel::<()>();
        let before = self.last.insert(event.body.service().cloned(), end);
        let (bus, subscriber) = (self.bus.clone(), self.subscriber.clone());
        self.deliveries.spawn(async move {
            if let Some(before) = before {
                // Nothing is ever sent: the end of the delivery drops the other half.
                before.await.ok();
            }
            bus.deliver(&subscriber, event).await;
            drop(done);
            position
        });
    }

    fn end(&mut self, ended: Result<String, JoinError>) {
        match ended {
            Ok(position) => {
                self.window.end(&position);
                self.ended += 1;
            }
            // A mistake in the bus itself. The event stays under way, and is handed over again after the next start.
            Err(error) => tracing::error!(%error, subscriber = self.subscriber.name, "a delivery broke off"),
        }
        if self.window.under_way() == 0 {
            self.last.clear();
        }
    }

    /// Writes down how far everything is done with: when nothing is on its way, and now and then when it never stops.
    async fn keep_position(&mut self) {
        let is_time = self.window.under_way() == 0 || self.ended >= AT_ONCE;
        let done = self.window.done();
        let Some(position) = done.filter(|done| is_time && Some(done) != self.kept.as_ref()) else { return };
        let at = (self.bus.0.now)();
        let checkpoint =
            Checkpoint { subscriber: self.subscriber.name.to_owned(), position: position.clone(), at };
        let mut transaction = self.bus.0.store.transaction(at);
        transaction.overwrite(&checkpoint);
        match transaction.commit().await {
            Ok(()) => {
                self.kept = Some(position);
                self.ended = 0;
            }
            // Tried again with what follows. Until then a crash would only have events handled once more.
            Err(error) => tracing::warn!(%error, "it cannot be kept which events were handled"),
        }
    }

    /// Lets what is on its way come to its end, within reason.
    async fn finish(mut self) {
        let all = async {
            while let Some(ended) = self.deliveries.join_next().await {
                self.end(ended);
            }
        };
        tokio::time::timeout(STOPPING, all).await.ok();
        self.ended = AT_ONCE;
        self.keep_position().await;
    }
}
