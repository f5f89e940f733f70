//! Whether a new release does harm: measured requests in, a verdict out.

mod judge;
mod latencies;
mod statistics;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Period;

pub(crate) use judge::percent;
pub use judge::{DEFAULT_MINIMUM_REQUESTS, FALSE_ALARMS, Judgement, Watch, judge};
pub use latencies::Latencies;

/// What was measured of one release over one span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Requests answered or failed.
    pub requests: u64,
    /// Of these, answered 5xx or not at all.
    pub errors: u64,
    /// Median latency; absent without requests.
    pub p50: Option<Period>,
    /// 95th percentile of latency; absent without requests.
    pub p95: Option<Period>,
    /// 99th percentile of latency; absent without requests.
    pub p99: Option<Period>,
}

impl Measured {
    /// Errors over requests; absent without requests, because no data is not zero.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share for people and thresholds; 2^52 requests are enough"
    )]
    pub fn error_share(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.errors as f64 / self.requests as f64)
    }
}

/// The new release beside the old one, over the same span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The release being rolled out.
    pub new: Measured,
    /// The release it replaces, if there is one.
    pub old: Option<Measured>,
}

/// What was measured of one release, with the distribution that a rank test needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The figures.
    pub measured: Measured,
    /// The latencies they sum up; empty where only the figures are known.
    pub latencies: Latencies,
}

impl From<Measured> for Observed {
    /// Only the figures are known.
    fn from(measured: Measured) -> Self {
        Self { measured, latencies: Latencies::default() }
    }
}

/// The new release beside the old one, over the same span of time, as it is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The release being rolled out.
    pub new: Observed,
    /// The release it replaces, if there is one.
    pub old: Option<Observed>,
}

impl Observation {
    /// The figures, which are kept; the distributions are not.
    pub fn comparison(&self) -> Comparison {
        Comparison { new: self.new.measured, old: self.old.as_ref().map(|old| old.measured) }
    }
}

impl From<Comparison> for Observation {
    /// Only the figures are known.
    fn from(comparison: Comparison) -> Self {
        Self { new: comparison.new.into(), old: comparison.old.map(Observed::from) }
    }
}

/// What the measurements say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Within every threshold, or no worse than the old release.
    Pass,
    /// Beyond a threshold, and worse than chance can explain.
    Fail {
        /// Which, with the numbers.
        reason: String,
    },
    /// Too few requests to say.
    NotEnoughData {
        /// How many the new release served.
        requests: u64,
        /// How many it takes.
        needed: u64,
    },
    /// The measurements could not be had.
    CouldNotMeasure {
        /// Why.
        reason: String,
    },
}
