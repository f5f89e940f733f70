//! A rollout while it happens: as a picture that is drawn again, or as lines that follow each other.

use std::fmt::Write as _;

use api::promotion::{GateView, Phase, PromotionView, StepView};
use domain::analysis::{Comparison, Verdict};
use jiff::Timestamp;

use super::overview::{release, traffic};
use super::promotion::{phase_tone, phase_word};
use super::{Theme, Tone, lasting};

/// The whole promotion as it is now: gates, steps, new beside old, and how it ended.
pub(crate) fn picture(view: &PromotionView, now: Timestamp, theme: Theme) -> String {
    let summary = &view.summary;
    let replaces =
        summary.replaces.as_ref().map_or(String::new(), |old| format!(", replaces {}", release(old)));
    let title = format!("{} → {}", summary.service, summary.environment);
    let mut text =
        format!("{}  {}{replaces}\n", theme.paint(Tone::Strong, &title), release(&summary.release));
    if summary.phase == Phase::Waiting {
        for gate in &view.gates {
            let _ = writeln!(text, "  {}", gate_line(gate, now, theme));
        }
    } else {
        for step in &view.steps {
            let _ = writeln!(text, "  {}", step_line(step, now, theme));
        }
    }
    let _ = writeln!(text, "  {}", ending(view, now, theme));
    if let Some(failure) = &view.failure {
        for line in failure.last_probe.iter().chain(&failure.log_tail) {
            let _ = writeln!(text, "    {}", theme.paint(Tone::Muted, line));
        }
    }
    text
}

fn gate_line(gate: &GateView, now: Timestamp, theme: Theme) -> String {
    let (tone, mark) = if gate.open { (Tone::Good, "✔") } else { (Tone::Warn, "·") };
    let left = gate
        .opens_at
        .filter(|at| *at > now)
        .map_or(String::new(), |at| format!(" ({} left)", lasting(now, at)));
    let name = gate.gate.replace('_', " ");
    format!("{} {name:20} {}{left}", theme.paint(tone, mark), gate.sentence)
}

fn step_line(step: &StepView, now: Timestamp, theme: Theme) -> String {
    let (tone, mark) = match step.status.as_str() {
        "passed" => (Tone::Good, "✔"),
        "failed" => (Tone::Bad, "✘"),
        "stopped" => (Tone::Muted, "–"),
        "rolling" | "baking" => (Tone::Strong, "●"),
        _ => (Tone::Muted, "·"),
    };
    let share = format!("{:>5}", step.weight.to_string());
    let mut line = format!("{} {share}  {}", theme.paint(tone, mark), step.status);
    if let Some(until) = step.until.filter(|until| *until > now && step.ended_at.is_none()) {
        let _ = write!(line, ", {} left", lasting(now, until));
    } else if step.status == "planned" {
        let _ = write!(line, ", to be watched for {}", step.bake);
    }
    let verdict = step.verdict.as_ref().filter(|_| step.ended_at.is_none()).and_then(verdict);
    let verdict = verdict.map(|sentence| theme.paint(Tone::Warn, &sentence));
    let below = step.measured.iter().flat_map(comparison).chain(verdict);
    below.fold(line, |line, more| format!("{line}\n             {more}"))
}

fn comparison(comparison: &Comparison) -> Vec<String> {
    let new = traffic(&comparison.new).unwrap_or_else(|| "no requests yet".to_owned());
    let old = comparison.old.as_ref().and_then(traffic);
    std::iter::once(format!("new  {new}")).chain(old.map(|old| format!("old  {old}"))).collect()
}

/// What measurements say, unless they say that all is well.
fn verdict(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Pass => None,
        Verdict::Fail { reason } => Some(reason.clone()),
        Verdict::NotEnoughData { requests, needed } => {
            Some(format!("{requests} of the {needed} requests it takes to judge"))
        }
        Verdict::CouldNotMeasure { reason } => Some(format!("cannot be measured: {reason}")),
    }
}

fn ending(view: &PromotionView, now: Timestamp, theme: Theme) -> String {
    let summary = &view.summary;
    let word = theme.paint(phase_tone(summary.phase), phase_word(summary.phase));
    let took = match summary.finished_at {
        Some(at) => format!(" after {}", lasting(summary.created_at, at)),
        None => format!(", {} so far", lasting(summary.created_at, now)),
    };
    let waits = summary.waits_for.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
    let why = summary.reason.as_deref().unwrap_or(&waits);
    if why.is_empty() || summary.phase == Phase::Waiting {
        return format!("{word}{took}");
    }
    format!("{word}{took}: {why}")
}

