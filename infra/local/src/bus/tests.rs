//! Over the embedded store and its stream, with a clock that stands still.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use domain::access::Actor;
use domain::event::{Event, EventBody, EventKind};
use domain::{EventId, Period};
use edge::{Clock, Core, Ids, RequestContext, Settings};
use jiff::Timestamp;
use store::{PageRequest, Retry};
use testkit::eventually;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Bus, EventStream, Subscriber, tail};
use crate::embedded::EmbeddedStore;
use crate::wake::Wake;

const KINDS: &[EventKind] = &[EventKind::HoldLifted];

struct World {
    embedded: EmbeddedStore,
    core: Core,
    clock: Clock,
}

impl World {
    async fn new() -> Self {
        let embedded = EmbeddedStore::in_memory().await.unwrap();
        let clock = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let ids = Ids::seeded(clock.clone(), 0);
        let settings = Settings::new("http://keelson.test".parse().unwrap());
        let core = Core::new(embedded.store.clone(), clock.clone(), ids, settings);
        Self { embedded, core, clock }
    }

    async fn write(&self, body: EventBody) -> EventId {
        let event = self.core.event(&RequestContext::internal(), &Actor::Keelson, body);
        let mut transaction = self.core.store.transaction(self.core.now());
        transaction.event(&event);
        transaction.commit().await.unwrap();
        event.id
    }

    /// Something that concerns a service, of the kind that the subscribers here want.
    async fn lifted(&self, service: &str) -> EventId {
        let environment = "staging".parse().unwrap();
        self.write(EventBody::HoldLifted { service: service.parse().unwrap(), environment }).await
    }

    fn bus(&self, subscriber: Subscriber) -> Bus {
        let table = self.embedded.store.table_name(store::Table::Events);
        let stream = EventStream::of(self.embedded.database.clone(), table).unwrap();
        Bus::new(self.core.store.clone(), stream, self.clock.now_fn(), Wake::new(), vec![subscriber])
    }

    async fn retry(&self, event: &EventId) -> Option<Retry> {
        self.core.store.retry("test", event).await.unwrap().map(|retry| retry.value)
    }
}

/// A tail that can be killed at any line.
fn run(bus: &Bus) -> JoinHandle<()> {
    tokio::spawn(tail::run(bus.clone(), bus.0.subscribers[0].clone(), CancellationToken::new()))
}

/// What was handed over, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<EventId>>>);

impl Seen {
    fn add(&self, event: &Event) {
        self.0.lock().unwrap().push(event.id);
    }

    fn all(&self) -> Vec<EventId> {
        self.0.lock().unwrap().clone()
    }

    async fn becomes(&self, expected: &[EventId]) {
        eventually("that was handed over", async || (self.all() == expected).then_some(())).await;
    }
}

/// A subscriber that handles an event when it is allowed to.
fn patient(seen: &Seen, allowed: &Arc<Semaphore>) -> Subscriber {
    let (seen, allowed) = (seen.clone(), allowed.clone());
    Subscriber::new("test", KINDS, move |event| {
        let (seen, allowed) = (seen.clone(), allowed.clone());
        async move {
            seen.add(&event);
            allowed.acquire().await.unwrap().forget();
            Ok(())
        }
    })
}

/// A subscriber that fails so often.
fn failing(seen: &Seen, failures: u32) -> Subscriber {
    let (seen, left) = (seen.clone(), Arc::new(AtomicU32::new(failures)));
    Subscriber::new("test", KINDS, move |event| {
        let (seen, left) = (seen.clone(), left.clone());
        async move {
            let is_failing =
                left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            anyhow::ensure!(is_failing.is_err(), "the target does not answer");
            seen.add(&event);
            Ok(())
        }
    })
}

#[tokio::test]
async fn a_subscriber_gets_the_events_it_wants_and_its_place_is_kept() {
    let world = World::new().await;
    let seen = Seen::default();
    let first = world.lifted("storefront").await;
    world.write(EventBody::SignedIn { login: "ada".parse().unwrap() }).await;
    let bus = world.bus(failing(&seen, 0));
    let tail = run(&bus);
    seen.becomes(&[first]).await;
    let second = world.lifted("storefront").await;
    seen.becomes(&[first, second]).await;
    let last = eventually("its place is kept", async || bus.done().await.unwrap()).await;
    eventually("its place is the end", async || (bus.done().await.unwrap() >= Some(last)).then_some(()))
        .await;
    tail.abort();
}

#[tokio::test]
async fn what_was_under_way_at_a_crash_is_handed_over_again_and_what_was_done_is_not() {
    let world = World::new().await;
    let done = world.lifted("storefront").await;
    let (seen, allowed) = (Seen::default(), Arc::new(Semaphore::new(1)));
    let bus = world.bus(patient(&seen, &allowed));
    let tail = run(&bus);
    eventually("the first is done with", async || bus.done().await.unwrap()).await;
    let (one, other) = (world.lifted("storefront").await, world.lifted("billing").await);
    eventually("both are under way", async || (seen.all().len() == 3).then_some(())).await;
    tail.abort();
    assert!(tail.await.unwrap_err().is_cancelled());
    assert!(seen.all().starts_with(&[done]));

    let seen = Seen::default();
    let tail = run(&world.bus(failing(&seen, 0)));
    eventually("both are handled", async || (seen.all().len() == 2).then_some(())).await;
    let mut again = seen.all();
    again.sort_unstable();
    assert_eq!(again, [one, other]);
    tail.abort();
}

