//! How long commits take from push to artifact: over time, beside what they may take, and what makes them slower.

use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, dynamic};
use crate::ui::disclosure::disclosure;
use crate::ui::empty::Empty;
use crate::ui::icon::Icon;
use crate::ui::line_chart::{Plot, Series, Unit, line_chart};
use crate::ui::note::{note, notice};
use crate::ui::skeleton::Skeleton;
use crate::ui::stacks::{Stack, stacks};
use crate::ui::stale::Stale;
use crate::ui::table::{Head, in_order, table, tr};
use crate::ui::time::Time;
use crate::ui::waterfall::waterfall_of_run;
use crate::ui::window::Days;
use crate::wire::{Ci, CiPoint, CiRun, Trend};
use crate::words::Tone;

/// How many runs in a row one median is of.
const IN_A_ROW: usize = 10;
/// How many of the newest runs have a column.
const COLUMNS: usize = 60;
/// How many of the newest runs are in the table.
const ROWS: usize = 100;

/// How long CI takes.
pub(super) fn ci(service: ServiceName) -> AnyView {
    let days = Days::of_address();
    let address = move || Address::of(routes::GET_CI, &[service.as_str()]).with("window", days.value.get());
    let live = Live::follow(address, |_: &Ci| Pace::Slow);
    view! {
        <Stale news=live.news />
        <section class="card" aria-labelledby="ci">
            <header class="card-head">
                <h2 id="ci">"From push to artifact"</h2>
                <div class="card-tools">{days.select()}</div>
            </header>
            {loaded(live, || view! { <Skeleton rows=3 class="skeleton-charts" /> }.into_any(), told)}
        </section>
    }
    .into_any()
}

fn told(ci: Data<Ci>) -> AnyView {
    let cursor = RwSignal::new(None);
    let is_empty = crate::reactive::memo(move || ci.with(|ci| ci.points.is_empty()));
    let numbers = || view! { <summary>"Every run as a row"</summary> }.into_any();
    let how = || view! { <summary>"How this is measured"</summary> }.into_any();
    dynamic(move || {
        if is_empty.get() {
            return dynamic(move || ci.with(nothing));
        }
        view! {
            {dynamic(move || ci.with(figures))}
            {dynamic(move || ci.with(|ci| trend(&ci.trend)))}
            <div class="charts charts-below">
                {line_chart(Data::memo(move || ci.with(plot)), cursor)}
                {dynamic(move || ci.with(columns))}
            </div>
            {disclosure("chart-table", numbers(), move || dynamic(move || ci.with(runs)))}
            {dynamic(move || ci.with(newest))}
            {dynamic(move || ci.with(missing))}
            {disclosure("more", how(), move || {
                dynamic(move || note(ci.with(|ci| ci.formula.clone())))
            })}
        }
        .into_any()
    })
}

/// Nothing is known of any run: why, and what would change that.
fn nothing(ci: &Ci) -> AnyView {
    let why = ci.total.no_data.as_deref().map(crate::words::sentence).unwrap_or_default();
    let text = format!(
        "{why} A run begins with a push that the git host tells of, and ends with the artifact that CI registers:"
    );
    view! { <Empty title="No run to measure" text command="keelson artifact push" /> }.into_any()
}

fn figures(ci: &Ci) -> AnyView {
    let length = |seconds: Option<u64>| seconds.map_or_else(|| "no data".to_owned(), format::seconds);
    let median =
        |figure: &crate::wire::Figure<crate::wire::Spread>| length(figure.value.as_ref().map(|it| it.median));
    let slow = length(ci.total.value.as_ref().map(|it| it.p90));
    let line = if ci.budget_is_default { "the usual" } else { "the manifest's" };
    let over = match &ci.over_budget.value {
        Some(over) => format!("{} of {}", over.count, over.of),
        None => "no data".to_owned(),
    };
    let facts = [
        ("Median", median(&ci.total)),
        ("Nine of ten within", slow),
        ("Of that in the queue", median(&ci.queue)),
        ("Running", median(&ci.run)),
    ];
    let fact = |(name, value): (&'static str, String)| {
        view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any()
    };
    let facts: Vec<AnyView> = facts.into_iter().map(fact).collect();
    view! {
        <dl class="facts">
            {facts}
            <div><dt>{format!("Longer than {line} {}", format::seconds(ci.budget))}</dt><dd>{over}</dd></div>
        </dl>
    }
    .into_any()
}

