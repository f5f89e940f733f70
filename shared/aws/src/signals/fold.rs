//! From CloudWatch's values to what is judged and drawn.

use domain::Period;
use domain::analysis::{Latencies, Measured, Observed};

use super::metrics::Values;
use super::source::bins;

/// What [`super::source::Source::distribution`] asked for, over the whole span.
///
/// Percentiles are those of the histogram, so that they can be added up over minutes, which CloudWatch's own cannot.
pub(super) fn observed(values: &[Values]) -> Observed {
    let total = |index: usize| values.get(index).map_or(0, |values| sum(values));
    let counts: Vec<u64> = (0..bins().count()).map(|bin| total(bin + 2)).collect();
    let measured = Measured {
        requests: total(0),
        errors: total(1).min(total(0)),
        p50: percentile(&counts, 50),
        p95: percentile(&counts, 95),
        p99: percentile(&counts, 99),
    };
    let typical = bins().map(|(from, to)| {
        // In the middle of the bin on a scale of ratios; what is beyond the last took at least so long.
        let from = f64::from(from.unwrap_or(0)).max(0.5);
        let to = to.map_or(from, f64::from);
        micros((from * to).sqrt())
    });
    Observed { measured, latencies: Latencies::new(typical.zip(counts)) }
}

/// What [`super::source::Source::figures`] asked for, over the whole span.
///
/// The percentiles are the means of those of the minutes, weighed by their requests: near enough to say how a service
/// does, and not what a release is judged by.
pub(super) fn summed(values: &[Values]) -> Measured {
    let points = values.first().map_or(0, |requests| requests.len());
    let minutes: Vec<Measured> = (0..points).map(|point| measured(values, point)).collect();
    let requests = minutes.iter().map(|minute| minute.requests).sum();
    let mean = |of: fn(&Measured) -> Option<Period>| {
        weighed(minutes.iter().map(|minute| (of(minute), minute.requests)))
    };
    Measured {
        requests,
        errors: minutes.iter().map(|minute| minute.errors).sum(),
        p50: mean(|minute| minute.p50),
        p95: mean(|minute| minute.p95),
        p99: mean(|minute| minute.p99),
    }
}

/// The mean of latencies, each as often as it was; none without any.
#[expect(clippy::cast_precision_loss, reason = "counts of requests; 2^52 are enough")]
fn weighed(latencies: impl Iterator<Item = (Option<Period>, u64)>) -> Option<Period> {
    let known =
        latencies.filter_map(|(latency, requests)| Some((latency?.as_millis() as f64, requests as f64)));
    let (sum, count) = known
        .fold((0.0, 0.0), |(sum, count), (millis, requests)| (sum + millis * requests, count + requests));
    (count > 0.0).then(|| period(sum / count))
}

/// What [`super::source::Source::figures`] asked for, at one point.
pub(super) fn measured(values: &[Values], point: usize) -> Measured {
    let value = |index: usize| values.get(index).and_then(|values| values.get(point).copied().flatten());
    let requests = whole(value(0).unwrap_or(0.0));
    let latency = |index| value(index).filter(|_| requests > 0).map(period);
    Measured {
        requests,
        errors: whole(value(1).unwrap_or(0.0)).min(requests),
        p50: latency(2),
        p95: latency(3),
        p99: latency(4),
    }
}

fn sum(values: &[Option<f64>]) -> u64 {
    values.iter().flatten().map(|value| whole(*value)).sum()
}