#[tokio::test]
async fn events_of_one_service_wait_for_each_other_and_for_no_other_service() {
    let world = World::new().await;
    let (seen, allowed) = (Seen::default(), Arc::new(Semaphore::new(0)));
    let first = world.lifted("storefront").await;
    let second = world.lifted("storefront").await;
    let other = world.lifted("billing").await;
    let tail = run(&world.bus(patient(&seen, &allowed)));
    eventually("two services are served", async || (seen.all().len() == 2).then_some(())).await;
    assert!(seen.all().contains(&other) && !seen.all().contains(&second));
    allowed.add_permits(3);
    eventually("all are served", async || (seen.all().len() == 3).then_some(())).await;
    let position = |id| seen.all().iter().position(|seen| *seen == id);
    assert!(position(first) < position(second));
    tail.abort();
}

#[tokio::test]
async fn an_event_that_fails_is_tried_again_and_stops_nothing_behind_it() {
    let world = World::new().await;
    let seen = Seen::default();
    let bus = world.bus(failing(&seen, 2));
    let tail = run(&bus);
    let event = world.lifted("storefront").await;
    let retry = eventually("it is kept", async || world.retry(&event).await).await;
    assert_eq!(
        (retry.attempts, retry.dead, retry.last_error.as_str()),
        (1, false, "the target does not answer")
    );
    assert_eq!(bus.retry_due().await.unwrap(), 0, "not yet");

    world.clock.advance(Period::seconds(2));
    assert_eq!(bus.retry_due().await.unwrap(), 1);
    assert_eq!(world.retry(&event).await.unwrap().attempts, 2);
    let next = world.lifted("storefront").await;
    seen.becomes(&[next]).await;

    world.clock.advance(Period::seconds(3));
    bus.retry_due().await.unwrap();
    seen.becomes(&[next, event]).await;
    assert_eq!(world.retry(&event).await, None, "it is forgotten once it is handled");
    tail.abort();
}

#[tokio::test]
async fn an_event_that_always_fails_becomes_a_dead_letter_until_somebody_sends_it_again() {
    let world = World::new().await;
    let seen = Seen::default();
    let bus = world.bus(failing(&seen, 8));
    let tail = run(&bus);
    let event = world.lifted("storefront").await;
    eventually("it is kept", async || world.retry(&event).await).await;
    for _ in 0..7 {
        world.clock.advance(Period::seconds(75));
        assert_eq!(bus.retry_due().await.unwrap(), 1);
    }
    assert_eq!(bus.retry_due().await.unwrap(), 0, "nobody tries any more");
    let letters = world.core.store.dead_letters(&PageRequest::first(10)).await.unwrap();
    assert_eq!((letters.items.len(), letters.items[0].value.attempts), (1, 8));

    let letter = world.core.store.retry("test", &event).await.unwrap().unwrap();
    let mut transaction = world.core.store.transaction(world.core.now());
    transaction.replace(&letter.value.redriven(world.core.now()), letter.version);
    transaction.commit().await.unwrap();
    bus.retry_due().await.unwrap();
    seen.becomes(&[event]).await;
    assert_eq!(world.retry(&event).await, None);
    tail.abort();
}

#[tokio::test]
async fn a_subscriber_that_panics_has_failed() {
    let world = World::new().await;
    let panics = Subscriber::new("test", KINDS, |_| async { panic!("no such lane") });
    let bus = world.bus(panics);
    let tail = run(&bus);
    let event = world.lifted("storefront").await;
    let retry = eventually("it is kept", async || world.retry(&event).await).await;
    assert_eq!(retry.last_error, "it panicked: no such lane");
    tail.abort();
}

#[tokio::test]
async fn a_bus_that_is_stopped_has_kept_its_place() {
    let world = World::new().await;
    let seen = Seen::default();
    let bus = world.bus(failing(&seen, 0));
    let (tasks, stop) = (tokio_util::task::TaskTracker::new(), CancellationToken::new());
    bus.start(&tasks, &stop);
    let event = world.lifted("storefront").await;
    seen.becomes(&[event]).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    let later = world.lifted("storefront").await;
    let tail = run(&bus);
    seen.becomes(&[event, later]).await;
    tail.abort();
}

#[tokio::test]
async fn what_happens_is_chained_once_and_goes_on_after_a_crash() {
    let world = World::new().await;
    let seen = Seen::default();
    let bus = world.bus(failing(&seen, 0));
    let app = panel::App::new(world.core.clone()).unwrap();
    let chaining = || {
        let (app, stream) = (app.clone(), bus.0.stream.clone());
        tokio::spawn(super::chain::run(app, stream, CancellationToken::new()))
    };
    let events = async || world.core.store.audit_head().await.unwrap().map_or(0, |head| head.value.events);
    let becomes = async |expected| {
        eventually("they are chained", async || (events().await == expected).then_some(())).await;
    };
    for _ in 0..5 {
        world.lifted("storefront").await;
    }
    let (one, other) = (chaining(), chaining());
    becomes(5).await;
    one.abort();
    other.abort();
    assert!(bus.chained().await.unwrap().is_some());
    for _ in 0..3 {
        world.lifted("payments").await;
    }
    let again = chaining();
    becomes(8).await;
    again.abort();
}
