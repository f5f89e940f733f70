//! The rule: what is beyond a threshold fails a release only if chance does not explain it.

use super::statistics::{Share, beyond, slower, worse};
use super::{Observation, Observed, Verdict};
use crate::Period;
use crate::manifest::Thresholds;

/// How many requests make the figures count when the manifest does not say.
pub const DEFAULT_MINIMUM_REQUESTS: u64 = 20;

/// How often at most a step fails a release that is as good as the old one.
///
/// It is spent on everything that a step asks of the data: the sum of what each question may err by bounds the error
/// of all (Bonferroni), however the answers hang together. A tenth is kept back, because mid-p may err a little more
/// often than it says.
pub const FALSE_ALARMS: f64 = 0.02;

/// What the questions at the end of a step, and all of those on the way there, may err by. Little is spent on the way:
/// early looks are for harm that is plain.
struct Risk {
    at_the_end: f64,
    on_the_way: f64,
}

const ERRORS: Risk = Risk { at_the_end: 0.014, on_the_way: 0.002 };
/// Of each of the two questions about latency.
const LATENCY: Risk = Risk { at_the_end: 0.000_7, on_the_way: 0.000_3 };

impl Risk {
    /// What look number `look` may err by; looks are counted from 1. The shares 6/(π²k²) add up to 1.
    fn at(&self, look: Look) -> f64 {
        match look {
            Look::End => self.at_the_end,
            Look::Early(k) => self.on_the_way * 6.0 / (std::f64::consts::PI * f64::from(k)).powi(2),
        }
    }
}

/// When a step's data is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// For the k-th time before its end, from 1.
    Early(u32),
    /// At its end.
    End,
}

/// How far the watching of a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// How often its data has been looked at.
    pub looks: u32,
    /// Whether its time is over.
    pub is_over: bool,
}

impl Watch {
    /// The one look at data that nobody has looked at before.
    pub const ONCE: Self = Self { looks: 0, is_over: true };

    /// Which look is due with so many requests. Looking at every tick would find "harm" sooner or later in any data, so
    /// the requests must double from look to look, and each look costs some of what may be erred by.
    fn due(self, requests: u64, needed: u64) -> Option<Look> {
        if self.is_over {
            return Some(Look::End);
        }
        let next = needed.max(1).checked_shl(self.looks).unwrap_or(u64::MAX);
        (requests >= next).then_some(Look::Early(self.looks + 1))
    }
}

/// What came of judging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What the measurements say.
    pub verdict: Verdict,
    /// How often the step's data has been looked at by now.
    pub looks: u32,
}

/// Judges a release by its thresholds, beside the old release over the same time.
///
/// A figure beyond its threshold counts only if it is worse than the old release's by more than chance: errors by
/// Fisher's exact test, latency by the rank test or by the share of requests beyond the threshold. Where the old release
/// serves too little to compare with, the threshold itself is what chance is measured against. Altogether a step fails
/// a release that is as good as the old one at most [`FALSE_ALARMS`] of the time.
pub fn judge(thresholds: &Thresholds, observed: &Result<Observation, String>, watch: Watch) -> Judgement {
    let unchanged = |verdict| Judgement { verdict, looks: watch.looks };
    if thresholds.error_rate.is_none() && thresholds.p95.is_none() {
        return unchanged(Verdict::Pass);
    }
    let observation = match observed {
        Ok(observation) => observation,
        Err(reason) => return unchanged(Verdict::CouldNotMeasure { reason: reason.clone() }),
    };
    let requests = observation.new.measured.requests;
    let needed = thresholds.minimum_requests.unwrap_or(DEFAULT_MINIMUM_REQUESTS);
    if requests < needed {
        return unchanged(Verdict::NotEnoughData { requests, needed });
    }
    let Some(look) = watch.due(requests, needed) else { return unchanged(Verdict::Pass) };
    // An old release with a small fraction of the requests would let chance explain anything.
    let old = observation.old.as_ref().filter(|old| old.measured.requests >= needed.max(requests / 10));
    let reason = errors(thresholds, &observation.new, old, ERRORS.at(look))
        .or_else(|| latency(thresholds, &observation.new, old, LATENCY.at(look), look));
    let verdict = reason.map_or(Verdict::Pass, |reason| Verdict::Fail { reason });
    Judgement { verdict, looks: watch.looks + 1 }
}

fn errors(thresholds: &Thresholds, new: &Observed, old: Option<&Observed>, risk: f64) -> Option<String> {
    let limit = thresholds.error_rate?;
    let share =
        |observed: &Observed| Share { bad: observed.measured.errors, all: observed.measured.requests };
    let (seen, before) = (share(new), old.map(share));
    if seen.value() <= limit {
        return None;
    }
    let p = before.map_or_else(|| beyond(seen, limit), |before| worse(seen, before));
    if p > risk {
        return None;
    }
    let counts = |share: Share| format!("({} of {})", share.bad, share.all);
    let beside = before.map_or(String::new(), |before| {
        format!(", {} on the old release {}", percent(before.value()), counts(before))
    });
    let (share, limit) = (percent(seen.value()), percent(limit));
    Some(format!("{share} of requests fail {}{beside}; at most {limit} may{}", counts(seen), chance(p)))
}

fn latency(
    thresholds: &Thresholds,
    new: &Observed,
    old: Option<&Observed>,
    risk: f64,
    look: Look,
) -> Option<String> {
    let limit = thresholds.p95?;
    let p95 = new.measured.p95?;
    let before = old.and_then(|old| old.measured.p95);
    if p95 <= limit || before.is_some_and(|before| p95 <= before) {
        return None;
    }
    let chance = if new.latencies.count() == 0 {
        // Only the figures are known: nothing can be tested, and they count when the step has had its time.
        if look != Look::End {
            return None;
        }
        String::new()
    } else {
        let p = slower_by_chance(limit, new, old);
        if p > risk {
            return None;
        }
        chance(p)
    };
    let beside = before.map_or(String::new(), |before| format!(", {before} on the old release"));
    Some(format!("95 % of requests are answered within {p95}{beside}; it should be {limit}{chance}"))
}

/// The smaller of two p-values: of the rank test, and of the share of requests that take longer than the limit, which
/// sees a slow tail that ranks hardly show.
fn slower_by_chance(limit: Period, new: &Observed, old: Option<&Observed>) -> f64 {
    let micros = u64::try_from(limit.as_millis()).unwrap_or(0).saturating_mul(1_000);
    let tail = |observed: &Observed| Share {
        bad: observed.latencies.slower_than(micros),
        all: observed.latencies.count(),
    };
    match old.filter(|old| old.latencies.count() > 0) {
        Some(old) => worse(tail(new), tail(old)).min(slower(&new.latencies, &old.latencies)),
        // 95 % within the limit means that at most 5 % are beyond it.
        None => beyond(tail(new), 0.05),
    }
}

/// A share for people.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// What a p-value means, for people.
fn chance(p: f64) -> String {
    let one_in = (1.0 / p.max(1e-6)).round();
    match one_in {
        one_in if one_in >= 1e6 => ", and chance does not explain it".to_owned(),
        one_in => format!(", and chance alone does this less than once in {} times", rounded_down(one_in)),
    }
}

/// To one digit that means something: 62 and 6 200 are 60 and 6 000.
fn rounded_down(number: f64) -> f64 {
    let scale = 10_f64.powf(number.max(1.0).log10().floor());
    (number / scale).floor() * scale
}