/// The latency below which so many of a hundred lie, taken as evenly spread within its bin.
#[expect(clippy::cast_precision_loss, reason = "counts of requests; 2^52 are enough")]
fn percentile(counts: &[u64], percent: u64) -> Option<Period> {
    let all: u64 = counts.iter().sum();
    if all == 0 {
        return None;
    }
    let rank = (all * percent).div_ceil(100).max(1);
    let mut below = 0;
    for ((from, to), count) in bins().zip(counts) {
        if below + count >= rank {
            let from = f64::from(from.unwrap_or(0));
            let to = to.map_or(from, f64::from);
            let share = (rank - below) as f64 / (*count).max(1) as f64;
            return Some(period(from + (to - from) * share));
        }
        below += count;
    }
    None
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn period(millis: f64) -> Period {
    Period::millis(millis.round().clamp(0.0, f64::from(u32::MAX)) as u32)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, which are not negative")]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "latencies of less than an hour")]
fn micros(millis: f64) -> u64 {
    (millis * 1_000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn values(series: &[&[Option<f64>]]) -> Vec<Values> {
        series.iter().map(|values| Arc::new(values.to_vec())).collect()
    }

    /// Requests, errors, and counts in the bins of which the index is given.
    fn distribution(requests: f64, errors: f64, counts: &[(usize, f64)]) -> Vec<Values> {
        let mut series = vec![vec![Some(requests)], vec![Some(errors)]];
        series.extend(bins().map(|_| vec![None]));
        for (bin, count) in counts {
            series[bin + 2] = vec![Some(*count)];
        }
        series.into_iter().map(Arc::new).collect()
    }

    #[test]
    fn counts_add_up_over_minutes_and_gaps_count_nothing() {
        let mut given = vec![vec![Some(10.0), None, Some(32.0)], vec![None, None, Some(2.0)]];
        given.extend(bins().map(|_| vec![None, None, None]));
        given[2 + 8] = vec![Some(9.0), None, Some(31.0)];
        let observed = observed(&given.into_iter().map(Arc::new).collect::<Vec<_>>());
        assert_eq!((observed.measured.requests, observed.measured.errors), (42, 2));
        assert_eq!(observed.latencies.count(), 40);
    }

    #[test]
    fn percentiles_lie_in_the_bin_that_has_them() {
        // 90 requests between 75 and 100 ms, 10 between 800 and 1200.
        let observed = observed(&distribution(100.0, 0.0, &[(8, 90.0), (15, 10.0)]));
        let millis = |period: Option<Period>| period.unwrap().as_millis();
        assert_eq!(millis(observed.measured.p50), 89);
        assert_eq!(millis(observed.measured.p95), 1_000);
        assert_eq!(millis(observed.measured.p99), 1_160);
        assert_eq!(observed.latencies.slower_than(100_000), 10);
    }

    #[test]
    fn without_requests_there_is_no_latency_and_errors_are_never_more_than_requests() {
        let none = observed(&distribution(0.0, 0.0, &[]));
        assert_eq!((none.measured.p50, none.measured.p99), (None, None));
        assert_eq!(observed(&distribution(3.0, 5.0, &[])).measured.errors, 3);
    }

    #[test]
    fn figures_of_minutes_add_up_and_their_percentiles_are_weighed() {
        let given = values(&[
            &[Some(30.0), None, Some(10.0)],
            &[Some(1.0), None, Some(2.0)],
            &[Some(10.0), None, Some(50.0)],
            &[Some(100.0), Some(7.0), Some(200.0)],
            &[None, None, None],
        ]);
        let all = summed(&given);
        assert_eq!((all.requests, all.errors), (40, 3));
        assert_eq!((all.p50, all.p95, all.p99), (Some(Period::millis(20)), Some(Period::millis(125)), None));
        assert_eq!(summed(&[]), Measured::default());
    }

    #[test]
    fn a_point_of_a_plot_has_the_percentiles_of_cloudwatch_where_there_were_requests() {
        let given = values(&[
            &[Some(5.0), None],
            &[Some(1.0), None],
            &[Some(12.4), Some(1.0)],
            &[Some(80.0), None],
            &[None, None],
        ]);
        let first = measured(&given, 0);
        assert_eq!(
            (first.requests, first.errors, first.p50, first.p99),
            (5, 1, Some(Period::millis(12)), None)
        );
        let second = measured(&given, 1);
        assert_eq!((second.requests, second.p50), (0, None));
    }
}
