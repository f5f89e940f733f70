//! Checks over time: waiting hatched, running solid, and the line at which it has taken too long.

use jiff::Timestamp;
use leptos::prelude::*;

use crate::format;
use crate::ui::badge::Mark;
use crate::ui::svg::{drawing, hatch, hatched, line, rectangle};
use crate::ui::unique_id;
use crate::wire::{Check, CiRun, Job};
use crate::words;

/// From push to the last check, people wait for at most this long before they turn to something else.
const FIVE_MINUTES: i64 = 300;

/// One line of a waterfall.
struct Line {
    check: Check,
    /// Whether the artifact waited for it.
    is_on_path: bool,
    /// More about it, in a few words.
    more: String,
}

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
    /// Where the line is drawn, in seconds from the start.
    limit: i64,
}

impl Span {
    /// From the push, or else from the first check asked for, to the last one's end, with room for the line.
    fn of<'a>(
        checks: impl Iterator<Item = &'a Check> + Clone,
        pushed_at: Option<Timestamp>,
        limit: i64,
        now: Timestamp,
    ) -> Option<Self> {
        let begun = checks.clone().filter_map(|check| check.queued_at.or(check.started_at)).min()?;
        let start = pushed_at.map_or(begun, |pushed_at| pushed_at.min(begun)).as_second();
        let end = checks.map(|check| check.completed_at.unwrap_or(now).as_second()).max()?;
        Some(Self { start, seconds: (end - start).max(limit) + limit / 10, limit })
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
    let line = |check: &Check| Line { check: check.clone(), is_on_path: false, more: String::new() };
    let span = Span::of(checks.iter(), None, FIVE_MINUTES, now);
    lines(
        "Checks over time; the line is at five minutes".to_owned(),
        &checks.iter().map(line).collect::<Vec<_>>(),
        span,
        now,
    )
}

/// The jobs of one run over time, from its push on: what its artifact waited for is marked, and the line is at so many
/// seconds.
pub(crate) fn waterfall_of_run(run: &CiRun, budget: u64) -> AnyView {
    let limit = i64::try_from(budget).unwrap_or(FIVE_MINUTES);
    let line = |job: &Job| Line {
        is_on_path: run.path.iter().flat_map(|path| &path.links).any(|link| link.job == job.name),
        more: if job.attempt > 1 { format!("try {}", job.attempt) } else { String::new() },
        check: Check {
            name: job.name.clone(),
            state: job.state,
            queued_at: Some(job.queued_at),
            started_at: Some(job.started_at),
            completed_at: job.ended_at,
        },
    };
    let all: Vec<Line> = run.jobs.iter().map(line).collect();
    // A job that still runs is shown as far as the artifact, which did not wait for its end.
    let end = run.registered_at;
    let span = Span::of(all.iter().map(|line| &line.check), run.pushed_at, limit, end);
    lines(format!("Jobs over time, from the push; the line is at {}", format::span(limit)), &all, span, end)
}

fn lines(label: String, all: &[Line], span: Option<Span>, now: Timestamp) -> AnyView {
    let one = |line: &Line| {
        let Line { check, is_on_path, more } = line;
        let told = words::check(check.state);
        let svg = drawn(span, check, told.tone.class(), now);
        let on_path = is_on_path.then(|| view! { <span class="sr-only">", on the path"</span> }.into_any());
        let more = (!more.is_empty())
            .then(|| view! { " "<span class="number-tag">{more.clone()}</span> }.into_any());
        view! {
            <li class=is_on_path.then_some("on-path")>
                <span class="waterfall-name"><Mark told />{check.name.clone()}{on_path}{more}</span>
                {drawing(move || svg.clone())}
                <span class="number">{took(check, now)}</span>
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = all.iter().map(one).collect();
    view! { <ul class="waterfall" aria-label=label>{rows}</ul> }.into_any()
}

fn drawn(span: Option<Span>, check: &Check, tone: &str, now: Timestamp) -> String {
    let id = unique_id("hatch");
    let mut svg =
        r#"<svg class="waterfall-bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">"#
            .to_owned();
    svg += &hatch(&id);
    if let Some(span) = span {
        if let Some(Bar { queued, ran }) = span.bar(check, now) {
            svg += &hatched(&id, (queued.0 * 1_000.0, 2.0), (queued.1 * 1_000.0, 8.0));
            svg += &rectangle(&format!("bar-ran {tone}"), (ran.0 * 1_000.0, 2.0), (ran.1 * 1_000.0, 8.0));
        }
        let limit = span.share(span.start + span.limit) * 1_000.0;
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
        let span = Span::of(std::iter::once(&check), None, FIVE_MINUTES, at(2_000)).unwrap();
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
        let span = Span::of(std::iter::once(&check), None, FIVE_MINUTES, at(1_100)).unwrap();
        assert!(span.bar(&check, at(1_100)).unwrap().ran.1.abs() < 1e-9);
        assert_eq!(took(&check, at(1_100)), format!("{} queued", format::span(100)));
    }

    #[test]
    fn a_run_begins_with_its_push() {
        let check = check(1_000, Some(1_033), Some(1_165));
        let span = Span::of(std::iter::once(&check), Some(at(990)), 100, at(2_000)).unwrap();
        assert_eq!((span.start, span.seconds), (990, 185));
    }

    #[test]
    fn checks_without_times_have_no_span() {
        let mut timeless = check(0, None, None);
        timeless.queued_at = None;
        assert_eq!(Span::of(std::iter::once(&timeless), None, FIVE_MINUTES, at(5)), None);
    }
}
