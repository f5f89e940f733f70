//! Whether a new release does harm: measured requests in, a verdict out.

use serde::{Deserialize, Serialize};

use crate::Period;
use crate::manifest::Thresholds;

/// What was measured of one release over one span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[expect(clippy::cast_precision_loss, reason = "a share for people and thresholds; 2^52 requests are enough")]
    pub fn error_share(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.errors as f64 / self.requests as f64)
    }
}

/// The new release beside the old one, over the same span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The release being rolled out.
    pub new: Measured,
    /// The release it replaces, if there is one.
    pub old: Option<Measured>,
}

/// What the measurements say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Within every threshold.
    Pass,
    /// Beyond a threshold, and worse than the old release.
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

/// How many requests make the figures count when the manifest does not say.
pub const DEFAULT_MINIMUM_REQUESTS: u64 = 20;
