//! The golden signals of one environment over time, with the deploys on the same axis.

use api::routes;
use domain::{Period, ServiceName};
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::pages::overview::{since_first_request, ticks};
use crate::pages::service::chosen;
use crate::polling::Pace;
use crate::query::Parameter;
use crate::reactive::{Data, derived, dynamic, memo};
use crate::ui::field::{Select, same};
use crate::ui::line_chart::{Plot, Series, Unit, line_chart};
use crate::ui::skeleton::Skeleton;
use crate::ui::spark::TickKind;
use crate::ui::time::Time;
use crate::wire::Mark;
use crate::wire::{Point, Saturation, Traffic};

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
pub(super) fn signals(service: ServiceName, names: Memo<Vec<String>>) -> AnyView {
    let environment = Parameter::named("env");
    let minutes = Parameter::named("minutes");
    let chosen = memo(move || names.with(|names| chosen(names, environment.value.get().as_deref())));
    let asked_span = move || span(minutes.value.get().as_deref());
    let spans: Vec<(String, String)> =
        SPANS.iter().map(|span| (span.minutes.to_string(), span.name.to_owned())).collect();
    let live = Live::follow(
        move || {
            let span = asked_span();
            Address::of(routes::GET_TRAFFIC, &[service.as_str()])
                .with("environment", chosen.get())
                .with("minutes", span.minutes)
                .with("points", span.points)
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
                        value=chosen
                        options=derived(move || same(names.get()))
                        on_choice=move |name: String| environment.set(Some(name))
                    />
                    <Select
                        label="Span of time"
                        label_hidden=true
                        value=derived(move || asked_span().minutes.to_string())
                        options=Signal::stored(spans)
                        on_choice=move |span: String| minutes.set(Some(span))
                    />
                </div>
            </header>
            {loaded(live, || view! { <Skeleton rows=4 class="skeleton-charts" /> }.into_any(), charts)}
        </section>
    }
    .into_any()
}

fn charts(traffic: Data<Traffic>) -> AnyView {
    let cursor = RwSignal::new(None);
    let traffic = Data::memo(move || traffic.with(since_first_request));
    let chart = |plot: fn(&Traffic) -> Plot| line_chart(Data::memo(move || traffic.with(plot)), cursor);
    view! {
        <div class="charts">{chart(errors)}{chart(latency)}{chart(throughput)}{chart(saturation)}</div>
        {dynamic(move || traffic.with(|traffic| legend(&traffic.marks)))}
    }
    .into_any()
}

/// The newest deploys and rollbacks in words, below the ticks that mark them.
fn legend(marks: &[Mark]) -> AnyView {
    if marks.is_empty() {
        return ().into_any();
    }
    let one = |mark: &Mark| {
        let class = format!("legend-{}", TickKind::of(&mark.kind).word());
        view! { <li class=class>{mark.label.clone()} " " <Time at=mark.at /></li> }.into_any()
    };
    let marks: Vec<AnyView> = marks.iter().rev().take(6).map(one).collect();
    view! { <ul class="legend" aria-label="Deploys and rollbacks in this time">{marks}</ul> }.into_any()
}

fn span(asked: Option<&str>) -> Span {
    let asked = asked.and_then(|asked| asked.parse::<u32>().ok());
    SPANS.into_iter().find(|span| Some(span.minutes) == asked).unwrap_or(SPANS[0])
}

fn plot(traffic: &Traffic, title: &'static str, unit: Unit, series: Vec<Series>) -> Plot {
    let times = traffic.points.iter().map(|point| point.at).collect();
    Plot { title, unit, times, series, ticks: ticks(traffic), limit: None }
}

fn series(traffic: &Traffic, name: &'static str, of: impl Fn(&Point) -> Option<f64>) -> Series {
    Series { name, values: traffic.points.iter().map(of).collect() }
}

fn errors(traffic: &Traffic) -> Plot {
    plot(traffic, "Error share", Unit::Share, vec![series(traffic, "", Point::error_share)])
}

fn latency(traffic: &Traffic) -> Plot {
    let millis = |period: Option<Period>| period.map(|period| period.as_millis() as f64);
    let p50 = series(traffic, "p50", |point| millis(point.p50));
    let p95 = series(traffic, "p95", |point| millis(point.p95));
    let p99 = series(traffic, "p99", |point| millis(point.p99));
    plot(traffic, "Latency", Unit::Millis, vec![p95, p50, p99])
}

fn throughput(traffic: &Traffic) -> Plot {
    let seconds = traffic.seconds.max(1) as f64;
    let per_second = series(traffic, "", |point| Some(point.requests as f64 / seconds));
    plot(traffic, "Throughput", Unit::PerSecond, vec![per_second])
}

fn saturation(traffic: &Traffic) -> Plot {
    let share = |name, of: fn(&Saturation) -> f64| {
        series(traffic, name, move |point: &Point| point.saturation.as_ref().map(of))
    };
    let cpu = share("processor", |saturation| saturation.cpu);
    let memory = share("memory", |saturation| saturation.memory);
    plot(traffic, "Saturation", Unit::Share, vec![cpu, memory])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_spans_offered_are_asked_for() {
        assert_eq!(span(Some("360")).minutes, 360);
        assert_eq!(span(Some("99999")), SPANS[0]);
        assert_eq!(span(None), SPANS[0]);
    }
}
