//! A promotion as text.

use std::fmt::Write as _;

use api::promotion::{Origin, Phase, PromotionSummary, PromotionView};
use jiff::Timestamp;

use super::overview::release;
use super::{Theme, Tone, ago, lasting};

/// A promotion on a few lines: what it brings where, how far it is, what it waits for.
pub(crate) fn promotion(summary: &PromotionSummary, now: Timestamp, theme: Theme) -> String {
    let mut text = format!("{}\n", promotion_line(summary, theme));
    let mut line = |name: &str, what: &str| {
        let _ = writeln!(text, "  {}  {what}", theme.paint(Tone::Muted, &format!("{name:9}")));
    };
    let replaces =
        summary.replaces.as_ref().map_or(String::new(), |old| format!(", replaces {}", release(old)));
    line("brings", &format!("{}{replaces}", release(&summary.release)));
    let how = match summary.origin {
        Origin::Automatic => "proposed by",
        Origin::Manual => "started by",
        Origin::Rollback => "taken back by",
    };
    line("since", &format!("{}, {how} {}", ago(summary.created_at, now), summary.by));
    for reason in &summary.waits_for {
        line("not yet", reason);
    }
    if let Some(at) = summary.finished_at {
        line("took", &lasting(summary.created_at, at));
    }
    if let Some(reason) = &summary.reason {
        line("because", reason);
    }
    text
}

/// What an emergency passes: who asked and why, and every gate that is closed.
pub(crate) fn emergency(view: &PromotionView, theme: Theme) -> String {
    let mut text = String::new();
    if let Some(asked) = &view.overriding {
        let _ = writeln!(text, "{} asked to override its gates: {}", asked.asked_by, asked.reason);
    }
    for gate in view.gates.iter().filter(|gate| !gate.open) {
        let _ = writeln!(text, "  {}  {}", theme.paint(Tone::Warn, "passes"), gate.sentence);
    }
    text
}

/// A promotion on one line.
fn promotion_line(summary: &PromotionSummary, theme: Theme) -> String {
    let PromotionSummary { id, service, environment, phase, .. } = summary;
    let word = theme.paint(phase_tone(*phase), phase_word(*phase));
    format!("{id}  {service} → {environment}  {word}")
}

pub(super) fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting => "waiting",
        Phase::Rolling => "rolling",
        Phase::Baking => "baking",
        Phase::Reverting => "going back",
        Phase::Done => "done",
        Phase::Failed => "failed",
        Phase::RolledBack => "rolled back",
        Phase::Cancelled => "cancelled",
        Phase::Superseded => "superseded",
    }
}

pub(super) fn phase_tone(phase: Phase) -> Tone {
    match phase {
        Phase::Waiting => Tone::Warn,
        Phase::Rolling | Phase::Baking => Tone::Strong,
        Phase::Done => Tone::Good,
        Phase::Reverting | Phase::Failed | Phase::RolledBack => Tone::Bad,
        Phase::Cancelled | Phase::Superseded => Tone::Muted,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_promotion_that_waits_says_for_what() {
        let waiting = samples::waiting();
        insta::assert_snapshot!(promotion(&waiting, samples::now(), Theme::new(false)), @"
        prm_01a2031f427077078707070707070707  storefront → production  waiting
          brings     02020202 (0202020), replaces 01010101 (0101010)
          since      1m 30s ago, proposed by Keelson
          not yet    waits for approval from shop: 0 of 1
          not yet    soaks in staging until 2026-11-22 12:00:20Z
        ");
    }

    #[test]
    fn a_promotion_that_was_taken_back_says_why() {
        let rolled_back = samples::rolled_back().summary;
        insta::assert_snapshot!(promotion(&rolled_back, samples::now(), Theme::new(false)), @"
        prm_01a2031f427077078707070707070707  storefront → production  rolled back
          brings     02020202 (0202020), replaces 01010101 (0101010)
          since      1m 30s ago, proposed by Keelson
          took       1m 15s
          because    10.0 % of requests fail (3 of 30), 0.0 % on the old release; at most 5.0 % may
        ");
    }
}
