//! A chart of lines over time, with ticks where something was deployed and a table of the same numbers.

use jiff::Timestamp;
use leptos::html;
use leptos::prelude::*;

use crate::chart::{Frame, largest, line_path, round_top};
use crate::format;
use crate::ui::spark::Tick;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

/// One line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// Its name; empty where the chart's title says it.
    pub(crate) name: &'static str,
    /// The values, oldest first; gaps where there are none.
    pub(crate) values: Vec<Option<f64>>,
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Plot {
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
    fn top(&self, at_least: f64) -> f64 {
        let values = self.series.iter().map(|series| series.values.as_slice());
        round_top(largest(values).max(self.limit.unwrap_or(0.0)), at_least)
    }

    /// What a line says at the cursor, or at its newest value.
    fn reading(&self, series: &Series, cursor: Option<usize>) -> Option<f64> {
        match cursor {
            Some(index) => series.values.get(index).copied().flatten(),
            None => series.values.iter().rev().copied().flatten().next(),
        }
    }
}

/// A chart of lines over time.
#[component]
pub(crate) fn LineChart(
    /// What it shows.
    title: &'static str,
    /// The lines.
    #[prop(into)]
    plot: Signal<Plot>,
    /// How a value is written.
    write: fn(f64) -> String,
    /// The value at the upper edge, unless there is a larger one.
    at_least: f64,
    /// The index that the pointer is at, shared by the charts of a page.
    cursor: RwSignal<Option<usize>>,
) -> impl IntoView {
    let area = NodeRef::<html::Div>::new();
    let top = Memo::new(move |_| plot.with(|plot| plot.top(at_least)));
    let frame = move || Frame { width: WIDTH, height: HEIGHT, top: top.get() };
    let count = Memo::new(move |_| plot.with(|plot| plot.times.len()));
    let follow = move |event: web_sys::PointerEvent| {
        let Some(area) = area.get_untracked() else { return };
        let edges = area.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - edges.left()) / edges.width().max(1.0);
        cursor.set(Frame::nearest(share, count.get_untracked()));
    };
    let summary = move || {
        plot.with(|plot| {
            let newest = plot.series.first().and_then(|series| plot.reading(series, None));
            let highest = plot.series.first().map(|series| largest([series.values.as_slice()]));
            match (newest, highest) {
                (Some(newest), Some(highest)) => {
                    format!("{title}: {} now, {} at most", write(newest), write(highest))
                }
                _ => format!("{title}: nothing measured"),
            }
        })
    };
    view! {
        <figure class="chart">
            <figcaption>
                <span class="chart-title">{title}</span>
                <span class="chart-readings">
                    {move || plot.with(|plot| readings(plot, cursor.get(), write))}
                </span>
            </figcaption>
            <div
                class="chart-area"
                node_ref=area
                on:pointermove=follow
                on:pointerleave=move |_| cursor.set(None)
            >
                <span class="chart-top">{move || write(top.get())}</span>
                <svg
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=summary
                >
                    <line class="chart-grid" x1="0" x2=WIDTH y1="0.5" y2="0.5" />
                    <line class="chart-grid" x1="0" x2=WIDTH y1=HEIGHT / 2.0 y2=HEIGHT / 2.0 />
                    <line class="chart-base" x1="0" x2=WIDTH y1=HEIGHT - 0.5 y2=HEIGHT - 0.5 />
                    {move || plot.with(|plot| plot.limit.map(|limit| {
                        let y = frame().y(limit);
                        view! { <line class="chart-limit" x1="0" x2=WIDTH y1=y y2=y /> }
                    }))}
                    {move || plot.with(ticks)}
                    {move || plot.with(|plot| lines(plot, frame()))}
                    {move || cursor.get().map(|index| {
                        let x = frame().x(index, count.get());
                        view! { <line class="chart-cursor" x1=x x2=x y1="0" y2=HEIGHT /> }
                    })}
                </svg>
            </div>
            <div class="chart-times" aria-hidden="true">
                {move || plot.with(|plot| axis(&plot.times, cursor.get()))}
            </div>
            <ChartTable title plot write />
        </figure>
    }
}

/// The same numbers as a table, made only when asked for.
#[component]
fn ChartTable(title: &'static str, plot: Signal<Plot>, write: fn(f64) -> String) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let is_open = RwSignal::new(false);
    let toggled = move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()));
    view! {
        <details class="chart-table" node_ref=details on:toggle=toggled>
            <summary>"Numbers"</summary>
            <Show when=move || is_open.get()>
                <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{title}, as a table")>
                    {move || plot.with(|plot| table(plot, write))}
                </div>
            </Show>
        </details>
    }
}

fn table(plot: &Plot, write: fn(f64) -> String) -> impl IntoView + use<> {
    let heads = plot.series.iter().map(|series| view! { <th scope="col">{series.name}</th> }).collect_view();
    let rows = plot
        .times
        .iter()
        .enumerate()
        .rev()
        .map(|(index, at)| {
            let cells = plot.series.iter().map(|series| {
                let value = series.values.get(index).copied().flatten();
                view! { <td class="number">{value.map_or_else(|| format::NO_DATA.to_owned(), write)}</td> }
            });
            view! { <tr><th scope="row">{format::absolute(*at)}</th>{cells.collect_view()}</tr> }
        })
        .collect_view();
    view! { <table class="table"><thead><tr><th scope="col">"Time"</th>{heads}</tr></thead><tbody>{rows}</tbody></table> }
}

fn readings(plot: &Plot, cursor: Option<usize>, write: fn(f64) -> String) -> impl IntoView + use<> {
    plot.series
        .iter()
        .enumerate()
        .map(|(index, series)| {
            let value = plot.reading(series, cursor).map_or_else(|| format::NO_DATA.to_owned(), write);
            view! {
                <span class=format!("reading series-{index}")>
                    {(!series.name.is_empty()).then(|| view! { <span class="reading-name">{series.name}</span> })}
                    {value}
                </span>
            }
        })
        .collect_view()
}

fn lines(plot: &Plot, frame: Frame) -> impl IntoView + use<> {
    // The most important one is drawn last, above the others.
    plot.series
        .iter()
        .enumerate()
        .rev()
        .map(|(index, series)| {
            view! { <path class=format!("chart-line series-{index}") d=line_path(&series.values, frame) /> }
        })
        .collect_view()
}

fn ticks(plot: &Plot) -> impl IntoView + use<> {
    plot.ticks
        .iter()
        .map(|tick| {
            let x = tick.share * WIDTH;
            view! { <line class=format!("tick tick-{}", tick.kind) x1=x x2=x y1="0" y2=HEIGHT /> }
        })
        .collect_view()
}

fn axis(times: &[Timestamp], cursor: Option<usize>) -> impl IntoView + use<> {
    let at = |index: usize| times.get(index).map(|at| format::hour_and_minute(*at));
    let middle = match cursor {
        Some(index) => times.get(index).map(|at| at.strftime("%H:%M:%S").to_string()),
        None => at(times.len() / 2),
    };
    view! { <span>{at(0)}</span><span>{middle}</span><span>{times.len().checked_sub(1).and_then(at)}</span> }
}