/// Whether it gets slower, and what makes it so, in one line.
fn trend(trend: &Trend) -> AnyView {
    let (tone, icon) = match trend.kind.as_str() {
        "slower" => (Tone::Warn, Icon::Warning),
        _ => (Tone::Plain, Icon::Chart),
    };
    notice(tone, icon, sentence(trend))
}

fn sentence(trend: &Trend) -> String {
    let number = |number: Option<usize>| number.unwrap_or_default();
    match trend.kind.as_str() {
        "slower" => {
            let job = trend.job.as_deref().unwrap_or("a job");
            let what = match (trend.part.as_deref(), &trend.step) {
                (Some("queue"), _) => format!("{job} waits longer for a runner"),
                (_, Some(step)) => format!("the step “{step}” of {job} takes longer"),
                (_, None) => format!("{job} takes longer"),
            };
            let (now, before) = (trend.now.unwrap_or_default(), trend.before.unwrap_or_default());
            crate::words::capital(&format!(
                "{what}: {} instead of {} before, {} more. Medians of the newest {} runs and of the {} before.",
                format::seconds(now),
                format::seconds(before),
                format::seconds(now.saturating_sub(before)),
                number(trend.newest_runs),
                number(trend.runs_before)
            ))
        }
        "steady" => format!(
            "No job takes notably longer in the newest {} runs than in the {} before.",
            number(trend.newest),
            trend.before.unwrap_or_default()
        ),
        _ => format!(
            "Too few runs to say whether it gets slower: {} of {}.",
            number(trend.runs),
            number(trend.needed)
        ),
    }
}

/// The median and the slow end of ten runs in a row, up to each run. Runs with a job that was run again are left out,
/// as they are everywhere.
fn plot(ci: &Ci) -> Plot {
    let clean: Vec<&CiPoint> = ci.points.iter().filter(|point| !point.rerun).collect();
    let last = |index: usize| {
        let row = &clean[(index + 1).saturating_sub(IN_A_ROW)..=index];
        row.iter().map(|point| point.seconds).collect::<Vec<u64>>()
    };
    let spreads: Vec<(u64, u64)> = (0..clean.len()).map(|index| spread(&last(index))).collect();
    let series = |name, of: fn(&(u64, u64)) -> u64| Series {
        name,
        values: spreads.iter().map(|spread| Some(of(spread) as f64)).collect(),
    };
    Plot {
        title: "Median and p90 of ten runs in a row",
        unit: Unit::Seconds,
        times: clean.iter().map(|point| point.at).collect(),
        series: vec![series("p90", |spread| spread.1), series("median", |spread| spread.0)],
        ticks: Vec::new(),
        limit: Some(ci.budget as f64),
    }
}

/// The median and the 90th percentile of a few lengths, as the server counts them.
fn spread(lengths: &[u64]) -> (u64, u64) {
    let order = in_order(lengths.len(), &|one, other| lengths[one] < lengths[other]);
    let at = |rank: usize| order.get(rank).map_or(0, |index| lengths[*index]);
    let (n, half) = (order.len(), order.len() / 2);
    let median = if n % 2 == 1 { at(half) } else { at(half.saturating_sub(1)).midpoint(at(half)) };
    (median, at((n * 90).div_ceil(100).saturating_sub(1)))
}

fn columns(ci: &Ci) -> AnyView {
    let newest = &ci.points[ci.points.len().saturating_sub(COLUMNS)..];
    let stack = |point: &CiPoint| Stack {
        name: format!(
            "{} {}: {} ({} queue, {} run, {} other){}",
            point.commit.short(),
            point.title,
            format::seconds(point.seconds),
            format::seconds(point.queue),
            format::seconds(point.run),
            format::seconds(point.other),
            if point.rerun { ", run again" } else { "" }
        ),
        run: point.run,
        queue: point.queue,
        other: point.other,
        apart: point.rerun,
    };
    let all: Vec<Stack> = newest.iter().map(stack).collect();
    let longest = newest.iter().map(|point| point.seconds).max().unwrap_or_default();
    let end = |point: Option<&CiPoint>| point.map(|point| format::day(point.at)).unwrap_or_default();
    let ends = [end(newest.first()), end(newest.last())];
    stacks("Each run", &all, Unit::Seconds.top_of(longest.max(ci.budget)), ci.budget, ends)
}

