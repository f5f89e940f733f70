//! What users of a service experience, measured by the proxy on every request; and how full the machine is of it.
//!
//! Kept in memory only: a second fine for a quarter of an hour, a minute fine for a day.

mod histogram;
mod series;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use domain::analysis::Observed;
use domain::saturation::Saturation;
use domain::{Digest, EnvironmentName, ServiceName};
use jiff::Timestamp;
use ports::{SignalError, Signals, TrafficPoint};

use crate::Now;
use histogram::Bucket;
use series::{Series, Span};

const FINE_MILLIS: i64 = 1_000;
const FINE_BUCKETS: usize = 15 * 60;
const COARSE_MILLIS: i64 = 60_000;
const COARSE_BUCKETS: usize = 24 * 60;
/// No plot shows more.
const MOST_POINTS: usize = 1_440;

type Place = (ServiceName, EnvironmentName);
type Releases = HashMap<Digest, Arc<Recorder>>;

/// The measurements of every environment on this machine.
pub struct MeasuredSignals {
    now: Now,
    places: RwLock<HashMap<Place, Releases>>,
}

impl MeasuredSignals {
    /// Nothing measured yet.
    pub fn new(now: Now) -> Arc<Self> {
        Arc::new(Self { now, places: RwLock::default() })
    }

    /// Where the requests of one release are counted.
    pub(crate) fn recorder(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: Digest,
    ) -> Arc<Recorder> {
        let horizon = self.millis() - COARSE_MILLIS * COARSE_BUCKETS as i64;
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        let releases = places.entry((service.clone(), environment.clone())).or_default();
        // Bounded: a release that serves no more is forgotten with its last bucket.
        releases.retain(|_, recorder| Arc::strong_count(recorder) > 1 || recorder.newest() > horizon);
        let recorder = releases.entry(artifact).or_insert_with(|| Arc::new(Recorder::new(self.now.clone())));
        recorder.clone()
    }

    fn millis(&self) -> i64 {
        (self.now)().as_millisecond()
    }

    fn recorders(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Vec<(Digest, Arc<Recorder>)> {
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        let releases = places.get(&(service.clone(), environment.clone()));
        releases.into_iter().flatten().map(|(artifact, recorder)| (*artifact, recorder.clone())).collect()
    }
}

/// Counts the requests of one release, and keeps how much of the machine it used.
pub(crate) struct Recorder {
    now: Now,
    requests: Mutex<Kept<Bucket>>,
    usage: Mutex<Kept<Fullest>>,
}

/// The same measurements twice: fine for a while, coarse for a day.
struct Kept<B> {
    fine: Series<B>,
    coarse: Series<B>,
}

/// The fullest moment of a span of time, in thousandths, as there is one for every few seconds of every release.
#[derive(Debug, Clone, Copy, Default)]
struct Fullest(Option<(u16, u16)>);

impl<B: Span> Kept<B> {
    fn new() -> Self {
        Self {
            fine: Series::new(FINE_MILLIS, FINE_BUCKETS),
            coarse: Series::new(COARSE_MILLIS, COARSE_BUCKETS),
        }
    }

    /// Notes something in the buckets of that moment.
    fn note(&mut self, now: i64, note: impl Fn(&mut B)) {
        note(self.fine.at(now));
        note(self.coarse.at(now));
    }

    /// What was measured from `from` until before `to` (milliseconds), in the finest series that reaches back to
    /// `start`.
    fn span(&self, start: i64, from: i64, to: i64, now: i64) -> B {
        let reaches = start > now - FINE_MILLIS * FINE_BUCKETS as i64;
        if reaches { self.fine.sum(from, to) } else { self.coarse.sum(from, to) }
    }
}

impl Fullest {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares from 0 to 1")]
    fn new(at: Saturation) -> Self {
        let thousandths = |share: f64| (share.clamp(0.0, 1.0) * 1_000.0).round() as u16;
        Self(Some((thousandths(at.cpu), thousandths(at.memory))))
    }

