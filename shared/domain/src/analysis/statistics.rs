//! The tests behind a verdict: how likely chance alone would look at least as bad.
//!
//! Each answers a one-sided p-value. The exact tests use mid-p, which halves the weight of the very table seen: the
//! plain exact test is so cautious with few events that it would miss real harm (Lancaster 1961; Hwang & Yang 2001).
#![expect(clippy::cast_precision_loss, reason = "counts of requests; 2^52 are enough")]

use statrs::distribution::{ContinuousCDF as _, Normal};
use statrs::function::beta::beta_reg;
use statrs::function::factorial::ln_binomial;

use super::Latencies;

/// Of `all` requests, `bad` were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) bad: u64,
    pub(super) all: u64,
}

impl Share {
    pub(super) fn value(self) -> f64 {
        self.bad as f64 / self.all as f64
    }
}

/// Fisher's exact test: that `new` has so large a part of the bad requests of both, if both are equally good.
///
/// The tail of the hypergeometric distribution from its logarithm and the ratio of neighbours, which holds for any
/// counts. A new release that is no worse is no evidence: 1.
pub(super) fn worse(new: Share, old: Share) -> f64 {
    if new.bad > new.all || old.bad > old.all || new.bad * old.all <= old.bad * new.all {
        return 1.0;
    }
    let (all, bad) = (new.all + old.all, new.bad + old.bad);
    let seen = ln_binomial(new.all, new.bad) + ln_binomial(old.all, old.bad) - ln_binomial(all, bad);
    let mut table = seen.exp();
    let mut tail = table / 2.0;
    for more in new.bad..bad.min(new.all) {
        let left = (bad - more) as f64 * (new.all - more) as f64;
        let right = (more + 1) as f64 * (old.all + more + 1 - bad) as f64;
        table *= left / right;
        tail += table;
        // Beyond the mean the tables only become less likely, faster and faster.
        if table <= tail * f64::EPSILON {
            break;
        }
    }
    tail.min(1.0)
}

/// The exact binomial test: that so many of `seen` are bad, if each is with probability `limit`.
pub(super) fn beyond(seen: Share, limit: f64) -> f64 {
    if seen.bad == 0 || limit >= 1.0 || seen.bad > seen.all {
        return 1.0;
    }
    if limit <= 0.0 {
        return 0.0;
    }
    let (bad, all) = (seen.bad as f64, seen.all as f64);
    let more = if seen.bad == seen.all { 0.0 } else { beta_reg(bad + 1.0, all - bad, limit) };
    let exactly = ln_binomial(seen.all, seen.bad) + bad * limit.ln() + (all - bad) * (1.0 - limit).ln();
    more + exactly.exp() / 2.0
}

/// The rank test of Mann and Whitney: that `new` is so much slower than `old`, if both are equally fast.
///
/// Normal approximation with the correction for ties, which is good from about twenty requests on. Without requests on
/// both sides, or with all of them alike, there is no evidence: 1.
pub(super) fn slower(new: &Latencies, old: &Latencies) -> f64 {
    let (n, m) = (new.count() as f64, old.count() as f64);
    let all = n + m;
    let (mut below, mut ranks, mut ties) = (0.0, 0.0, 0.0);
    for (of_new, of_both) in merged(new.bins(), old.bins()) {
        let tied = of_both as f64;
        ranks += of_new as f64 * (below + (tied + 1.0) / 2.0);
        ties += tied * tied * tied - tied;
        below += tied;
    }
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    // It is not a number for want of requests.
    if variance.is_nan() || variance <= 0.0 {
        return 1.0;
    }
    let excess = ranks - n * (n + 1.0) / 2.0 - n * m / 2.0 - 0.5;
    Normal::standard().sf(excess / variance.sqrt())
}