fn runs(ci: &Ci) -> AnyView {
    const HEADS: &[Head] = &[
        Head::text("Artifact registered"),
        Head::text("Commit"),
        Head::number("From push"),
        Head::number("Queue"),
        Head::number("Run"),
        Head::number("Other"),
        Head::text("Note"),
    ];
    let one = |point: &CiPoint| {
        let note = match (point.rerun, point.over) {
            (true, _) => "run again: counted apart",
            (false, true) => "longer than it should",
            (false, false) => "",
        };
        let commit = format!("{} {}", point.commit.short(), point.title);
        let length = |seconds: u64| ("number", format::seconds(seconds).into_any());
        let cells = vec![
            ("table-commit", commit.into_any()),
            length(point.seconds),
            length(point.queue),
            length(point.run),
            length(point.other),
            ("muted", note.into_any()),
        ];
        tr(view! { <Time at=point.at /> }.into_any(), cells)
    };
    table("Runs, as a table", HEADS, ci.points.iter().rev().take(ROWS).map(one).collect())
}

/// The newest run as a waterfall, with what its artifact waited for in one line.
fn newest(ci: &Ci) -> AnyView {
    let Some(run) = &ci.last else { return ().into_any() };
    let CiRun { commit, title, registered_at, path, .. } = run;
    let sum = match path {
        Some(path) => format!(
            "{} queue + {} run + {} other = {} from push to artifact. What the artifact waited for is marked.",
            format::seconds(path.queue),
            format::seconds(path.run),
            format::seconds(path.other),
            format::seconds(path.seconds)
        ),
        None => "Its push is not known, so there is no path: the webhook of the push never came.".to_owned(),
    };
    view! {
        <div class="newest-run">
            <h3>"The newest run: "<code>{commit.short().to_owned()}</code>" "{title.clone()}" "<span class="muted"><Time at=*registered_at /></span></h3>
            {waterfall_of_run(run, ci.budget)}
            {note(sum)}
        </div>
    }
    .into_any()
}

/// What the figures leave out.
fn missing(ci: &Ci) -> AnyView {
    let mut told = Vec::new();
    if ci.reruns > 0 {
        told.push(format!(
            "{} of {} runs had a job that was run again: they are outlines and counted apart, since only the last try's times are known.",
            ci.reruns, ci.runs
        ));
    }
    if ci.total.left_out > 0 {
        let runs = format::counted(ci.total.left_out, "run is", "runs are");
        told.push(format!("{runs} left out, because the push is not known."));
    }
    if ci.truncated {
        told.push("There were too many runs to read them all: the oldest are missing.".to_owned());
    }
    let told: Vec<AnyView> = told.into_iter().map(note).collect();
    told.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read_text;

    fn told(json: &str) -> String {
        sentence(&read_text::<Trend>(json).unwrap()).replace('\u{202f}', " ")
    }

    #[test]
    fn the_step_that_takes_longer_is_named_with_what_it_took_before() {
        let slower = r#"{"kind":"slower","job":"unit","part":"run","step":"cargo test","now":150,"before":90,"newest_runs":10,"runs_before":9}"#;
        assert_eq!(
            told(slower),
            "The step “cargo test” of unit takes longer: 2 m 30 s instead of 1 m 30 s before, 1 m more. Medians of the newest 10 runs and of the 9 before."
        );
        let queue = r#"{"kind":"slower","job":"unit","part":"queue","now":60,"before":5,"newest_runs":10,"runs_before":10}"#;
        assert!(told(queue).starts_with("Unit waits longer for a runner: 1 m instead of 5 s"));
    }

    #[test]
    fn the_lines_are_counted_as_the_server_counts() {
        for lengths in [vec![7], vec![30, 10], (1..=10).rev().collect(), (1..=11).collect::<Vec<u64>>()] {
            let theirs = domain::figure::Spread::of(lengths.iter().copied()).unwrap();
            assert_eq!(spread(&lengths), (theirs.median, theirs.p90));
        }
    }

    #[test]
    fn too_few_runs_are_no_verdict() {
        assert_eq!(
            told(r#"{"kind":"too_few","runs":3,"needed":15}"#),
            "Too few runs to say whether it gets slower: 3 of 15."
        );
        assert_eq!(
            told(r#"{"kind":"steady","newest":10,"before":7}"#),
            "No job takes notably longer in the newest 10 runs than in the 7 before."
        );
    }
}
