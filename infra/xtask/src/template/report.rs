//! What the gate tells: to people as a table, to programs as JSON.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use super::mutate::Score;
use super::skips::Judged;
use super::{Outcome, rules};
use crate::out;
use crate::timings::seconds;

/// What each step took.
#[derive(Default)]
pub(super) struct Timed {
    steps: Vec<(&'static str, Duration)>,
}

impl Timed {
    /// Runs a step and notes what it took.
    pub(super) fn step<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let done = step()?;
        self.steps.push((name, started.elapsed()));
        Ok(done)
    }
}

/// Tells it all.
pub(super) fn tell(judged: &Judged, mutants: Option<&Score>, timed: &Timed, as_json: bool) {
    if as_json {
        return tell_json(judged, mutants, timed);
    }
    for finding in &judged.red {
        out::problem(&format!("{}  {}  {}", finding.check, finding.resource, finding.what));
    }
    for survivor in mutants.map(|score| score.survivors.as_slice()).unwrap_or_default() {
        out::problem(&format!("nobody sees that {survivor} is gone or weaker"));
    }
    for idle in mutants.map(|score| score.idle.as_slice()).unwrap_or_default() {
        out::problem(&format!("gate.toml calls `{idle}` free, which is not there or is guarded"));
    }
    for (step, took) in &timed.steps {
        out::line(&format!("{step:10} {:>8}", seconds(*took)));
    }
    out::line(&format!(
        "let pass   {:>8}  of which each has a reason, an owner and an end",
        judged.passed.len()
    ));
    if let Some(score) = mutants {
        let all = score.killed + score.survivors.len();
        out::line(&format!(
            "mutants    {:>7.1}%  {} of {all} seen, {} free",
            score.percent(),
            score.killed,
            score.free
        ));
    }
    out::line(&format!("red        {:>8}", outcome(judged, mutants).failed));
}

fn tell_json(judged: &Judged, mutants: Option<&Score>, timed: &Timed) {
    let passed: Vec<_> =
        judged.passed.iter().map(|(finding, reason)| json!({"finding": finding, "reason": reason})).collect();
    let steps: Vec<_> =
        timed.steps.iter().map(|(step, took)| json!({"step": step, "seconds": took.as_secs_f64()})).collect();
    let mutants = mutants.map(|score| {
        json!({"killed": score.killed, "free": score.free, "survivors": score.survivors, "idle": score.idle,
               "percent": score.percent()})
    });
    out::line(
        &json!({"red": judged.red, "let_pass": passed, "steps": steps, "mutants": mutants}).to_string(),
    );
}

/// How it counts: our own rules are a check each, and so is every tool.
pub(super) fn outcome(judged: &Judged, mutants: Option<&Score>) -> Outcome {
    /// cfn-lint and checkov.
    const TOOLS: usize = 2;
    let unseen = mutants.map_or(0, |score| score.survivors.len() + score.idle.len());
    let red: std::collections::BTreeSet<&str> =
        judged.red.iter().map(|finding| finding.check.as_str()).collect();
    let failed = judged.red.len() + unseen;
    Outcome { passed: (rules::COUNT + TOOLS).saturating_sub(red.len()), failed }
}
