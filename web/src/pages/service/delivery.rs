//! The five figures of one service's deliveries, each over time, and the rows that each is made of.

use api::routes;
use domain::dora::Metric;
use domain::{CommitSha, ServiceName};
use leptos::html;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::pages::delivery::figures::{self, FIVE, ToldFigure, told};
use crate::paths;
use crate::polling::Pace;
use crate::query::Parameter;
use crate::reactive::{Data, dynamic, either, memo, text};
use crate::ui::bars::{Bar, bars};
use crate::ui::digest::CommitText;
use crate::ui::empty::Empty;
use crate::ui::more::with_older;
use crate::ui::note::{note, paragraph};
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Head, table, tr};
use crate::ui::time::Time;
use crate::ui::window::Days;
use crate::wire::{Commit, Dora, DoraPoint, DoraRow, DoraRows, ServiceRow, Spread};
use crate::words::Tone;

/// The figures, and below them what one is made of.
pub(super) fn delivery(service: ServiceName, row: Data<ServiceRow>) -> AnyView {
    let days = Days::of_address();
    let figure = Parameter::named("figure").value;
    let asked = memo(move || figure.get().as_deref().and_then(figures::named).map_or("", Metric::name));
    let place = service.clone();
    let address = move || Address::of(routes::GET_DORA, &[place.as_str()]).with("window", days.value.get());
    let live = Live::follow(address, |_: &Dora| Pace::Slow);
    let shown = service.clone();
    let rows = move || match figures::named(asked.get()) {
        Some(metric) => rows_of(service.clone(), metric, days, row),
        None => ().into_any(),
    };
    view! {
        <Stale news=live.news />
        <section class="card" aria-labelledby="delivery">
            <header class="card-head">
                <h2 id="delivery">{text(move || live.with(title))}</h2>
                <div class="card-tools">{days.select()}</div>
            </header>
            {loaded(
                live,
                || view! { <Skeleton rows=3 class="skeleton-charts" /> }.into_any(),
                move |dora| all(shown.clone(), dora, asked),
            )}
        </section>
        {dynamic(rows)}
    }
    .into_any()
}

fn title(dora: Option<&Dora>) -> String {
    dora.map_or_else(|| "Delivery".to_owned(), |dora| format!("Delivery to {}", dora.environment))
}

fn all(service: ServiceName, dora: Data<Dora>, asked: Memo<&'static str>) -> AnyView {
    let cards = move || {
        dora.with(|dora| {
            let one = |metric| card(&service, dora, metric, asked.get());
            FIVE.into_iter().map(one).collect::<Vec<_>>().into_any()
        })
    };
    let known = dynamic(move || note(dora.with(since)));
    view! { <div class="figures">{dynamic(cards)}</div>{known} }.into_any()
}

/// How far back it is known.
fn since(dora: &Dora) -> String {
    let mut told = match dora.observed_since {
        Some(since) => {
            format!("Promotions to {} are known since {}.", dora.environment, format::absolute(since))
        }
        None => format!(
            "No promotion to {} is known in these {} days and the {} before.",
            dora.environment, dora.days, dora.days
        ),
    };
    if dora.truncated {
        told += " There were too many to read them all: the oldest are missing.";
    }
    told + " Rollbacks and other environments do not count as deployments."
}

