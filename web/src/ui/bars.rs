//! Numbers side by side: one bar each, with the line that they should stay below.

use leptos::prelude::*;

use crate::chart::{round_top, tenths};
use crate::format;
use crate::ui::svg::{drawing, escaped, line};
use crate::words::Tone;

const HEIGHT: f64 = 80.0;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    /// What it is of, such as a day.
    pub(crate) name: String,
    /// Its value; nothing known is no bar, which is not the same as zero.
    pub(crate) value: Option<f64>,
    /// What its color stands for.
    pub(crate) tone: Tone,
}

/// Bars from left to right. `write` says a value in words; `limit` is where a line is drawn.
pub(crate) fn bars(
    title: &'static str,
    bars: &[Bar],
    write: fn(f64) -> String,
    limit: Option<f64>,
) -> AnyView {
    let svg = drawn(title, bars, write, limit);
    let name = |bar: Option<&Bar>| bar.map(|bar| bar.name.clone()).unwrap_or_default();
    view! {
        <figure class="bars">
            <figcaption class="chart-title">{title}</figcaption>
            {drawing(move || svg.clone())}
            <div class="chart-times" aria-hidden="true">
                <span>{name(bars.first())}</span>
                <span>{name(bars.last())}</span>
            </div>
        </figure>
    }
    .into_any()
}

fn drawn(title: &str, bars: &[Bar], write: fn(f64) -> String, limit: Option<f64>) -> String {
    let largest = bars.iter().filter_map(|bar| bar.value).fold(limit.unwrap_or(0.0), f64::max);
    let top = round_top(largest, 0.0);
    let width = bars.len().max(1) as f64 * 10.0;
    // In words too: what it shows is in the bars' own titles, for the pointer and for screen readers.
    let mut svg = format!(
        r#"<svg viewBox="0 0 {} 80" preserveAspectRatio="none" role="img" aria-label="{}">"#,
        tenths(width),
        escaped(&summary(title, bars, write))
    );
    for (index, bar) in bars.iter().enumerate() {
        let x = index as f64 * 10.0 + 1.0;
        let told = bar.value.map_or_else(|| format::NO_DATA.to_owned(), write);
        let (class, height) = match bar.value {
            Some(value) => (bar.tone.class(), (value / top * HEIGHT).clamp(1.0, HEIGHT)),
            None => ("bar-none", 2.0),
        };
        svg += &format!(
            r#"<rect class="bar {class}" x="{}" y="{}" width="8" height="{}"><title>{}: {}</title></rect>"#,
            tenths(x),
            tenths(HEIGHT - height),
            tenths(height),
            escaped(&bar.name),
            escaped(&told)
        );
    }
    if let Some(limit) = limit {
        let y = HEIGHT * (1.0 - limit / top);
        svg += &line("chart-limit", (0.0, y), (width, y));
    }
    svg + "</svg>"
}

/// The chart in one sentence.
fn summary(title: &str, bars: &[Bar], write: fn(f64) -> String) -> String {
    let known: Vec<f64> = bars.iter().filter_map(|bar| bar.value).collect();
    match known.last() {
        Some(newest) => {
            let most = known.iter().copied().fold(*newest, f64::max);
            format!("{title}: {} last, {} at most", write(*newest), write(most))
        }
        None => format!("{title}: nothing measured"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(value: Option<f64>) -> Bar {
        Bar { name: "<1>".to_owned(), value, tone: Tone::Plain }
    }

    #[test]
    fn nothing_known_is_no_zero() {
        let known = drawn("Deploys", &[bar(Some(0.0))], |value| format::fixed(value, 0), None);
        let unknown = drawn("Deploys", &[bar(None)], |value| format::fixed(value, 0), None);
        assert!(
            known.contains("&lt;1&gt;: 0<") && unknown.contains(&format!("&lt;1&gt;: {}<", format::NO_DATA))
        );
        assert!(unknown.contains("bar-none") && !known.contains("bar-none"));
    }

    #[test]
    fn the_sum_of_bars_is_a_sentence() {
        let bars = [bar(Some(3.0)), bar(Some(2.0)), bar(None)];
        assert_eq!(summary("Deploys", &bars, |value| format::fixed(value, 0)), "Deploys: 2 last, 3 at most");
    }
}
