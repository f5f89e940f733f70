//! Runs side by side: one column each, running solid, waiting hatched, and the line that they should stay below.

use leptos::prelude::*;

use crate::format;
use crate::ui::svg::{drawing, escaped, hatch, hatched, line, rectangle};
use crate::ui::unique_id;

const HEIGHT: f64 = 120.0;
/// How wide a column is with the gap beside it.
const COLUMN: f64 = 10.0;
/// A few columns are not drawn wider than this many would be.
const FEWEST: usize = 24;

/// One column. Lengths are in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stack {
    /// What it is of.
    pub(crate) name: String,
    /// Running.
    pub(crate) run: u64,
    /// Waiting.
    pub(crate) queue: u64,
    /// Neither.
    pub(crate) other: u64,
    /// Whether it is counted apart: then it is drawn as an outline.
    pub(crate) apart: bool,
}

impl Stack {
    fn total(&self) -> u64 {
        self.run + self.queue + self.other
    }
}

/// Columns from left to right, below a title; `top` is the value at the upper edge, `limit` where the line is.
pub(crate) fn stacks(title: &'static str, all: &[Stack], top: u64, limit: u64, ends: [String; 2]) -> AnyView {
    let svg = drawn(title, all, top, limit);
    let [first, last] = ends;
    view! {
        <figure class="chart">
            <figcaption>
                <span class="chart-title">{title}</span>
                <span class="chart-readings" aria-hidden="true">
                    <span class="reading key-run">"Run"</span>
                    <span class="reading key-queue">"Queue"</span>
                    <span class="reading key-other">"Other"</span>
                </span>
            </figcaption>
            <div class="chart-area">
                <span class="chart-top">{format::seconds(top)}</span>
                {drawing(move || svg.clone())}
            </div>
            <div class="chart-times" aria-hidden="true"><span>{first}</span><span>{last}</span></div>
        </figure>
    }
    .into_any()
}

fn drawn(title: &str, all: &[Stack], top: u64, limit: u64) -> String {
    let id = unique_id("hatch");
    let width = all.len().max(FEWEST) as f64 * COLUMN;
    let height = |seconds: u64| (seconds as f64 / top.max(1) as f64 * HEIGHT).min(HEIGHT);
    let mut svg = format!(
        r#"<svg viewBox="0 0 {} 120" preserveAspectRatio="none" role="img" aria-label="{}">{}"#,
        crate::chart::tenths(width),
        escaped(&summary(title, all, limit)),
        hatch(&id)
    );
    svg += &line("chart-base", (0.0, HEIGHT - 0.5), (width, HEIGHT - 0.5));
    for (index, stack) in all.iter().enumerate() {
        let (x, wide) = (index as f64 * COLUMN + 1.0, COLUMN - 2.0);
        let mut y = HEIGHT;
        let mut next = |seconds: u64| {
            let high = height(seconds).min(y);
            y -= high;
            ((x, y), (wide, high))
        };
        let (run, queue, other) = (next(stack.run), next(stack.queue), next(stack.other));
        svg += &format!("<g><title>{}</title>", escaped(&stack.name));
        if stack.apart {
            svg += &rectangle("stack-apart", other.0, (wide, HEIGHT - other.0.1));
        } else {
            svg += &rectangle("stack-run", run.0, run.1);
            svg += &hatched(&id, queue.0, queue.1);
            svg += &rectangle("stack-other", other.0, other.1);
        }
        svg += "</g>";
    }
    let y = HEIGHT - height(limit);
    svg += &line("chart-limit", (0.0, y), (width, y));
    svg + "</svg>"
}

/// The chart in one sentence.
fn summary(title: &str, all: &[Stack], limit: u64) -> String {
    let Some(newest) = all.last() else { return format!("{title}: nothing measured") };
    let over = all.iter().filter(|stack| stack.total() > limit).count();
    format!(
        "{title}: {} runs, the newest {}, {over} above the line at {}",
        all.len(),
        format::seconds(newest.total()),
        format::seconds(limit)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(run: u64, queue: u64, apart: bool) -> Stack {
        Stack { name: "<unit>".to_owned(), run, queue, other: 0, apart }
    }

    #[test]
    fn running_is_solid_and_waiting_is_hatched_above_it() {
        let svg = drawn("Runs", &[stack(60, 30, false)], 120, 100);
        assert!(
            svg.contains(r#"<rect class="stack-run" x="1.0" y="60.0" width="8.0" height="60.0"/>"#),
            "{svg}"
        );
        assert!(svg.contains(r#"x="1.0" y="30.0" width="8.0" height="30.0"/>"#), "{svg}");
        assert!(svg.contains("&lt;unit&gt;") && svg.contains(r#"aria-label="Runs: 1 runs, the newest"#));
    }

    #[test]
    fn what_was_run_again_is_an_outline() {
        let svg = drawn("Runs", &[stack(60, 30, true)], 120, 100);
        assert!(svg.contains("stack-apart") && !svg.contains("stack-run"));
        assert_eq!(summary("Runs", &[], 100), "Runs: nothing measured");
    }
}
