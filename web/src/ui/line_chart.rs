//! A chart of lines over time, with ticks where something was deployed and a table of the same numbers.

use jiff::Timestamp;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::chart::{Frame, largest, line_path, round_top};
use crate::format;
use crate::reactive::{Data, dynamic, text};
use crate::ui::disclosure::disclosure;
use crate::ui::spark::Tick;
use crate::ui::svg::{drawing, line, path};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

/// Where an axis of time may end.
const MINUTES: [f64; 11] = [1.0, 2.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 240.0];
/// When a span of time is told by its days rather than by its hours.
const DAYS: i64 = 2 * 86_400;

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// Its name; empty where the chart's title says it.
    pub(crate) name: &'static str,
    /// The values, oldest first; gaps where there are none.
    pub(crate) values: Vec<Option<f64>>,
}

/// What the values of a chart are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// Shares of one.
    Share,
    /// Milliseconds.
    Millis,
    /// So many a second.
    PerSecond,
    /// Seconds, told as minutes and hours.
    Seconds,
}

impl Unit {
    /// How a value is written.
    fn write(self, value: f64) -> String {
        match self {
            Self::Share => format::share(value),
            Self::Millis => format::millis(value),
            Self::PerSecond => format::rate(value),
            Self::Seconds => format::seconds(whole(value)),
        }
    }

    /// The value at the upper edge, unless there is a larger one.
    const fn at_least(self) -> f64 {
        match self {
            Self::Share => 0.05,
            Self::Millis => 50.0,
            Self::PerSecond => 1.0,
            Self::Seconds => 60.0,
        }
    }

    /// A round value at or above the largest, in whole numbers.
    pub(crate) fn top_of(self, largest: u64) -> u64 {
        whole(self.top(largest as f64))
    }

    /// A round value at or above the largest.
    fn top(self, largest: f64) -> f64 {
        match self {
            Self::Seconds => MINUTES.into_iter().map(|minutes| minutes * 60.0).find(|top| *top >= largest),
            Self::Share | Self::Millis | Self::PerSecond => None,
        }
        .unwrap_or_else(|| round_top(largest, self.at_least()))
    }
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plot {
    /// What it is about.
    pub(crate) title: &'static str,
    /// What its values are.
    pub(crate) unit: Unit,
    /// When each value was measured.
    pub(crate) times: Vec<Timestamp>,
    /// The lines, the most important first.
    pub(crate) series: Vec<Series>,
    /// Where something was deployed.
    pub(crate) ticks: Vec<Tick>,
    /// Where harm begins, if there is such a value.
    pub(crate) limit: Option<f64>,
}

impl Plot {
    fn top(&self) -> f64 {
        let values = self.series.iter().map(|series| series.values.as_slice());
        self.unit.top(largest(values).max(self.limit.unwrap_or(0.0)))
    }

    /// What a line says at the cursor, or at its newest value.
    fn reading(&self, series: &Series, cursor: Option<usize>) -> Option<f64> {
        match cursor {
            Some(index) => series.values.get(index).copied().flatten(),
            None => series.values.iter().rev().copied().flatten().next(),
        }
    }

    fn write(&self, value: Option<f64>) -> String {
        value.map_or_else(|| format::NO_DATA.to_owned(), |value| self.unit.write(value))
    }