fn card(service: &ServiceName, dora: &Dora, metric: Metric, asked: &str) -> AnyView {
    let now = told(&dora.current, metric);
    let days = dora.days.to_string();
    let id = format!("figure-{}", metric.name());
    let name = figures::name(metric);
    let link = |metric: Metric, label: String, content: String| {
        let current = (asked == metric.name()).then_some("true");
        let href = paths::delivery(service, &days, Some(metric));
        view! { <a href=href aria-label=label aria-current=current data-noscroll="true">{content}</a> }
            .into_any()
    };
    let mut parts = Vec::new();
    match &now.value {
        Some(value) => {
            let label = format!("{value}: what {} is made of", lower(name));
            let value = link(metric, label, value.clone());
            parts.push(view! { <p class="figure-value">{value}</p> }.into_any());
        }
        None => parts.push(paragraph("figure-value figure-none", "no data".to_owned())),
    }
    if let Some(level) = now.level {
        parts.push(paragraph("figure-level", level.to_owned()));
    }
    parts.push(paragraph("muted", now.more.clone()));
    if metric == Metric::LeadTime
        && let Some(value) = told(&dora.current, Metric::LeadTimeFromMerge).value
    {
        let label = format!("{value} from merge: what that is made of");
        parts.push(link(Metric::LeadTimeFromMerge, label, format!("{value} from merge")));
    }
    parts.push(paragraph("muted", before(&told(&dora.previous, metric), dora.days)));
    parts.push(plot(dora, metric));
    // What could not be measured has rows too, which say why.
    parts.push(match &now.value {
        None if now.rests_on.starts_with("rests on 0 ") => paragraph("muted", now.rests_on.clone()),
        _ => link(metric, format!("{}: {}", name, now.rests_on), now.rests_on.clone()),
    });
    view! { <section class="figure" aria-labelledby=id.clone()><h3 id=id.clone()>{name}</h3>{parts}</section> }
        .into_any()
}

fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_lowercase(), letters.as_str()))
}

fn before(before: &ToldFigure, days: u16) -> String {
    match &before.value {
        Some(value) => format!("{value} in the {days} days before"),
        None => format!("no data in the {days} days before"),
    }
}

/// The figure in each piece of the window.
fn plot(dora: &Dora, metric: Metric) -> AnyView {
    let [by_day, by_week] = match metric {
        Metric::DeploymentFrequency => ["Deployments a day", "Deployments a week"],
        Metric::LeadTime | Metric::LeadTimeFromMerge | Metric::RecoveryTime => {
            ["Median by the day", "Median by the week"]
        }
        Metric::ChangeFailRate => ["Failed changes a day", "Failed changes a week"],
        Metric::ReworkRate => ["Repairs a day", "Repairs a week"],
    };
    let (write, tone): (fn(f64) -> String, Tone) = match metric {
        Metric::DeploymentFrequency => (whole, Tone::Moving),
        Metric::LeadTime | Metric::LeadTimeFromMerge => (long, Tone::Moving),
        Metric::RecoveryTime => (long, Tone::Warn),
        Metric::ChangeFailRate | Metric::ReworkRate => (whole, Tone::Warn),
    };
    let ever = dora.current.deployment_frequency.value.is_some();
    let bar = |point: &DoraPoint| Bar {
        name: format::day(point.to),
        value: value_of(point, metric).filter(|_| ever),
        tone,
    };
    let all: Vec<Bar> = dora.points.iter().map(bar).collect();
    bars(if dora.days > 30 { by_week } else { by_day }, &all, write, None)
}

/// The figure in one piece of the window; where nothing is known there is no bar, which is not zero.
fn value_of(point: &DoraPoint, metric: Metric) -> Option<f64> {
    let median = |spread: Option<&Spread>| spread.map(|spread| spread.median as f64);
    let changed = point.deployments + point.failed > 0;
    match metric {
        Metric::DeploymentFrequency => Some(point.deployments as f64),
        Metric::LeadTime | Metric::LeadTimeFromMerge => median(point.lead_time.as_ref()),
        Metric::ChangeFailRate => changed.then_some(point.failed as f64),
        Metric::RecoveryTime => median(point.recovery_time.as_ref()),
        Metric::ReworkRate => changed.then_some(point.rework as f64),
    }
}

fn whole(number: f64) -> String {
    format::fixed(number, 0)
}

fn long(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "was a whole number of seconds")]
    let seconds = seconds as i64;
    format::span(seconds)
}

