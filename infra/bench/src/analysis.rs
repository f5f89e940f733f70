//! How often a verdict is wrong: rollouts simulated with requests made up, judged by the rule the product judges by.

use anyhow::Result;
use domain::Period;
use domain::analysis::{FALSE_ALARMS, Latencies, Measured, Observation, Observed, Verdict, Watch, judge};
use domain::manifest::Thresholds;

use crate::Setting;
use crate::figure::{Aim, Figure};

/// Simulated rollouts per figure and run.
const ROLLOUTS: u32 = 4_000;

/// What is simulated: one step of a rollout, looked at once a second while requests come in.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The new release's share of traffic.
    weight: u8,
    /// How many requests the new release has served at the end.
    requests: u64,
    new: Quality,
    old: Quality,
}

/// How a release answers.
#[derive(Debug, Clone, Copy)]
struct Quality {
    /// The share of requests that fail.
    errors: f64,
    /// The median latency in microseconds; latencies are log-normal.
    median: f64,
}

/// A sound release: one request in two hundred fails, half of them are answered within 40 ms.
const SOUND: Quality = Quality { errors: 0.005, median: 40_000.0 };

const THRESHOLDS: Thresholds =
    Thresholds { error_rate: Some(0.02), p95: Some(Period::millis(150)), minimum_requests: None };

/// `SplitMix64` (Steele, Lea & Flood 2014): the same numbers for the same seed, on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1, without 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of the standard normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }
}

/// What one release has served so far.
struct Served {
    quality: Quality,
    requests: u64,
    errors: u64,
    /// By the bin of an eighth of a doubling, as the product's own histogram has them.
    bins: std::collections::BTreeMap<i32, u64>,
}

impl Served {
    const fn new(quality: Quality) -> Self {
        Self { quality, requests: 0, errors: 0, bins: std::collections::BTreeMap::new() }
    }

    fn request(&mut self, random: &mut Random) {
        self.requests += 1;
        self.errors += u64::from(random.share() < self.quality.errors);
        let micros = self.quality.median * (0.6 * random.normal()).exp();
        #[expect(clippy::cast_possible_truncation, reason = "a bin of a latency")]
        let bin = (micros.log2() * 8.0).ceil() as i32;
        *self.bins.entry(bin).or_default() += 1;
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds of a request")]
    fn observed(&self) -> Observed {
        let micros = |bin: i32| ((f64::from(bin) - 0.5) / 8.0).exp2() as u64;
        let mut seen = 0;
        let bin_of_p95 = self.bins.iter().find(|(_, count)| {
            seen += **count;
            seen * 100 >= self.requests * 95
        });
        let p95 = bin_of_p95.map(|(bin, _)| Period::millis((micros(*bin) / 1_000) as u32));
        let measured = Measured { requests: self.requests, errors: self.errors, p50: p95, p95, p99: p95 };
        let latencies = Latencies::new(self.bins.iter().map(|(bin, count)| (micros(*bin), *count)));
        Observed { measured, latencies }
    }
}

/// Whether the step fails, looked at after every twentieth of its requests.
fn fails(step: Step, random: &mut Random) -> bool {
    let (mut new, mut old, mut looks) = (Served::new(step.new), Served::new(step.old), 0);
    while new.requests < step.requests {
        let is_new = random.share() * 100.0 < f64::from(step.weight);
        let server = if is_new { &mut new } else { &mut old };
        server.request(random);
        let is_over = new.requests == step.requests;
        if is_new && (is_over || new.requests.is_multiple_of((step.requests / 20).max(1))) {
            let observation = Ok(Observation { new: new.observed(), old: Some(old.observed()) });
            let judgement = judge(&THRESHOLDS, &observation, Watch { looks, is_over });
            looks = judgement.looks;
            if matches!(judgement.verdict, Verdict::Fail { .. }) {
                return true;
            }
        }
    }
    false
}

/// The share of simulated steps that fail.
fn share_of_failures(step: Step, rollouts: u32, seed: u64) -> f64 {
    let mut random = Random(seed);
    let failed = (0..rollouts).filter(|_| fails(step, &mut random)).count();
    f64::from(u32::try_from(failed).unwrap_or(u32::MAX)) / f64::from(rollouts)
}

/// A new release that is as good as the old one, at the traffic of a step.
const fn alike(weight: u8, requests: u64, quality: Quality) -> Step {
    Step { weight, requests, new: quality, old: quality }
}

/// The steps whose false alarms are counted: sound releases, and releases that are beyond the thresholds both.
const ALIKE: [(&str, Step); 4] = [
    ("false_alarms_sound", alike(10, 200, SOUND)),
    ("false_alarms_sound_half", alike(50, 2_000, SOUND)),
    ("false_alarms_failing_both", alike(10, 200, Quality { errors: 0.05, ..SOUND })),
    ("false_alarms_slow_both", alike(50, 1_000, Quality { median: 140_000.0, errors: 0.03 })),
];

const fn failing(weight: u8) -> Step {
    Step {
        weight,
        requests: 200,
        new: Quality { errors: 0.05, ..SOUND },
        old: Quality { errors: 0.001, ..SOUND },
    }
}

/// The steps in which harm is to be caught.
const HARM: [(&str, Step); 3] = [
    ("caught_errors_5_percent_at_5", failing(5)),
    ("caught_errors_5_percent_at_20", failing(20)),
    (
        "caught_latency_tripled",
        Step { weight: 20, requests: 200, new: Quality { median: 120_000.0, ..SOUND }, old: SOUND },
    ),
];

/// At half of the traffic the old release serves no more than the new one, and two hundred requests of each leave more to
/// chance: no aim, but said.
const HARM_AT_HALF: (&str, Step) = ("caught_errors_5_percent_at_50", failing(50));

/// Measures how often a verdict is wrong.
pub(crate) fn run(setting: &Setting) -> Result<Vec<Figure>> {
    let figure = |(name, step): (&'static str, Step)| {
        let runs = (0..setting.runs).map(|seed| share_of_failures(step, ROLLOUTS, seed.into())).collect();
        Figure::median("analysis", name, &runs, "share")
    };
    let alike = ALIKE.map(|one| anyhow::Ok(figure(one)?.aim(Aim::AtMost(FALSE_ALARMS))));
    let harm = HARM.map(|one| anyhow::Ok(figure(one)?.aim(Aim::AtLeast(0.95))));
    alike.into_iter().chain(harm).chain([figure(HARM_AT_HALF)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_as_good_as_the_old_one_fails_at_most_twice_in_a_hundred() {
        for (name, step) in ALIKE {
            let share = share_of_failures(step, 1_000, 7);
            assert!(share <= FALSE_ALARMS, "{name}: {share}");
        }
    }

    #[test]
    fn five_percent_of_errors_are_caught_at_two_hundred_requests() {
        for (name, step) in HARM {
            let share = share_of_failures(step, 1_000, 7);
            assert!(share >= 0.95, "{name}: {share}");
        }
    }
}
