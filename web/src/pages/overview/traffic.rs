//! The last day of a service's traffic, where users are.

use api::routes;
use domain::{EnvironmentName, ServiceName};
use leptos::html;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, dynamic, text};
use crate::ui::seen::once_seen;
use crate::ui::spark::{Sparks, Tick, TickKind, spark};
use crate::wire::{Traffic, error_share};

/// The day that is shown, in minutes.
const DAY: u32 = 1_440;
/// A point for each quarter of an hour: as many as there is room for.
const POINTS: u32 = 96;

/// The last day, asked for once the row has come into view.
pub(super) fn row_traffic(service: ServiceName, environment: EnvironmentName) -> AnyView {
    let place = NodeRef::<html::Div>::new();
    let seen = once_seen(place);
    let content = dynamic(move || {
        if !seen.get() {
            return ().into_any();
        }
        let address = Address::of(routes::GET_TRAFFIC, &[service.as_str()])
            .with("environment", &environment)
            .with("minutes", DAY)
            .with("points", POINTS);
        let live = Live::follow(move || address.clone(), |_| Pace::Still);
        loaded(live, || ().into_any(), day)
    });
    view! { <div class="pipeline-traffic" node_ref=place>{content}</div> }.into_any()
}

fn day(traffic: Data<Traffic>) -> AnyView {
    let traffic = Data::memo(move || traffic.with(since_first_request));
    let sparks = move |traffic: &Traffic| Sparks {
        label: format!("{}: {}", span(traffic), sum(traffic)),
        volume: volume(traffic),
        errors: troubles(traffic),
        ticks: ticks(traffic),
    };
    view! {
        {spark(move || traffic.with(sparks))}
        <p>{text(move || traffic.with(share))}</p>
        <p>{text(move || traffic.with(newest_p95))}</p>
        <p class="muted">{text(move || traffic.with(span))}</p>
    }
    .into_any()
}

/// How many points are shown at least, however young the service is.
const FEWEST_POINTS: usize = 12;

/// The traffic from where it began: a service that is new would else be a sliver at the edge.
pub(crate) fn since_first_request(traffic: &Traffic) -> Traffic {
    let first = traffic.points.iter().position(|point| point.requests > 0).unwrap_or(0);
    let latest = traffic.points.len().saturating_sub(FEWEST_POINTS);
    let points = traffic.points.iter().skip(first.saturating_sub(1).min(latest)).cloned().collect();
    Traffic { seconds: traffic.seconds, points, marks: traffic.marks.clone() }
}

/// The time that is shown, in words.
fn span(traffic: &Traffic) -> String {
    let seconds = traffic.seconds.saturating_mul(traffic.points.len() as u64);
    // A day is told in hours: it is the last 24 of them, not a date.
    let told = if seconds == 86_400 {
        "24\u{202f}h".to_owned()
    } else {
        format::largest(i64::try_from(seconds).unwrap_or(0))
    };
    format!("last {told}")
}

fn volume(traffic: &Traffic) -> Vec<Option<f64>> {
    traffic.points.iter().map(|point| Some(point.requests as f64)).collect()
}

fn errors(traffic: &Traffic) -> Vec<Option<f64>> {
    traffic.points.iter().map(|point| point.error_share()).collect()
}

/// Where the deploys lie in the time shown.
pub(crate) fn ticks(traffic: &Traffic) -> Vec<Tick> {
    let (Some(first), Some(last)) = (traffic.points.first(), traffic.points.last()) else {
        return Vec::new();
    };
    let (start, end) = (first.at.as_millisecond() as f64, last.at.as_millisecond() as f64);
    let share = |at: jiff::Timestamp| (at.as_millisecond() as f64 - start) / (end - start).max(1.0);
    let marks =
        traffic.marks.iter().map(|mark| Tick { share: share(mark.at), kind: TickKind::of(&mark.kind) });
    marks.filter(|tick| (0.0..=1.0).contains(&tick.share)).collect()
}

/// The share of errors where it is worth a look: red is for harm, and a stray error in a thousand is none.
fn troubles(traffic: &Traffic) -> Vec<Option<f64>> {
    const TROUBLE: f64 = 0.005;
    errors(traffic).into_iter().map(|share| share.filter(|share| *share >= TROUBLE)).collect()
}

/// The day in words, in one line.
fn sum(traffic: &Traffic) -> String {
    let p95 = newest_p95(traffic);
    let share = share(traffic);
    if p95.is_empty() { share } else { format!("{share} · {p95}") }
}

/// The share of requests that failed.
fn share(traffic: &Traffic) -> String {
    let requests = traffic.points.iter().map(|point| point.requests).sum();
    let errors = traffic.points.iter().map(|point| point.errors).sum();
    match error_share(requests, errors) {
        Some(share) => format!("{} err", format::share(share)),
        None => "no requests".to_owned(),
    }
}

/// The newest 95th percentile, if there is one.
fn newest_p95(traffic: &Traffic) -> String {
    let p95 = traffic.points.iter().rev().find_map(|point| point.p95);
    p95.map(|p95| format!("p95 {}", format::latency(p95))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::Period;
    use jiff::Timestamp;

    use super::*;
    use crate::wire::Mark;
    use crate::wire::Point;

    fn traffic(measured: &[(u64, u64)], marks: &[i64]) -> Traffic {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let point = |(index, (requests, errors)): (usize, &(u64, u64))| Point {
            at: at(i64::try_from(index).unwrap() * 60),
            requests: *requests,
            errors: *errors,
            p50: None,
            p95: (*requests > 0).then_some(Period::millis(210)),
            p99: None,
            saturation: None,
        };
        let mark = |second: &i64| Mark { at: at(*second), kind: "deploy".to_owned(), label: String::new() };
        Traffic {
            seconds: 60,
            points: measured.iter().enumerate().map(point).collect(),
            marks: marks.iter().map(mark).collect(),
        }
    }

    #[test]
    fn a_day_is_summed_over_its_requests() {
        let told = sum(&traffic(&[(90, 0), (10, 2), (0, 0)], &[])).replace('\u{202f}', " ");
        assert_eq!(told, "2.0 % err · p95 210 ms");
        assert_eq!(sum(&traffic(&[(0, 0)], &[])), "no requests");
    }

    #[test]
    fn a_young_service_is_shown_from_its_first_request() {
        let quiet = [(0, 0); 40];
        let mut measured = quiet.to_vec();
        measured.extend([(9, 0); 20]);
        assert_eq!(since_first_request(&traffic(&measured, &[])).points.len(), 21);
        assert_eq!(since_first_request(&traffic(&quiet, &[])).points.len(), 40);
        measured.truncate(41);
        assert_eq!(since_first_request(&traffic(&measured, &[])).points.len(), FEWEST_POINTS);
    }

    #[test]
    fn a_minute_without_requests_has_no_share_of_errors() {
        assert_eq!(errors(&traffic(&[(10, 1), (0, 0)], &[])), [Some(0.1), None]);
    }

    #[test]
    fn deploys_outside_the_time_shown_are_left_out() {
        let ticks = ticks(&traffic(&[(1, 0), (1, 0), (1, 0)], &[-10, 60, 500]));
        assert_eq!(ticks.iter().map(|tick| tick.share).collect::<Vec<_>>(), [0.5]);
    }
}
