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
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share for people and thresholds; 2^52 requests are enough"
    )]
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

/// Judges a release by its thresholds.
///
/// A figure beyond its threshold counts only if the old release, measured over the same time, is better: what both
/// suffer from is not the new release's doing.
pub fn judge(thresholds: &Thresholds, measured: &Result<Comparison, String>) -> Verdict {
    if thresholds.error_rate.is_none() && thresholds.p95.is_none() {
        return Verdict::Pass;
    }
    let comparison = match measured {
        Ok(comparison) => comparison,
        Err(reason) => return Verdict::CouldNotMeasure { reason: reason.clone() },
    };
    let needed = thresholds.minimum_requests.unwrap_or(DEFAULT_MINIMUM_REQUESTS);
    if comparison.new.requests < needed {
        return Verdict::NotEnoughData { requests: comparison.new.requests, needed };
    }
    let old = comparison.old.filter(|old| old.requests >= needed);
    errors(thresholds, &comparison.new, old.as_ref())
        .or_else(|| latency(thresholds, &comparison.new, old.as_ref()))
        .map_or(Verdict::Pass, |reason| Verdict::Fail { reason })
}

fn errors(thresholds: &Thresholds, new: &Measured, old: Option<&Measured>) -> Option<String> {
    let limit = thresholds.error_rate?;
    let share = new.error_share()?;
    let before = old.and_then(Measured::error_share);
    if share <= limit || before.is_some_and(|before| share <= before) {
        return None;
    }
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let beside = before.map_or(String::new(), |before| format!(", {} on the old release", percent(before)));
    let (requests, errors) = (new.requests, new.errors);
    Some(format!(
        "{} of requests fail ({errors} of {requests}){beside}; at most {} may",
        percent(share),
        percent(limit)
    ))
}

fn latency(thresholds: &Thresholds, new: &Measured, old: Option<&Measured>) -> Option<String> {
    let limit = thresholds.p95?;
    let p95 = new.p95?;
    let before = old.and_then(|old| old.p95);
    if p95 <= limit || before.is_some_and(|before| p95 <= before) {
        return None;
    }
    let beside = before.map_or(String::new(), |before| format!(", {before} on the old release"));
    Some(format!("95 % of requests are answered within {p95}{beside}; it should be {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(requests: u64, errors: u64, p95: u32) -> Measured {
        let p95 = Some(Period::millis(p95));
        Measured { requests, errors, p50: p95, p95, p99: p95 }
    }

    fn check(new: Measured, old: Option<Measured>) -> Verdict {
        let thresholds =
            Thresholds { error_rate: Some(0.02), p95: Some(Period::millis(400)), minimum_requests: None };
        judge(&thresholds, &Ok(Comparison { new, old }))
    }

    #[test]
    fn a_release_that_fails_more_than_the_threshold_and_the_old_one_fails() {
        let verdict = check(measured(100, 7, 50), Some(measured(900, 1, 50)));
        let Verdict::Fail { reason } = verdict else { panic!("{verdict:?}") };
        insta::assert_snapshot!(reason, @"7.0 % of requests fail (7 of 100), 0.1 % on the old release; at most 2.0 % may");
    }

    #[test]
    fn what_the_old_release_suffers_from_too_is_not_held_against_the_new_one() {
        assert_eq!(check(measured(100, 7, 900), Some(measured(900, 90, 950))), Verdict::Pass);
    }

    #[test]
    fn a_slow_release_fails() {
        let verdict = check(measured(100, 0, 900), None);
        let Verdict::Fail { reason } = verdict else { panic!("{verdict:?}") };
        insta::assert_snapshot!(reason, @"95 % of requests are answered within 900ms; it should be 400ms");
    }

    #[test]
    fn too_few_requests_never_pass() {
        assert_eq!(check(measured(19, 19, 50), None), Verdict::NotEnoughData { requests: 19, needed: 20 });
    }

    #[test]
    fn no_measurement_is_neither_good_nor_bad() {
        let thresholds = Thresholds { error_rate: Some(0.02), ..Thresholds::default() };
        let verdict = judge(&thresholds, &Err("the proxy is away".to_owned()));
        assert_eq!(verdict, Verdict::CouldNotMeasure { reason: "the proxy is away".to_owned() });
    }
}
