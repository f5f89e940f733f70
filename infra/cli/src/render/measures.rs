//! The figures of delivery and of CI.

use std::fmt::Write as _;

use api::ci::{CiRunView, CiView};
use api::dora::{DoraRows, DoraView, ServiceDora};
use domain::ci_path::{Part, Regression, Trend};
use domain::dora::{Frequency, Link, Row};
use domain::figure::{Figure, Share, Spread};
use jiff::Timestamp;

use super::time::length;
use super::{Cell, Table, Theme, Tone, ago, moment};

/// How wide the waterfall of a run is, in characters.
const WIDE: u64 = 40;

/// The five figures of a service, each beside the window before.
pub(crate) fn dora(view: &DoraView, theme: Theme) -> String {
    let DoraView { service, environment, days, current, previous, .. } = view;
    let title = format!("{service} in {environment}, the last {days} days");
    let mut text = format!("{}\n", theme.paint(Tone::Strong, &title));
    let mut table = Table::new(&["figure", "now", "before", "rests on"]);
    let (now, before) = (current, previous);
    let deployments = [&now.deployment_frequency, &before.deployment_frequency];
    line(&mut table, "deployments", deployments, often, "deployment");
    line(&mut table, "lead time", [&now.lead_time, &before.lead_time], spread, "commit");
    let from_merge = [&now.lead_time_from_merge, &before.lead_time_from_merge];
    line(&mut table, "  from merge", from_merge, spread, "commit");
    line(&mut table, "change fail rate", [&now.change_fail_rate, &before.change_fail_rate], share, "change");
    line(&mut table, "recovery time", [&now.recovery_time, &before.recovery_time], spread, "failure");
    line(&mut table, "rework rate", [&now.rework_rate, &before.rework_rate], share, "deployment");
    text.push_str(&table.text(theme, ""));
    if view.truncated {
        let note = "There were too many promotions to read them all: the oldest are missing.";
        let _ = writeln!(text, "{}", theme.paint(Tone::Warn, note));
    }
    let note = format!("What a figure is made of: keelson dora {service} --window {days} --rows lead_time");
    let _ = writeln!(text, "{}", theme.paint(Tone::Muted, &note));
    text
}

/// A figure now and before, and how many of what it rests on.
fn line<T>(table: &mut Table, name: &str, [now, before]: [&Figure<T>; 2], told: fn(&T) -> String, of: &str) {
    table.row([name.into(), cell(now, told), cell(before, told), rests(now, of).into()]);
}

/// A line for each service.
pub(crate) fn dora_of_services(all: &[ServiceDora], days: &str, theme: Theme) -> String {
    let mut table = Table::new(&[
        "service",
        "deployments",
        "lead time",
        "change fail rate",
        "recovery time",
        "rework rate",
    ]);
    for ServiceDora { service, current, .. } in all {
        table.row([
            service.as_str().into(),
            cell(&current.deployment_frequency, often),
            cell(&current.lead_time, spread),
            cell(&current.change_fail_rate, share),
            cell(&current.recovery_time, spread),
            cell(&current.rework_rate, share),
        ]);
    }
    let mut text = table.text(theme, "No service is declared yet: keelson service apply.");
    let note = format!("Over the last {days} days. Times are medians and the slowest of ten (p90).");
    let _ = writeln!(text, "{}", theme.paint(Tone::Muted, &note));
    text
}

/// The rows of one figure, and how it comes from them.
pub(crate) fn dora_rows(rows: &DoraRows, theme: Theme) -> String {
    let mut table = Table::new(&["promotion", "when", "counts", "took", "what", "because"]);
    for row in &rows.items {
        let counts = if row.counts { Cell::new(Tone::Strong, "yes") } else { Cell::new(Tone::Muted, "no") };
        table.row([
            row.promotion.to_string().into(),
            moment(row.at).into(),
            counts,
            Cell::or_dash(row.seconds.map(long)),
            what(row).into(),
            because(row).into(),
        ]);
    }
    let mut text = table.text(theme, "No rows in this window.");
    if rows.items.len() < rows.rows {
        let _ = writeln!(text, "and {} more", rows.rows - rows.items.len());
    }
    let _ = writeln!(text, "{}", theme.paint(Tone::Muted, &rows.formula));
    text
}

fn what(row: &Row) -> String {
    match &row.commit {
        Some(commit) => format!("{} {}", commit.sha.short(), commit.title),
        None => format!("{} ({})", row.release.artifact.short(), row.release.commit.short()),
    }
}

fn because(row: &Row) -> String {
    match row.link {
        Some(Link::Inferred) => format!("{} (inferred)", row.because),
        Some(Link::Explicit) | None => row.because.clone(),
    }
}