    fn saturation(self) -> Option<Saturation> {
        let share = |thousandths| f64::from(thousandths) / 1_000.0;
        self.0.map(|(cpu, memory)| Saturation { cpu: share(cpu), memory: share(memory) })
    }
}

impl Span for Fullest {
    fn add(&mut self, other: &Self) {
        self.0 = match (self.0, other.0) {
            (Some((cpu, memory)), Some((more_cpu, more_memory))) => {
                Some((cpu.max(more_cpu), memory.max(more_memory)))
            }
            (known, None) | (None, known) => known,
        };
    }
}

impl Recorder {
    fn new(now: Now) -> Self {
        Self { now, requests: Mutex::new(Kept::new()), usage: Mutex::new(Kept::new()) }
    }

    /// Counts one request: whether it failed for its user, and how long it took to the head of the answer.
    pub(crate) fn request(&self, failed: bool, took: Duration) {
        self.requests().note(self.millis(), |bucket| bucket.request(failed, took));
    }

    /// Makes a failure of a request that was counted as answered: the answer broke off.
    pub(crate) fn broke_off(&self) {
        self.requests().note(self.millis(), Bucket::broke_off);
    }

    /// Notes how much of the machine it uses at this moment.
    pub(crate) fn saturation(&self, saturation: Saturation) {
        let now = Fullest::new(saturation);
        self.usage().note(self.millis(), |fullest| fullest.add(&now));
    }

    fn newest(&self) -> i64 {
        self.requests().coarse.newest()
    }

    fn millis(&self) -> i64 {
        (self.now)().as_millisecond()
    }

