//! Measurements that the test makes up.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use domain::analysis::{Measured, Observed};
use domain::{Digest, EnvironmentName, ServiceName};
use edge::Clock;
use jiff::{SignedDuration, Timestamp};
use ports::{SignalError, Signals, TrafficPoint};

use super::lock;

/// Tells what the test told it before. Of artifacts nobody told it about, it measured no requests.
#[derive(Debug)]
pub struct FakeSignals {
    clock: Clock,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    measured: BTreeMap<Digest, Measured>,
    traffic: Measured,
    served: Vec<(ServiceName, EnvironmentName)>,
    outage: Option<String>,
}

impl FakeSignals {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, told: Mutex::default() }
    }

    /// From now on this is what an artifact served, wherever and since whenever.
    pub fn set(&self, artifact: Digest, measured: Measured) {
        lock(&self.told).measured.insert(artifact, measured);
    }

    /// From now on this is the traffic of every span of every environment.
    pub fn set_traffic(&self, measured: Measured) {
        lock(&self.told).traffic = measured;
    }

    /// From now on these environments seem to have requests.
    pub fn set_served(&self, places: &[(&ServiceName, &EnvironmentName)]) {
        let places = places.iter().map(|(service, environment)| ((*service).clone(), (*environment).clone()));
        lock(&self.told).served = places.collect();
    }

    /// From now on nothing can be measured, for that reason; or again, with `None`.
    pub fn set_outage(&self, reason: Option<&str>) {
        lock(&self.told).outage = reason.map(str::to_owned);
    }
}

impl Told {
    fn check(&self) -> Result<(), SignalError> {
        self.outage.clone().map_or(Ok(()), |reason| Err(SignalError(reason)))
    }
}

#[async_trait]
impl Signals for FakeSignals {
    async fn measure(
        &self,
        _: &ServiceName,
        _: &EnvironmentName,
        artifact: &Digest,
        _: Timestamp,
    ) -> Result<Observed, SignalError> {
        let told = lock(&self.told);
        told.check()?;
        Ok(told.measured.get(artifact).copied().unwrap_or_default().into())
    }

    async fn served(&self, _: Timestamp) -> Result<Vec<(ServiceName, EnvironmentName)>, SignalError> {
        Ok(lock(&self.told).served.clone())
    }

    async fn traffic(
        &self,
        _: &ServiceName,
        _: &EnvironmentName,
        since: Timestamp,
        points: usize,
    ) -> Result<Vec<TrafficPoint>, SignalError> {
        let told = lock(&self.told);
        told.check()?;
        let count = i32::try_from(points.max(1)).unwrap_or(i32::MAX);
        let span: SignedDuration = self.clock.now().duration_since(since) / count;
        let at = |index| since.checked_add(span * index).unwrap_or(Timestamp::MAX);
        Ok((0..count)
            .map(|index| TrafficPoint { at: at(index), measured: told.traffic, saturation: None })
            .collect())
    }
}
