//! Checks over time: waiting hatched, running solid, and the line at which it has taken too long.

use jiff::Timestamp;
use leptos::prelude::*;

use crate::chart::tenths;
use crate::format;
use crate::ui::badge::Mark;
use crate::ui::svg::{drawing, line};
use crate::wire::Check;
use crate::words;

/// From push to the last check, people wait for at most this long before they turn to something else.
const FIVE_MINUTES: i64 = 300;

/// One bar, in shares of the width.
#[derive(Debug, Clone, PartialEq)]
struct Bar {
    queued: (f64, f64),
    ran: (f64, f64),
}

/// The span of time that a waterfall shows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    start: i64,
    seconds: i64,
}

impl Span {
    /// From the first check asked for to the last one's end, with room for the five-minute line.
    fn of(checks: &[Check], now: Timestamp) -> Option<Self> {
        let start = checks.iter().filter_map(|check| check.queued_at.or(check.started_at)).min()?.as_second();
        let end = checks.iter().map(|check| check.completed_at.unwrap_or(now).as_second()).max()?;
        Some(Self { start, seconds: (end - start).max(FIVE_MINUTES) + FIVE_MINUTES / 10 })
    }

    fn share(self, at: i64) -> f64 {
        ((at - self.start) as f64 / self.seconds as f64).clamp(0.0, 1.0)
    }

    fn bar(self, check: &Check, now: Timestamp) -> Option<Bar> {
        let queued = check.queued_at.or(check.started_at)?.as_second();
        let end = check.completed_at.unwrap_or(now).as_second();
        let started = check.started_at.map_or(end, Timestamp::as_second);
        let between = |from: i64, to: i64| (self.share(from), self.share(to) - self.share(from));
        Some(Bar { queued: between(queued, started), ran: between(started, end) })
    }
}

/// The checks of one commit over time; `now` is for what is not over.
pub(crate) fn waterfall(checks: &[Check], now: Timestamp) -> AnyView {
    let span = Span::of(checks, now);
    let one = |check: &Check| {
        let told = words::check(check.state);
        let svg = drawn(span, check, told.tone.class(), now);
        view! {
            <li>
                <span class="waterfall-name"><Mark told />{check.name.clone()}</span>
                {drawing(move || svg.clone())}
                <span class="number">{took(check, now)}</span>
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = checks.iter().map(one).collect();
    view! { <ul class="waterfall" aria-label="Checks over time; the line is at five minutes">{rows}</ul> }
        .into_any()
}

fn drawn(span: Option<Span>, check: &Check, tone: &str, now: Timestamp) -> String {
    let mut svg =
        r#"<svg class="waterfall-bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">"#
            .to_owned();
    let rectangle = |class: &str, (from, width): (f64, f64)| {
        let (x, width) = (tenths(from * 1_000.0), tenths(width * 1_000.0));
        format!(r#"<rect class="{class}" x="{x}" width="{width}" y="2" height="8"/>"#)
    };
    if let Some(span) = span {
        if let Some(bar) = span.bar(check, now) {
            svg += &rectangle("bar-queued", bar.queued);
            svg += &rectangle(&format!("bar-ran {tone}"), bar.ran);
        }
        let limit = span.share(span.start + FIVE_MINUTES) * 1_000.0;
        svg += &line("bar-limit", (limit, 0.0), (limit, 12.0));
    }
    svg + "</svg>"
}

/// How long a check took, apart by waiting and running.
fn took(check: &Check, now: Timestamp) -> String {
    let end = check.completed_at.unwrap_or(now).as_second();
    let queued = check.queued_at.map(Timestamp::as_second);
    let started = check.started_at.map(Timestamp::as_second);
    match (queued, started) {
        (Some(queued), Some(started)) if started > queued => {
            format!("{} + {} queued", format::span(end - started), format::span(started - queued))
        }
        (_, Some(started)) => format::span(end - started),
        (Some(queued), None) => format!("{} queued", format::span(end - queued)),
        (None, None) => format::NO_DATA.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::check::CheckState;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn check(queued: i64, started: Option<i64>, completed: Option<i64>) -> Check {
        Check {
            name: "unit".to_owned(),
            state: CheckState::Passed,
            queued_at: Some(at(queued)),
            started_at: started.map(at),
            completed_at: completed.map(at),
        }
    }

    #[test]
    fn a_bar_is_its_waiting_and_its_running() {
        let check = check(1_000, Some(1_033), Some(1_165));
        let span = Span::of(std::slice::from_ref(&check), at(2_000)).unwrap();
        assert_eq!(span.seconds, 330);
        let bar = span.bar(&check, at(2_000)).unwrap();
        assert!(
            (bar.queued.1 - 0.1).abs() < 1e-9
                && (bar.ran.0 - 0.1).abs() < 1e-9
                && (bar.ran.1 - 0.4).abs() < 1e-9
        );
    }

    #[test]
    fn what_waits_for_a_runner_has_only_waited() {
        let check = check(1_000, None, None);
        let span = Span::of(std::slice::from_ref(&check), at(1_100)).unwrap();
        assert!(span.bar(&check, at(1_100)).unwrap().ran.1.abs() < 1e-9);
        assert_eq!(took(&check, at(1_100)), format!("{} queued", format::span(100)));
    }

    #[test]
    fn checks_without_times_have_no_span() {
        let mut timeless = check(0, None, None);
        timeless.queued_at = None;
        assert_eq!(Span::of(&[timeless], at(5)), None);
    }
}