    fn requests(&self) -> MutexGuard<'_, Kept<Bucket>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usage(&self) -> MutexGuard<'_, Kept<Fullest>> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Signals for MeasuredSignals {
    async fn measure(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: &Digest,
        since: Timestamp,
    ) -> Result<Observed, SignalError> {
        let (since, now) = (since.as_millisecond(), self.millis());
        let recorders = self.recorders(service, environment);
        let recorder = recorders.iter().find(|(digest, _)| digest == artifact);
        let sum = recorder.map(|(_, recorder)| recorder.requests().span(since, since, i64::MAX, now));
        Ok(sum.unwrap_or_default().observed())
    }

    async fn served(&self, since: Timestamp) -> Result<Vec<(ServiceName, EnvironmentName)>, SignalError> {
        let since = since.as_millisecond();
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        let had_requests = |releases: &Releases| releases.values().any(|recorder| recorder.newest() >= since);
        Ok(places
            .iter()
            .filter(|(_, releases)| had_requests(releases))
            .map(|(place, _)| place.clone())
            .collect())
    }

    async fn traffic(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        since: Timestamp,
        points: usize,
    ) -> Result<Vec<TrafficPoint>, SignalError> {
        let (start, now) = (since.as_millisecond(), self.millis());
        let recorders = self.recorders(service, environment);
        let length = (now - start).max(0);
        let count = points.min(MOST_POINTS) as i64;
        let bound = |n: i64| start + length * n / count;
        let mut plot = Vec::new();
        for n in 0..count {
            // The last span takes in the moment of asking.
            let to = if n + 1 == count { i64::MAX } else { bound(n + 1) };
            let mut sum = Bucket::default();
            let mut saturation: Option<Saturation> = None;
            for (_, recorder) in &recorders {
                // All spans from one series, so that none is finer than its neighbour.
                sum.add(&recorder.requests().span(start, bound(n), to, now));
                let used = recorder.usage().span(start, bound(n), to, now).saturation();
                saturation = match (saturation, used) {
                    (Some(some), Some(more)) => Some(some.and(more)),
                    (known, None) | (None, known) => known,
                };
            }
            let at = Timestamp::from_millisecond(bound(n)).map_err(|error| SignalError(error.to_string()))?;
            plot.push(TrafficPoint { at, measured: sum.measured(), saturation });
        }
        Ok(plot)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use domain::analysis::Measured;

    use super::*;

    struct World {
        millis: Arc<AtomicI64>,
        signals: Arc<MeasuredSignals>,
        service: ServiceName,
        environment: EnvironmentName,
    }

    const ARTIFACT: Digest = Digest::from_bytes([1; 32]);

    impl World {
        fn new() -> Self {
            let millis = Arc::new(AtomicI64::new(1_700_000_000_000));
            let clock = millis.clone();
            let now: Now =
                Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap());
            Self {
                millis,
                signals: MeasuredSignals::new(now),
                service: "shop".parse().unwrap(),
                environment: "production".parse().unwrap(),
            }
        }

        fn recorder(&self) -> Arc<Recorder> {
            self.signals.recorder(&self.service, &self.environment, ARTIFACT)
        }

        fn pass(&self, seconds: i64) {
            self.millis.fetch_add(seconds * 1_000, Ordering::SeqCst);
        }

        fn ago(&self, seconds: i64) -> Timestamp {
            Timestamp::from_millisecond(self.signals.millis() - seconds * 1_000).unwrap()
        }

        async fn measure(&self, seconds: i64) -> Measured {
            let since = self.ago(seconds);
            self.signals.measure(&self.service, &self.environment, &ARTIFACT, since).await.unwrap().measured
        }
    }

    #[tokio::test]
    async fn only_what_happened_since_is_measured() {
        let world = World::new();
        let recorder = world.recorder();
        recorder.request(true, Duration::from_millis(5));
        world.pass(10);
        recorder.request(false, Duration::from_millis(5));
        assert_eq!(world.measure(5).await.requests, 1);
        assert_eq!(world.measure(5).await.errors, 0);
        assert_eq!(world.measure(20).await.errors, 1);
    }

    #[tokio::test]
    async fn an_hour_is_measured_by_the_minute_and_a_day_is_forgotten() {
        let world = World::new();
        let recorder = world.recorder();
        recorder.request(false, Duration::from_millis(5));
        world.pass(3_600);
        recorder.request(false, Duration::from_millis(5));
        assert_eq!(world.measure(600).await.requests, 1);
        assert_eq!(world.measure(4_000).await.requests, 2);
        world.pass(25 * 3_600);
        recorder.request(false, Duration::from_millis(5));
        assert_eq!(world.measure(200_000).await.requests, 1);
    }

    #[tokio::test]
    async fn no_requests_are_no_latency_rather_than_zero() {
        assert_eq!(World::new().measure(60).await, Measured::default());
    }

    #[tokio::test]
    async fn a_plot_has_every_request_in_exactly_one_span() {
        let world = World::new();
        let recorder = world.recorder();
        for _ in 0..60 {
            recorder.request(false, Duration::from_millis(5));
            world.pass(1);
        }
        let since = world.ago(60);
        let plot = world.signals.traffic(&world.service, &world.environment, since, 7).await.unwrap();
        assert_eq!(plot.len(), 7);
        assert_eq!(plot[0].at, since);
        assert_eq!(plot.iter().map(|point| point.measured.requests).sum::<u64>(), 60);
        assert!(plot.iter().all(|point| (7..=9).contains(&point.measured.requests)), "{plot:?}");
    }

    #[tokio::test]
    async fn releases_side_by_side_fill_the_machine_together_and_a_span_shows_its_fullest_moment() {
        let world = World::new();
        let other = Digest::from_bytes([2; 32]);
        let (old, new) =
            (world.recorder(), world.signals.recorder(&world.service, &world.environment, other));
        let full = |cpu, memory| Saturation { cpu, memory };
        let since = world.ago(0);
        old.saturation(full(0.25, 0.125));
        world.pass(4);
        old.saturation(full(0.125, 0.25));
        new.saturation(full(0.5, 0.125));
        world.pass(30);
        let plot = world.signals.traffic(&world.service, &world.environment, since, 2).await.unwrap();
        assert_eq!(plot[0].saturation, Some(full(0.75, 0.375)));
        assert_eq!(plot[1].saturation, None, "nobody looked: unknown, not empty");
    }

    #[test]
    fn a_release_without_traffic_for_a_day_is_forgotten() {
        let world = World::new();
        world.recorder().request(false, Duration::from_millis(5));
        world.pass(25 * 3_600);
        let other = Digest::from_bytes([2; 32]);
        world.signals.recorder(&world.service, &world.environment, other);
        let left = world.signals.recorders(&world.service, &world.environment);
        assert_eq!(left.iter().map(|(artifact, _)| *artifact).collect::<Vec<_>>(), [other]);
    }
}
