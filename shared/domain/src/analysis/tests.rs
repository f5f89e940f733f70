use super::*;
use crate::manifest::Thresholds;

const THRESHOLDS: Thresholds =
    Thresholds { error_rate: Some(0.02), p95: Some(Period::millis(400)), minimum_requests: None };

/// So many requests, so many of them failed, and those after the first `fast` take 900 ms instead of 50.
fn observed(requests: u64, errors: u64, fast: u64) -> Observed {
    let latencies = Latencies::new([(50_000, fast), (900_000, requests - fast)]);
    let is_slow = latencies.slower_than(400_000) * 20 > requests;
    let p95 = Some(Period::millis(if is_slow { 900 } else { 50 }));
    Observed { measured: Measured { requests, errors, p50: p95, p95, p99: p95 }, latencies }
}

fn fast(requests: u64, errors: u64) -> Observed {
    observed(requests, errors, requests)
}

#[track_caller]
fn at_the_end(new: Observed, old: Option<Observed>) -> Verdict {
    judge(&THRESHOLDS, &Ok(Observation { new, old }), Watch::ONCE).verdict
}

#[track_caller]
fn reason(verdict: Verdict) -> String {
    let Verdict::Fail { reason } = verdict else { panic!("{verdict:?}") };
    reason
}

#[test]
fn a_release_that_fails_more_than_the_threshold_and_the_old_one_fails() {
    let reason = reason(at_the_end(fast(100, 7), Some(fast(900, 1))));
    insta::assert_snapshot!(reason, @"7.0 % of requests fail (7 of 100), 0.1 % on the old release (1 of 900); at most 2.0 % may, and chance does not explain it");
}

#[test]
fn what_the_old_release_suffers_from_too_is_not_held_against_the_new_one() {
    assert_eq!(at_the_end(observed(100, 7, 80), Some(observed(900, 60, 700))), Verdict::Pass);
}

#[test]
fn what_chance_explains_is_not_held_against_a_release() {
    assert_eq!(at_the_end(fast(100, 3), Some(fast(100, 1))), Verdict::Pass, "3 % is beyond the limit of 2 %");
    assert_eq!(at_the_end(fast(30, 1), None), Verdict::Pass, "so is 1 of 30");
}

#[test]
fn without_an_old_release_the_threshold_is_what_chance_is_measured_against() {
    insta::assert_snapshot!(reason(at_the_end(fast(100, 8), None)), @"8.0 % of requests fail (8 of 100); at most 2.0 % may, and chance alone does this less than once in 1000 times");
    let thin = Some(fast(19, 0));
    assert!(matches!(at_the_end(fast(1_000, 50), thin), Verdict::Fail { .. }), "nor with too little of it");
}

#[test]
fn a_slow_release_fails() {
    let reason = reason(at_the_end(observed(100, 0, 60), Some(fast(900, 0))));
    insta::assert_snapshot!(reason, @"95 % of requests are answered within 900ms, 50ms on the old release; it should be 400ms, and chance does not explain it");
}

#[test]
fn a_slow_tail_fails_a_release_whose_other_requests_are_as_fast_as_before() {
    assert!(matches!(at_the_end(observed(300, 0, 270), Some(fast(2_700, 0))), Verdict::Fail { .. }));
}

#[test]
fn a_percentile_without_its_distribution_counts_at_the_end_of_the_step() {
    let figures = Observed::from(observed(100, 0, 60).measured);
    let observation = Ok(Observation { new: figures, old: Some(fast(900, 0)) });
    let early = Watch { looks: 0, is_over: false };
    assert_eq!(judge(&THRESHOLDS, &observation, early).verdict, Verdict::Pass);
    assert!(matches!(judge(&THRESHOLDS, &observation, Watch::ONCE).verdict, Verdict::Fail { .. }));
}

#[test]
fn too_few_requests_never_pass() {
    assert_eq!(at_the_end(fast(19, 19), None), Verdict::NotEnoughData { requests: 19, needed: 20 });
}

#[test]
fn no_measurement_is_neither_good_nor_bad() {
    let judgement = judge(&THRESHOLDS, &Err("the proxy is away".to_owned()), Watch::ONCE);
    assert_eq!(judgement.verdict, Verdict::CouldNotMeasure { reason: "the proxy is away".to_owned() });
}

#[test]
fn plain_harm_fails_a_release_before_its_step_is_over() {
    let early = Watch { looks: 0, is_over: false };
    let observation = Ok(Observation { new: fast(20, 10), old: Some(fast(180, 0)) });
    assert!(matches!(judge(&THRESHOLDS, &observation, early).verdict, Verdict::Fail { .. }));
}

#[test]
fn data_is_looked_at_again_only_when_there_is_twice_as_much() {
    let look = |looks, requests| {
        let observation = Ok(Observation { new: fast(requests, 0), old: Some(fast(900, 0)) });
        judge(&THRESHOLDS, &observation, Watch { looks, is_over: false }).looks
    };
    assert_eq!(
        [look(0, 19), look(0, 20), look(1, 39), look(1, 40), look(2, 79), look(2, 80)],
        [0, 1, 1, 2, 2, 3]
    );
}
