//! Traffic the size of a word, with ticks where something was deployed.

use leptos::prelude::*;

use crate::chart::{Frame, area_path, largest, line_path};
use crate::ui::svg::{drawing, escaped, line, path};

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;
/// The share of errors at the upper edge, unless there were more.
const FULL_ERROR_SHARE: f64 = 0.1;

/// A tick on a chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Where, as a share of the width.
    pub(crate) share: f64,
    /// What it marks.
    pub(crate) kind: TickKind,
}

/// What a tick marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TickKind {
    /// A release.
    Deploy,
    /// A release that was taken back.
    Rollback,
    /// A release that failed.
    Failed,
}

impl TickKind {
    /// What the word on the wire means; what a newer server marks is a deploy of some kind.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "rollback" => Self::Rollback,
            "failed" => Self::Failed,
            _ => Self::Deploy,
        }
    }

    /// The word in the names of classes.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Failed => "failed",
        }
    }
}

/// What a [`spark`] shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sparks {
    /// The same in words, for those who cannot see it.
    pub(crate) label: String,
    /// How much there was, oldest first; gaps where nothing is known.
    pub(crate) volume: Vec<Option<f64>>,
    /// The share of it that failed.
    pub(crate) errors: Vec<Option<f64>>,
    /// Where something was deployed.
    pub(crate) ticks: Vec<Tick>,
}

/// Traffic the size of a word: how much there was as an area, how much of it failed as a line.
pub(crate) fn spark(sparks: impl Fn() -> Sparks + Send + 'static) -> AnyView {
    drawing(move || drawn(&sparks()))
}

fn drawn(sparks: &Sparks) -> String {
    let frame = |values: &[Option<f64>], at_least: f64| Frame {
        width: WIDTH,
        height: HEIGHT - 2.0,
        top: largest([values]).max(at_least),
    };
    let mut svg = format!(
        r#"<svg class="spark" viewBox="0 -1 120 28" preserveAspectRatio="none" role="img" aria-label="{}">"#,
        escaped(&sparks.label)
    );
    for Tick { share, kind } in &sparks.ticks {
        let x = share * WIDTH;
        svg += &line(&format!("tick tick-{}", kind.word()), (x, -1.0), (x, HEIGHT));
    }
    svg += &path("spark-area", &area_path(&sparks.volume, frame(&sparks.volume, 1.0)));
    svg += &path("spark-line", &line_path(&sparks.errors, frame(&sparks.errors, FULL_ERROR_SHARE)));
    svg + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_is_an_area_a_line_and_its_ticks() {
        let sparks = Sparks {
            label: "last 1 h".to_owned(),
            volume: vec![Some(1.0), Some(2.0)],
            errors: vec![None, Some(0.1)],
            ticks: vec![Tick { share: 0.5, kind: TickKind::of("rollback") }],
        };
        insta::assert_snapshot!(drawn(&sparks), @r#"<svg class="spark" viewBox="0 -1 120 28" preserveAspectRatio="none" role="img" aria-label="last 1 h"><line class="tick tick-rollback" x1="60.0" y1="-1.0" x2="60.0" y2="28.0"/><path class="spark-area" d="M0.0 26.0L0.0 13.0L120.0 0.0L120.0 26.0Z"/><path class="spark-line" d="M120.0 0.0h0.1"/></svg>"#);
    }
}