/// How long CI takes, what makes it so, and its newest run.
pub(crate) fn ci(view: &CiView, now: Timestamp, theme: Theme) -> String {
    let CiView { service, days, summary, .. } = view;
    let title = format!("{service}: from push to artifact, the last {days} days");
    let mut text = format!("{}\n", theme.paint(Tone::Strong, &title));
    let mut table = Table::new(&["", "median", "p90"]);
    let parts = [
        ("total", &summary.total),
        ("queue", &summary.queue),
        ("run", &summary.run),
        ("other", &summary.other),
    ];
    for (name, figure) in parts {
        let part =
            |of: fn(&Spread) -> u64| Cell::or_dash(figure.value.as_ref().map(|spread| long(of(spread))));
        table.row([name.into(), part(|spread| spread.median), part(|spread| spread.p90)]);
    }
    text.push_str(&table.text(theme, ""));
    let budget = if view.budget_is_default { "the usual" } else { "the manifest's" };
    let over = match (&summary.over_budget.value, &summary.over_budget.no_data) {
        (Some(over), _) => {
            format!("{} of {} runs took longer than {budget} {}", over.count, over.of, long(view.budget))
        }
        (None, reason) => reason.clone().unwrap_or_default(),
    };
    let is_over = summary.over_budget.value.is_some_and(|over| over.count * 2 > over.of);
    let _ = writeln!(text, "{}", theme.paint(if is_over { Tone::Warn } else { Tone::Plain }, &over));
    if summary.reruns > 0 {
        let _ = writeln!(
            text,
            "{} of {} runs had a job that was run again, and are counted apart",
            summary.reruns, summary.runs
        );
    }
    let (tone, told) = trend(&summary.trend);
    let _ = writeln!(text, "{}", theme.paint(tone, &told));
    if let Some(last) = &view.last {
        text.push_str(&newest(last, now, theme));
    }
    text
}

fn trend(trend: &Trend) -> (Tone, String) {
    match trend {
        Trend::Slower(Regression { job, part, step, now, before, newest_runs, runs_before }) => {
            let what = match (part, step) {
                (Part::Queue, _) => format!("{job} waits longer for a runner"),
                (Part::Run, None) => format!("{job} takes longer"),
                (Part::Run, Some(step)) => format!("step \"{step}\" of {job} takes longer"),
            };
            let by = long(now.saturating_sub(*before));
            let told = format!(
                "{what}: {} instead of {}, {by} more (medians of {newest_runs} runs and {runs_before} before)",
                long(*now),
                long(*before)
            );
            (Tone::Warn, told)
        }
        Trend::Steady { newest, before } => (
            Tone::Plain,
            format!("no job takes notably longer in the newest {newest} runs than in {before} before"),
        ),
        Trend::TooFew { runs, needed } => {
            (Tone::Muted, format!("too few runs to say whether it gets slower: {runs} of {needed}"))
        }
    }
}

/// The newest run as a waterfall: waiting dotted, running solid, and what the artifact waited for marked.
fn newest(last: &CiRunView, now: Timestamp, theme: Theme) -> String {
    let run = &last.run;
    let mut text = format!("\n{} {} ({})\n", run.commit.short(), run.title, ago(run.registered_at, now));
    let starts = run.jobs.iter().map(|job| job.queued_at).chain(run.pushed_at);
    let (Some(start), Some(path)) = (starts.min(), &last.path) else { return text };
    let ends = run.jobs.iter().map(|job| job.ended_at.unwrap_or(job.started_at)).chain([run.registered_at]);
    let span = ends.max().map_or(1, |end| seconds(start, end)).max(1);
    let column = |at: Timestamp| usize::try_from(seconds(start, at) * WIDE / span).unwrap_or(0);
    let mut table = Table::new(&["", "job", "queue", "run", "from push to artifact"]);
    for job in &run.jobs {
        let end = job.ended_at.unwrap_or(run.registered_at);
        let (queued, started, ended) = (column(job.queued_at), column(job.started_at), column(end));
        let ran = (ended.saturating_sub(started)).max(1);
        let bar = format!("{}{}{}", " ".repeat(queued), "·".repeat(started - queued), "█".repeat(ran));
        let is_on_path = path.links.iter().any(|link| link.job == job.name);
        table.row([
            if is_on_path { "▸" } else { "" }.into(),
            job.name.as_str().into(),
            long(seconds(job.queued_at, job.started_at)).into(),
            long(seconds(job.started_at, end)).into(),
            Cell::new(if is_on_path { Tone::Strong } else { Tone::Muted }, bar),
        ]);
    }
    text.push_str(&table.text(theme, ""));
    let _ = writeln!(
        text,
        "▸ what the artifact waited for: {} queue + {} run + {} other = {}",
        long(path.queue),
        long(path.run),
        long(path.other),
        long(path.seconds)
    );
    text
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}

fn long(seconds: u64) -> String {
    length(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The figure, or why there is none.
fn cell<T>(figure: &Figure<T>, told: fn(&T) -> String) -> Cell {
    match (&figure.value, &figure.no_data) {
        (Some(value), _) => Cell::new(Tone::Plain, told(value)),
        (None, reason) => Cell::new(Tone::Muted, reason.as_deref().unwrap_or("no data")),
    }
}

fn often(frequency: &Frequency) -> String {
    format!("{} ({:.1} a week)", frequency.deployments, frequency.per_week)
}

fn spread(spread: &Spread) -> String {
    format!("{}, p90 {}", long(spread.median), long(spread.p90))
}

fn share(share: &Share) -> String {
    format!("{:.1} % ({} of {})", share.share * 100.0, share.count, share.of)
}

/// On how many rows a figure rests.
fn rests<T>(figure: &Figure<T>, row: &str) -> String {
    let plural = if figure.rows == 1 { "" } else { "s" };
    let left_out = match figure.left_out {
        0 => String::new(),
        left_out => format!(", {left_out} not measured"),
    };
    format!("{} {row}{plural}{left_out}", figure.rows)
}

#[cfg(test)]
mod tests;