/// What is new since the promotion was last seen, a line for each thing.
pub(crate) fn news(before: Option<&PromotionView>, view: &PromotionView) -> Vec<String> {
    let mut lines = Vec::new();
    let summary = &view.summary;
    let seen = before.map(|before| &before.summary);
    if before.is_none() {
        lines.push(format!("{} → {}: {}", summary.service, summary.environment, release(&summary.release)));
    }
    if summary.phase == Phase::Waiting && seen.is_none_or(|seen| seen.waits_for != summary.waits_for) {
        lines.extend(summary.waits_for.iter().cloned());
    }
    for (index, step) in view.steps.iter().enumerate() {
        let old = before.and_then(|before| before.steps.get(index));
        if old.is_none_or(|old| old.status != step.status) && step.started_at.is_some() {
            lines.push(step_news(step));
        }
    }
    if seen.is_none_or(|seen| seen.phase != summary.phase) {
        let reason = summary.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
        if summary.phase == Phase::Reverting || summary.phase.is_finished() {
            lines.push(format!("{}{reason}", phase_word(summary.phase)));
        }
    }
    let asks =
        matches!(summary.phase, Phase::Baking) && seen.is_none_or(|seen| seen.waits_for != summary.waits_for);
    if asks {
        lines.extend(summary.waits_for.iter().cloned());
    }
    lines
}

fn step_news(step: &StepView) -> String {
    let mut line = format!("{} {}", step.weight, step.status);
    if step.status == "baking" {
        let _ = write!(line, " for {}", step.bake);
    }
    if let (Some(measured), Some(_)) = (&step.measured, step.ended_at) {
        let _ = write!(line, ": {}", comparison(measured).join(" | "));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn check(view: &PromotionView) -> String {
        picture(view, samples::now(), Theme::new(false))
    }

    #[test]
    fn a_waiting_promotion_shows_its_gates() {
        insta::assert_snapshot!(check(&samples::waiting_view()), @"
        storefront → production  02020202 (0202020), replaces 01010101 (0101010)
          ✔ checks               lint, unit, integration are green
          ✔ previous environment verified in staging
          · soak                 soaks in staging until 2026-11-22 12:00:20Z (20s left)
          · approvals            waits for approval from shop: 0 of 1
          waiting, 1m 30s so far
        ");
    }

    #[test]
    fn a_canary_shows_new_beside_old_and_the_time_left() {
        insta::assert_snapshot!(check(&samples::canary()), @"
        storefront → production  02020202 (0202020), replaces 01010101 (0101010)
          ✔  10 %  passed
                     new  42 req · 0.0 % err · p95 12ms
                     old  380 req · 0.0 % err · p95 11ms
          ●  50 %  baking, 9s left
                     new  12 req · 0.0 % err · p95 13ms
                     old  11 req · 0.0 % err · p95 11ms
                     12 of the 20 requests it takes to judge
          · 100 %  planned, to be watched for 15s
          baking, 1m 30s so far
        ");
    }

    #[test]
    fn a_canary_that_went_back_reads_as_a_report() {
        insta::assert_snapshot!(check(&samples::rolled_back()), @"
        storefront → production  02020202 (0202020), replaces 01010101 (0101010)
          ✘  10 %  failed
                     new  30 req · 10.0 % err · p95 12ms
                     old  270 req · 0.0 % err · p95 11ms
          –  50 %  stopped
          – 100 %  stopped
          rolled back after 1m 15s: 10.0 % of requests fail (3 of 30), 0.0 % on the old release; at most 5.0 % may
        ");
    }

    #[test]
    fn without_a_terminal_only_news_is_told() {
        let stages = [samples::waiting_view(), samples::canary(), samples::canary(), samples::rolled_back()];
        let mut before = None;
        let mut lines = Vec::new();
        for stage in &stages {
            lines.extend(news(before, stage));
            lines.push("--".to_owned());
            before = Some(stage);
        }
        insta::assert_snapshot!(lines.join("\n"), @"
        storefront → production: 02020202 (0202020)
        waits for approval from shop: 0 of 1
        soaks in staging until 2026-11-22 12:00:20Z
        --
        10 % passed: new  42 req · 0.0 % err · p95 12ms | old  380 req · 0.0 % err · p95 11ms
        50 % baking for 15s
        --
        --
        10 % failed: new  30 req · 10.0 % err · p95 12ms | old  270 req · 0.0 % err · p95 11ms
        rolled back: 10.0 % of requests fail (3 of 30), 0.0 % on the old release; at most 5.0 % may
        --
        ");
    }
}
