//! Traffic the size of a word, with ticks where something was deployed.

use leptos::prelude::*;

use crate::chart::{Frame, area_path, largest, line_path};

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;
/// The share of errors at the upper edge, unless there were more.
const FULL_ERROR_SHARE: f64 = 0.1;

/// A tick on a chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Where, as a share of the width.
    pub(crate) share: f64,
    /// `deploy`, `rollback` or `failed`.
    pub(crate) kind: String,
}

/// Traffic the size of a word: how much there was as an area, how much of it failed as a line.
#[component]
pub(crate) fn Spark(
    /// What it shows, in words, for those who cannot see it.
    #[prop(into)]
    label: Signal<String>,
    /// How much there was, oldest first; gaps where nothing is known.
    #[prop(into)]
    volume: Signal<Vec<Option<f64>>>,
    /// The share of it that failed.
    #[prop(into)]
    errors: Signal<Vec<Option<f64>>>,
    /// Where something was deployed.
    #[prop(into)]
    ticks: Signal<Vec<Tick>>,
) -> impl IntoView {
    let frame = |values: &[Option<f64>], at_least: f64| Frame {
        width: WIDTH,
        height: HEIGHT - 2.0,
        top: largest([values]).max(at_least),
    };
    let area = move || volume.with(|values| area_path(values, frame(values, 1.0)));
    let line = move || errors.with(|values| line_path(values, frame(values, FULL_ERROR_SHARE)));
    view! {
        <svg
            class="spark"
            viewBox=format!("0 -1 {WIDTH} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=move || label.get()
        >
            {move || ticks.with(|ticks| ticks.iter().map(mark).collect_view())}
            <path class="spark-area" d=area />
            <path class="spark-line" d=line />
        </svg>
    }
}

fn mark(tick: &Tick) -> impl IntoView + use<> {
    let x = format!("{:.1}", tick.share * WIDTH);
    view! { <line class=format!("tick tick-{}", tick.kind) x1=x.clone() x2=x y1="-1" y2=HEIGHT /> }
}
