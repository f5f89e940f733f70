//! The requests of one span of time: counts, and latencies on a logarithmic scale.

use std::time::Duration;

use domain::Period;
use domain::analysis::{Latencies, Measured, Observed};

use super::series::Span;

/// Eight bins per doubling: a quantile is at most 5 % off.
const BINS_PER_DOUBLING: f64 = 8.0;
/// The upper edge of the first bin.
const FIRST_EDGE_SECONDS: f64 = 0.000_1;

/// The requests of one span of time. Only bins that are not empty take memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    requests: u64,
    errors: u64,
    /// Bin and count, in the order of bins.
    bins: Vec<(u8, u32)>,
}

impl Bucket {
    pub(super) fn request(&mut self, failed: bool, took: Duration) {
        self.requests += 1;
        self.errors += u64::from(failed);
        self.count(bin(took), 1);
    }

    pub(super) fn broke_off(&mut self) {
        self.errors += 1;
    }

    pub(super) fn measured(&self) -> Measured {
        Measured {
            requests: self.requests,
            // An answer that breaks off fails in a later span than it was counted in.
            errors: self.errors.min(self.requests),
            p50: self.quantile(50),
            p95: self.quantile(95),
            p99: self.quantile(99),
        }
    }

    pub(super) fn observed(&self) -> Observed {
        let bins = self.bins.iter().map(|(bin, count)| (middle_micros(*bin), u64::from(*count)));
        Observed { measured: self.measured(), latencies: Latencies::new(bins) }
    }

    fn count(&mut self, bin: u8, count: u32) {
        match self.bins.binary_search_by_key(&bin, |(bin, _)| *bin) {
            Ok(index) => self.bins[index].1 = self.bins[index].1.saturating_add(count),
            Err(index) => self.bins.insert(index, (bin, count)),
        }
    }

    /// The latency that `percent` of the requests did not exceed.
    fn quantile(&self, percent: u64) -> Option<Period> {
        let counted: u64 = self.bins.iter().map(|(_, count)| u64::from(*count)).sum();
        let rank = (counted * percent).div_ceil(100);
        let mut seen = 0;
        for (bin, count) in &self.bins {
            seen += u64::from(*count);
            if seen >= rank {
                return Some(middle(*bin));
            }
        }
        None
    }
}

impl Span for Bucket {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        for (bin, count) in &other.bins {
            self.count(*bin, *count);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is meant")]
fn bin(took: Duration) -> u8 {
    ((took.as_secs_f64() / FIRST_EDGE_SECONDS).log2() * BINS_PER_DOUBLING).ceil() as u8
}

/// The middle of a bin on the logarithmic scale, at least the millisecond that a [`Period`] can say.
fn middle(bin: u8) -> Period {
    let millis = (middle_micros(bin) + 500) / 1_000;
    Period::millis(u32::try_from(millis).unwrap_or(u32::MAX).max(1))
}

/// The middle of a bin on the logarithmic scale, in microseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most some days in microseconds"
)]
fn middle_micros(bin: u8) -> u64 {
    let seconds = FIRST_EDGE_SECONDS * ((f64::from(bin) - 0.5) / BINS_PER_DOUBLING).exp2();
    (seconds * 1_000_000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_quantile_is_within_five_percent(millis in 20_u64..300_000) {
            let mut bucket = Bucket::default();
            bucket.request(false, Duration::from_millis(millis));
            let p50 = bucket.measured().p50.unwrap().as_millis() as f64;
            let truth = millis as f64;
            prop_assert!((p50 - truth).abs() <= truth * 0.05 + 0.5, "{p50} for {truth}");
        }
    }

    #[test]
    fn quantiles_rank_the_requests_by_latency() {
        let mut bucket = Bucket::default();
        for millis in 1..=100 {
            bucket.request(millis > 98, Duration::from_millis(millis));
        }
        let measured = bucket.measured();
        assert_eq!((measured.requests, measured.errors), (100, 2));
        let near = |period: Option<Period>, millis: i64| {
            let got = period.unwrap().as_millis();
            assert!((got - millis).abs() <= millis / 15, "{got} is not about {millis}");
        };
        near(measured.p50, 50);
        near(measured.p95, 95);
        near(measured.p99, 99);
    }

    #[test]
    fn the_shortest_and_the_longest_requests_count_too() {
        let mut bucket = Bucket::default();
        bucket.request(false, Duration::ZERO);
        bucket.request(false, Duration::from_secs(100_000));
        let measured = bucket.measured();
        assert_eq!(measured.p50, Some(Period::millis(1)));
        assert!(measured.p99.unwrap() > Period::seconds(300));
    }
}