    /// The chart in one sentence.
    fn summary(&self) -> String {
        let newest = self.series.first().and_then(|series| self.reading(series, None));
        let highest = self.series.first().map(|series| largest([series.values.as_slice()]));
        match (newest, highest) {
            (Some(newest), Some(highest)) => {
                format!(
                    "{}: {} now, {} at most",
                    self.title,
                    self.unit.write(newest),
                    self.unit.write(highest)
                )
            }
            _ => format!("{}: nothing measured", self.title),
        }
    }
}

/// A chart of lines over time, with a cursor that the charts of a page share.
pub(crate) fn line_chart(plot: Data<Plot>, cursor: RwSignal<Option<usize>>) -> AnyView {
    let title = plot.with_untracked(|plot| plot.title);
    let follow = move |event: web_sys::PointerEvent| {
        let area = event.current_target().and_then(|area| area.dyn_into::<web_sys::Element>().ok());
        let Some(edges) = area.map(|area| area.get_bounding_client_rect()) else { return };
        let share = (f64::from(event.client_x()) - edges.left()) / edges.width().max(1.0);
        cursor.set(Frame::nearest(share, plot.with_untracked(|plot| plot.times.len())));
    };
    let summary = view! { <summary>"Numbers"</summary> }.into_any();
    let numbers = move || {
        let table = dynamic(move || plot.with(table));
        let label = format!("{title}, as a table");
        view! { <div class="table-scroll" tabindex="0" role="region" aria-label=label>{table}</div> }
            .into_any()
    };
    view! {
        <figure class="chart">
            <figcaption>
                <span class="chart-title">{title}</span>
                <span class="chart-readings">{dynamic(move || plot.with(|plot| readings(plot, cursor.get())))}</span>
            </figcaption>
            <div class="chart-area" on:pointermove=follow on:pointerleave=move |_| cursor.set(None)>
                <span class="chart-top">{text(move || plot.with(|plot| plot.unit.write(plot.top())))}</span>
                {drawing(move || plot.with(drawn))}
                {drawing(move || plot.with(|plot| cursor_line(plot, cursor.get())))}
            </div>
            <div class="chart-times" aria-hidden="true">{dynamic(move || plot.with(|plot| axis(plot, cursor.get())))}</div>
            {disclosure("chart-table", summary, numbers)}
        </figure>
    }
    .into_any()
}

fn drawn(plot: &Plot) -> String {
    let frame = Frame { width: WIDTH, height: HEIGHT, top: plot.top() };
    let across = |class: &str, y: f64| line(class, (0.0, y), (WIDTH, y));
    let mut svg = format!(
        r#"<svg viewBox="0 0 600 120" preserveAspectRatio="none" role="img" aria-label="{}">"#,
        plot.summary()
    );
    svg += &across("chart-grid", 0.5);
    svg += &across("chart-grid", HEIGHT / 2.0);
    svg += &across("chart-base", HEIGHT - 0.5);
    if let Some(limit) = plot.limit {
        svg += &across("chart-limit", frame.y(limit));
    }
    for Tick { share, kind } in &plot.ticks {
        let x = share * WIDTH;
        svg += &line(&format!("tick tick-{}", kind.word()), (x, 0.0), (x, HEIGHT));
    }
    // The most important one is drawn last, above the others.
    for (index, series) in plot.series.iter().enumerate().rev() {
        svg += &path(&format!("chart-line series-{index}"), &line_path(&series.values, frame));
    }
    svg + "</svg>"
}

/// A drawing of its own, so that moving the pointer draws nothing else again.
fn cursor_line(plot: &Plot, cursor: Option<usize>) -> String {
    let Some(index) = cursor else { return String::new() };
    let x = Frame { width: WIDTH, height: HEIGHT, top: 1.0 }.x(index, plot.times.len());
    let line = line("chart-cursor", (x, 0.0), (x, HEIGHT));
    format!(r#"<svg viewBox="0 0 600 120" preserveAspectRatio="none" aria-hidden="true">{line}</svg>"#)
}

fn table(plot: &Plot) -> AnyView {
    let head = |series: &Series| view! { <th scope="col">{series.name}</th> }.into_any();
    let heads: Vec<AnyView> = plot.series.iter().map(head).collect();
    let row = |(index, at): (usize, &Timestamp)| {
        let cell = |series: &Series| {
            let value = plot.write(series.values.get(index).copied().flatten());
            view! { <td class="number">{value}</td> }.into_any()
        };
        let cells: Vec<AnyView> = plot.series.iter().map(cell).collect();
        view! { <tr><th scope="row">{format::absolute(*at)}</th>{cells}</tr> }.into_any()
    };
    let rows: Vec<AnyView> = plot.times.iter().enumerate().rev().map(row).collect();
    view! { <table class="table"><thead><tr><th scope="col">"Time"</th>{heads}</tr></thead><tbody>{rows}</tbody></table> }
        .into_any()
}

fn readings(plot: &Plot, cursor: Option<usize>) -> AnyView {
    let reading = |(index, series): (usize, &Series)| {
        let name = (!series.name.is_empty())
            .then(|| view! { <span class="reading-name">{series.name}</span> }.into_any());
        let value = plot.write(plot.reading(series, cursor));
        view! { <span class=format!("reading series-{index}")>{name}{value}</span> }.into_any()
    };
    plot.series.iter().enumerate().map(reading).collect::<Vec<_>>().into_any()
}

fn axis(plot: &Plot, cursor: Option<usize>) -> AnyView {
    let times = &plot.times;
    let by_day = match (times.first(), times.last()) {
        (Some(first), Some(last)) => last.as_second() - first.as_second() > DAYS,
        _ => false,
    };
    let write = if by_day { format::day } else { format::hour_and_minute };
    let at = |index: usize| times.get(index).map(|at| write(*at)).unwrap_or_default();
    let middle = match cursor {
        Some(index) if by_day => times.get(index).map(|at| format::absolute(*at)).unwrap_or_default(),
        Some(index) => times.get(index).map(|at| format::time_to_the_second(*at)).unwrap_or_default(),
        None => at(times.len() / 2),
    };
    let last = times.len().checked_sub(1).map(at).unwrap_or_default();
    view! { <span>{at(0)}</span><span>{middle}</span><span>{last}</span> }.into_any()
}

/// Whole seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths of time are neither negative nor long"
)]
const fn whole(seconds: f64) -> u64 {
    seconds as u64
}
