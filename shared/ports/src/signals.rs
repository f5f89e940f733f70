//! What users of a service experience.

use async_trait::async_trait;
use domain::analysis::{Measured, Observed};
use domain::saturation::Saturation;
use domain::{Digest, EnvironmentName, Period, ServiceName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why there are no measurements.
#[derive(Debug, thiserror::Error)]
#[error("measurements could not be read: {0}")]
pub struct SignalError(pub String);

/// The requests of one span of time, for a plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrafficPoint {
    /// The start of the span.
    pub at: Timestamp,
    /// What was measured in it, all releases together.
    pub measured: Measured,
    /// How full what serves was, at its fullest; absent if nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation: Option<Saturation>,
}

/// What users of a service experience: the proxy's own measurements on one machine, CloudWatch on AWS.
#[async_trait]
pub trait Signals: Send + Sync {
    /// What one release served from `since` until now, with the distribution of its latencies where that is known.
    async fn measure(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: &Digest,
        since: Timestamp,
    ) -> Result<Observed, SignalError>;

    /// The figures of [`Signals::measure`] alone, without the distribution: what is enough to say how a service does, and
    /// cheaper where measurements are paid for one by one.
    async fn figures(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: &Digest,
        since: Timestamp,
    ) -> Result<Measured, SignalError> {
        self.measure(service, environment, artifact, since).await.map(|seen| seen.measured)
    }

    /// How long to wait between two looks at services that nobody asks for.
    fn pause(&self) -> Period {
        Period::seconds(30)
    }

    /// The traffic of an environment from `since` until now in `points` equal spans, oldest first.
    async fn traffic(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        since: Timestamp,
        points: usize,
    ) -> Result<Vec<TrafficPoint>, SignalError>;

    /// The environments that had requests from `since` until now: those of which measurements may say another thing
    /// than they did. None where only a request for one environment can tell.
    async fn served(&self, _since: Timestamp) -> Result<Vec<(ServiceName, EnvironmentName)>, SignalError> {
        Ok(Vec::new())
    }
}
