//! The first screen as text: is it healthy, what runs where, what waits and why.

use std::fmt::Write as _;

use api::overview::{LaneView, Overview, ServiceRow};
use domain::analysis::Measured;
use domain::health::{Health, HealthState};
use domain::rollout::Release;
use jiff::Timestamp;

use super::promotion::phase_word;
use super::{Cell, Table, Theme, Tone, ago, lasting};

/// Everything at a glance: the verdict, and a row for every environment.
pub(crate) fn overview(overview: &Overview, now: Timestamp, theme: Theme) -> String {
    let mut text = verdict(&overview.verdict, theme);
    let counts = [
        count(overview.deploys_today, "deploy today", "deploys today"),
        count(overview.rollbacks_today, "rollback today", "rollbacks today"),
        count(overview.waiting_for_approval, "waits for approval", "wait for approval"),
        count(overview.dead_letters, "dead letter", "dead letters"),
    ];
    let _ = writeln!(text, "{}\n", theme.paint(Tone::Muted, &counts.join(" · ")));
    text + &service_rows(&overview.services, now, theme)
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn verdict(health: &Health, theme: Theme) -> String {
    let (tone, mark) = mark(health.state);
    format!("{}\n", theme.paint(tone, &format!("{mark} {}", health.reason)))
}

fn mark(state: HealthState) -> (Tone, &'static str) {
    match state {
        HealthState::Healthy => (Tone::Good, "●"),
        HealthState::Empty => (Tone::Muted, "○"),
        HealthState::Starting => (Tone::Warn, "◐"),
        HealthState::Unknown => (Tone::Warn, "?"),
        HealthState::Unhealthy => (Tone::Bad, "▲"),
    }
}

/// A row for every environment of these services, and below them why one is not healthy or held.
pub(crate) fn service_rows(services: &[ServiceRow], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["service", "environment", "runs", "since", "health", "traffic", "waits"]);
    for service in services {
        for (index, lane) in service.environments.iter().enumerate() {
            let name = if index == 0 { service.name.as_str() } else { "" };
            let running = lane.running.as_ref();
            let (tone, mark) = mark(lane.health.state);
            table.row([
                Cell::new(Tone::Strong, name),
                lane.environment.as_str().into(),
                Cell::or_dash(running.map(|running| release(&running.release))),
                Cell::or_dash(running.map(|running| ago(running.since, now))),
                Cell::new(tone, format!("{mark} {}", health_word(lane.health.state))),
                Cell::or_dash(lane.recent.as_ref().and_then(traffic)),
                waits(lane, now),
            ]);
        }
    }
    let mut text =
        table.text(theme, "No services yet: write a keelson.toml and run `keelson service apply`.");
    let lanes =
        services.iter().flat_map(|service| service.environments.iter().map(move |lane| (service, lane)));
    let reasons: Vec<String> = lanes.flat_map(|(service, lane)| reasons(service, lane, now, theme)).collect();
    if !reasons.is_empty() {
        text.push('\n');
    }
    text + &reasons.concat()
}

/// Why an environment is not healthy, and why it is held, a line for each.
fn reasons(service: &ServiceRow, lane: &LaneView, now: Timestamp, theme: Theme) -> Vec<String> {
    let place = format!("{} {}", service.name, lane.environment);
    let line = |tone, what: &str| format!("{}\n", theme.paint(tone, &format!("{place}: {what}")));
    let state = lane.health.state;
    let health = worth_a_reason(state).then(|| line(mark(state).0, &lane.health.reason));
    let hold = lane.hold.as_ref().map(|hold| {
        let since = ago(hold.since, now);
        line(Tone::Warn, &format!("held {since} by {}: {}", hold.by.label(), hold.reason))
    });
    health.into_iter().chain(hold).collect()
}

fn worth_a_reason(state: HealthState) -> bool {
    matches!(state, HealthState::Starting | HealthState::Unknown | HealthState::Unhealthy)
}

pub(super) fn health_word(state: HealthState) -> &'static str {
    match state {
        HealthState::Healthy => "healthy",
        HealthState::Empty => "empty",
        HealthState::Starting => "starting",
        HealthState::Unknown => "unknown",
        HealthState::Unhealthy => "unhealthy",
    }
}

/// An artifact and the commit it was built from, both short.
pub(super) fn release(release: &Release) -> String {
    format!("{} ({})", release.artifact.short(), release.commit.short())
}

/// Requests, error share and latency on a few characters; `None` without requests.
pub(super) fn traffic(measured: &Measured) -> Option<String> {
    let share = measured.error_share()? * 100.0;
    let p95 = measured.p95.map_or(String::new(), |p95| format!(" · p95 {p95}"));
    Some(format!("{} req · {share:.1} % err{p95}", measured.requests))
}

/// What moves or waits in an environment, the most important thing first.
fn waits(lane: &LaneView, now: Timestamp) -> Cell {
    if let Some(rollout) = &lane.rollout {
        let until = rollout.bakes_until.filter(|until| *until > now);
        let left = until.map_or(String::new(), |until| format!(", {} left", lasting(now, until)));
        let what = rollout.release.artifact.short();
        let text = format!("{what} {} at {}{left}", phase_word(rollout.phase), rollout.weight);
        return Cell::new(Tone::Strong, text);
    }
    if let Some(next) = lane.waiting.first() {
        // Who holds it and why is told below the table.
        let own = next.waits_for.iter().find(|why| lane.hold.is_none() || !why.starts_with("held by"));
        let why = own.map_or("waits", String::as_str);
        let more = lane.waiting.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        let held = if lane.hold.is_some() { "held · " } else { "" };
        return Cell::new(Tone::Warn, format!("{held}{} {why}{more}", next.release.artifact.short()));
    }
    if lane.hold.is_some() {
        return Cell::new(Tone::Warn, "held");
    }
    match (&lane.candidate, lane.changes_waiting) {
        (Some(candidate), Some(changes)) => {
            let changes = count(changes, "change", "changes");
            format!("{} can come: {changes}", candidate.artifact.short()).into()
        }
        (Some(candidate), None) => format!("{} can come", candidate.artifact.short()).into(),
        (None, _) => Cell::or_dash(None::<String>),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_overview_says_what_is_wrong_first() {
        let now = samples::now();
        insta::assert_snapshot!(overview(&samples::overview(), now, Theme::new(false)));
    }

    #[test]
    fn a_new_installation_says_how_to_begin() {
        let empty = Overview { services: Vec::new(), ..samples::overview() };
        let text = overview(&empty, samples::now(), Theme::new(false));
        insta::assert_snapshot!(text.lines().last().unwrap_or_default(), @"No services yet: write a keelson.toml and run `keelson service apply`.");
    }
}