fn rows_of(service: ServiceName, metric: Metric, days: Days, row: Data<ServiceRow>) -> AnyView {
    let address = move || {
        Address::of(routes::LIST_DORA_ROWS, &[service.as_str()])
            .with("metric", metric.name())
            .with("window", days.value.get())
            .with("limit", 50)
    };
    let live = Live::follow(address.clone(), |_: &DoraRows| Pace::Slow);
    let heading = NodeRef::<html::H2>::new();
    // What was asked for is below the figures: it is brought into sight, and to those who read by ear.
    heading.on_load(|heading| {
        request_animation_frame(move || {
            heading.scroll_into_view();
            heading.focus().ok();
        });
    });
    let title = format!("What {} is made of", lower(figures::name(metric)));
    view! {
        <section class="card" aria-labelledby="rows">
            <header class="card-head"><h2 id="rows" tabindex="-1" node_ref=heading>{title}</h2></header>
            {loaded(
                live,
                || view! { <Skeleton rows=4 /> }.into_any(),
                move |rows| {
                    let head = dynamic(move || rows.with(formula));
                    let list = with_older(rows, address.clone(), move |items| made_of(items, row));
                    view! { {head}{list} }.into_any()
                },
            )}
        </section>
    }
    .into_any()
}

fn formula(rows: &DoraRows) -> AnyView {
    let count = format::counted(rows.rows, "row", "rows");
    note(format!("{} {count}.", rows.formula))
}

fn made_of(items: Data<Vec<DoraRow>>, row: Data<ServiceRow>) -> AnyView {
    either(
        move || items.with(Vec::is_empty),
        || {
            view! {
                <Empty
                    title="No rows in this window"
                    text="A row is made by each promotion into the last environment of the manifest that ends. See them all:"
                    command="keelson dora"
                />
            }
            .into_any()
        },
        move || {
            dynamic(move || {
                let newest = row.with(|row| row.head.clone());
                let rows =
                    items.with(|items| items.iter().map(|item| told_row(item, newest.as_ref())).collect());
                table("Rows, as a table", HEADS, rows)
            })
        },
    )
}

const HEADS: &[Head] = &[
    Head::text("When"),
    Head::text("Promotion"),
    Head::text("Commit"),
    Head::number("Took"),
    Head::text("Counts"),
    Head::text("Because"),
];

fn told_row(row: &DoraRow, newest: Option<&Commit>) -> AnyView {
    let (sha, title) = match &row.commit {
        Some(commit) => {
            let pull = commit.pull_request.map_or(String::new(), |number| format!(" #{number}"));
            (commit.sha.clone(), format!(" {}{pull}", commit.title))
        }
        None => (row.release.commit.clone(), String::new()),
    };
    let url = newest.and_then(|newest| url_like(newest, &sha));
    let took = row.seconds.map_or_else(|| format::NO_DATA.to_owned(), format::seconds);
    let (counts, class) = if row.counts { ("yes", "") } else { ("no", "muted") };
    let mut because = vec![crate::words::sentence(&row.because).into_any()];
    if row.link.as_deref() == Some("inferred") {
        because.push(view! { <span class="place">"inferred"</span> }.into_any());
    }
    let short = row.release.artifact.short().to_owned();
    let promotion = view! { <a href=paths::promotion(&row.promotion)>{short}</a> }.into_any();
    let commit = view! { <CommitText commit=sha url /> }.into_any();
    tr(
        view! { <Time at=row.at /> }.into_any(),
        vec![
            ("mono", promotion),
            ("table-commit", vec![commit, title.into_any()].into_any()),
            ("number", took.into_any()),
            (class, counts.into_any()),
            ("table-text", because.into_any()),
        ],
    )
}

/// The page of a commit on the git host, by the newest commit's: hosts end such an address with the commit's hash.
fn url_like(newest: &Commit, sha: &CommitSha) -> Option<String> {
    let before = newest.url.as_deref()?.strip_suffix(newest.sha.as_str())?;
    Some(format!("{before}{}", sha.as_str()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn newest(url: &str) -> Commit {
        Commit {
            sha: "a".repeat(40).parse().unwrap(),
            title: String::new(),
            authors: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            url: Some(url.to_owned()),
        }
    }

    #[test]
    fn a_commits_page_is_where_the_newest_ones_is() {
        let sha: CommitSha = "b".repeat(40).parse().unwrap();
        let url = format!("https://github.com/acme/shop/commit/{}", "a".repeat(40));
        let expected = format!("https://github.com/acme/shop/commit/{}", "b".repeat(40));
        assert_eq!(url_like(&newest(&url), &sha), Some(expected));
        assert_eq!(url_like(&newest("https://git.example/?id=7"), &sha), None);
    }
}
