//! The golden signals of one environment over time, with the deploys on the same axis.

use api::routes;
use api::service::{Traffic, TrafficPointView};
use domain::{EnvironmentName, Period, ServiceName};
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::pages::overview::{since_first_request, ticks};
use crate::polling::Pace;
use crate::query::Parameter;
use crate::ui::field::Select;
use crate::ui::line_chart::{LineChart, Plot, Series};
use crate::ui::skeleton::Skeleton;

/// A span of time that can be shown.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    minutes: u32,
    /// As many as the measurements are fine: they are kept by the second for a quarter of an hour, then by the minute.
    points: u32,
    name: &'static str,
}

/// The spans there are. The first is shown unless another is asked for.
const SPANS: [Span; 4] = [
    Span { minutes: 10, points: 120, name: "Last 10 minutes" },
    Span { minutes: 60, points: 60, name: "Last hour" },
    Span { minutes: 360, points: 120, name: "Last 6 hours" },
    Span { minutes: 1_440, points: 144, name: "Last 24 hours" },
];

/// The signals, with the environment and the span of time to choose.
#[component]
pub(super) fn Signals(service: ServiceName, names: Memo<Vec<EnvironmentName>>) -> impl IntoView {
    let environment = Parameter::named("env");
    let minutes = Parameter::named("minutes");
    let chosen = Memo::new(move |_| names.with(|names| chosen(names, environment.value.get().as_deref())));
    let span = Memo::new(move |_| span(minutes.value.get().as_deref()));
    let options = Signal::derive(move || {
        names.get().into_iter().map(|name| (name.to_string(), name.to_string())).collect::<Vec<_>>()
    });
    let spans: Vec<(String, String)> =
        SPANS.iter().map(|span| (span.minutes.to_string(), span.name.to_owned())).collect();
    let live = Live::follow(
        move || {
            Address::of(routes::GET_TRAFFIC, &[service.as_str()])
                .with("environment", chosen.get().unwrap_or_default())
                .with("minutes", span.get().minutes)
                .with("points", span.get().points)
        },
        |_: &Traffic| Pace::Still,
    );
    view! {
        <section class="card" aria-labelledby="signals">
            <header class="card-head">
                <h2 id="signals">"Signals"</h2>
                <div class="card-tools">
                    <Select
                        label="Environment"
                        label_hidden=true
                        value=Signal::derive(move || chosen.get().unwrap_or_default())
                        options
                        on_choice=move |name: String| environment.set(Some(name))
                    />
                    <Select
                        label="Span of time"
                        label_hidden=true
                        value=Signal::derive(move || span.get().minutes.to_string())
                        options=Signal::stored(spans)
                        on_choice=move |span: String| minutes.set(Some(span))
                    />
                </div>
            </header>
            {loaded(
                live,
                || view! { <Skeleton rows=3 class="skeleton-charts" /> }.into_any(),
                |traffic| view! { <Charts traffic /> }.into_any(),
            )}
        </section>
    }
}

#[component]
fn Charts(traffic: Signal<Traffic>) -> impl IntoView {
    let cursor = RwSignal::new(None);
    let traffic = Memo::new(move |_| traffic.with(since_first_request));
    let errors = Signal::derive(move || traffic.with(errors));
    let latency = Signal::derive(move || traffic.with(latency));
    let throughput = Signal::derive(move || traffic.with(throughput));
    let marks = Memo::new(move |_| traffic.with(|traffic| traffic.marks.clone()));
    view! {
        <div class="charts">
            <LineChart title="Error share" plot=errors write=format::share at_least=0.05 cursor />
            <LineChart title="Latency" plot=latency write=format::millis at_least=50.0 cursor />
            <LineChart title="Throughput" plot=throughput write=format::rate at_least=1.0 cursor />
        </div>
        <Show when=move || marks.with(|marks| !marks.is_empty())>
            <ul class="legend" aria-label="Deploys and rollbacks in this time">
                {move || marks.get().into_iter().rev().take(6).map(|mark| view! {
                    <li class=format!("legend-{}", mark.kind)>{mark.label} " " <crate::ui::time::Time at=mark.at /></li>
                }).collect_view()}
            </ul>
        </Show>
    }
}

fn chosen(names: &[EnvironmentName], asked: Option<&str>) -> Option<String> {
    let asked = names.iter().find(|name| asked == Some(name.as_str()));
    // Users are in the last environment.
    asked.or(names.last()).map(ToString::to_string)
}

fn span(asked: Option<&str>) -> Span {
    let asked = asked.and_then(|asked| asked.parse::<u32>().ok());
    SPANS.into_iter().find(|span| Some(span.minutes) == asked).unwrap_or(SPANS[0])
}

fn plot(traffic: &Traffic, series: Vec<Series>) -> Plot {
    let times = traffic.points.iter().map(|point| point.at).collect();
    Plot { times, series, ticks: ticks(traffic), limit: None }
}

fn series(traffic: &Traffic, name: &'static str, of: impl Fn(&TrafficPointView) -> Option<f64>) -> Series {
    Series { name, values: traffic.points.iter().map(of).collect() }
}

fn errors(traffic: &Traffic) -> Plot {
    plot(traffic, vec![series(traffic, "", |point| point.measured.error_share())])
}

fn latency(traffic: &Traffic) -> Plot {
    let millis = |period: Option<Period>| period.map(|period| period.as_millis() as f64);
    let p50 = series(traffic, "p50", |point| millis(point.measured.p50));
    let p95 = series(traffic, "p95", |point| millis(point.measured.p95));
    let p99 = series(traffic, "p99", |point| millis(point.measured.p99));
    plot(traffic, vec![p95, p50, p99])
}

fn throughput(traffic: &Traffic) -> Plot {
    let seconds = traffic.seconds.max(1) as f64;
    plot(traffic, vec![series(traffic, "", |point| Some(point.measured.requests as f64 / seconds))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_in_the_last_environment_unless_another_is_asked_for() {
        let names: Vec<EnvironmentName> =
            ["staging", "production"].iter().map(|name| name.parse().unwrap()).collect();
        assert_eq!(chosen(&names, None).as_deref(), Some("production"));
        assert_eq!(chosen(&names, Some("staging")).as_deref(), Some("staging"));
        assert_eq!(chosen(&names, Some("gone")).as_deref(), Some("production"));
        assert_eq!(chosen(&[], Some("staging")), None);
    }

    #[test]
    fn only_the_spans_offered_are_asked_for() {
        assert_eq!(span(Some("360")).minutes, 360);
        assert_eq!(span(Some("99999")), SPANS[0]);
        assert_eq!(span(None), SPANS[0]);
    }
}