/// The bins of both, rising: how many of the first are in each, and how many of both.
fn merged(mut new: &[(u64, u64)], mut old: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut merged = Vec::with_capacity(new.len() + old.len());
    while let Some(at) = new.first().into_iter().chain(old.first()).map(|(at, _)| *at).min() {
        let take = |bins: &mut &[(u64, u64)]| match bins.split_first() {
            Some(((here, count), rest)) if *here == at => {
                *bins = rest;
                *count
            }
            Some(_) | None => 0,
        };
        let (of_new, of_old) = (take(&mut new), take(&mut old));
        merged.push((of_new, of_new + of_old));
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn near(p: f64, expected: f64) {
        assert!((p - expected).abs() < 1e-6 + expected * 1e-4, "{p}, not {expected}");
    }

    #[test]
    fn fishers_test_agrees_with_a_table_worked_by_hand() {
        // 6 bad of 200 beside 0 of 800: C(200,6)/C(1000,6), halved.
        near(worse(Share { bad: 6, all: 200 }, Share { bad: 0, all: 800 }), 6.037e-5 / 2.0);
        // Fisher's tea: 3 of 4 beside 1 of 4: P(4) = 1/70, P(3) = 16/70.
        near(worse(Share { bad: 3, all: 4 }, Share { bad: 1, all: 4 }), 1.0 / 70.0 + 8.0 / 70.0);
        near(worse(Share { bad: 1, all: 4 }, Share { bad: 1, all: 4 }), 1.0);
    }

    #[test]
    fn the_binomial_test_agrees_with_a_sum_worked_by_hand() {
        // Of 3 at one half: P(3) = 1/8, P(2) = 3/8.
        near(beyond(Share { bad: 2, all: 3 }, 0.5), 0.125 + 0.1875);
        near(beyond(Share { bad: 3, all: 3 }, 0.5), 0.0625);
        near(beyond(Share { bad: 0, all: 3 }, 0.5), 1.0);
    }

    #[test]
    fn the_rank_test_agrees_with_ranks_worked_by_hand() {
        // New 3, 4, 5 beside old 1, 2: U = 6 of 6, mean 3, variance 3, no ties.
        let new = Latencies::new([(3, 1), (4, 1), (5, 1)]);
        let old = Latencies::new([(1, 1), (2, 1)]);
        near(slower(&new, &old), 0.074_457);
        near(slower(&Latencies::new([(7, 50)]), &Latencies::new([(7, 90)])), 1.0);
        near(slower(&Latencies::default(), &old), 1.0);
    }

    proptest! {
        #[test]
        fn more_bad_requests_are_never_weaker_evidence(all in 1_u64..500, old in 1_u64..500, bad in 0_u64..500, base in 0_u64..500) {
            let (bad, base) = (bad.min(all.saturating_sub(1)), Share { bad: base.min(old), all: old });
            let p = |bad| worse(Share { bad, all }, base);
            prop_assert!(p(bad + 1) <= p(bad) + 1e-9);
            let p = |bad| beyond(Share { bad, all }, 0.02);
            prop_assert!(p(bad + 1) <= p(bad) + 1e-9);
        }

        #[test]
        fn a_share_has_a_p_value_however_many_requests(new in (0_u64..4_000_000, 0.0..1.0), old in (0_u64..4_000_000, 0.0..1.0)) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
            let share = |(all, part): (u64, f64)| Share { bad: (all as f64 * part) as u64, all };
            let (new, old) = (share(new), share(old));
            for p in [worse(new, old), beyond(new, 0.02)] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&p), "{p} of {new:?} and {old:?}");
            }
        }

        #[test]
        fn a_p_value_is_a_probability(bins in prop::collection::vec((1_u64..50, 0_u64..20), 0..20), other in prop::collection::vec((1_u64..50, 0_u64..20), 0..20)) {
            let p = slower(&Latencies::new(bins), &Latencies::new(other));
            prop_assert!((0.0..=1.0).contains(&p), "{p}");
        }
    }
}
