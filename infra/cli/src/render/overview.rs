//! The first screen as text: is it healthy, what runs where, what waits and why.

use std::fmt::Write as _;

use api::overview::{LaneView, Overview, ServiceRow};
use domain::analysis::Measured;
use domain::health::{Health, HealthState};
use domain::rollout::Release;
use jiff::Timestamp;

use super::promotion::phase_word;
use super::{Cell, Table, Theme, Tone, ago, lasting, moment};

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
    text += &service_rows(&overview.services, now, theme);
    let more = overview.total.saturating_sub(overview.services.len());
    if more > 0 {
        let more = count(more, "more service", "more services");
        let _ = writeln!(text, "\n{}", theme.paint(Tone::Muted, &format!("{more}: `keelson service list`")));
    }
    text
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
        HealthState::Drifted => (Tone::Warn, "≠"),
        HealthState::Unhealthy => (Tone::Bad, "▲"),
    }
}

/// A row for every environment of these services, and below them what the row has no room for.
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
                Cell::or_dash(lane.recent.as_ref().and_then(quality)),
                waits(lane),
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

/// Why an environment is not healthy, what moves or waits there, and why it is held: a line for each.
fn reasons(service: &ServiceRow, lane: &LaneView, now: Timestamp, theme: Theme) -> Vec<String> {
    let place = format!("{} {}", service.name, lane.environment);
    let line = |tone, what: &str| format!("{}\n", theme.paint(tone, &format!("{place}: {what}")));
    let state = lane.health.state;
    let health = worth_a_reason(state).then(|| line(mark(state).0, &lane.health.reason));
    let rollout = lane.rollout.as_ref().map(|rollout| {
        let until = rollout.bakes_until.filter(|until| *until > now);
        let left = until.map_or(String::new(), |until| format!(", {} left", lasting(now, until)));
        let what = rollout.release.artifact.short();
        line(Tone::Strong, &format!("{what} {} at {}{left}", phase_word(rollout.phase), rollout.weight))
    });
    let waiting = lane.waiting.iter().flat_map(|promotion| {
        let what = promotion.release.artifact.short();
        // What keeps everything away has a line of its own.
        let own = ["held by", "locked by", "frozen"];
        let why = promotion.waits_for.iter().filter(move |why| !own.iter().any(|own| why.starts_with(own)));
        why.map(move |why| format!("{what} {why}"))
    });
    let waiting: Vec<String> = waiting.map(|what| line(Tone::Plain, &what)).collect();
    let hold = lane.hold.as_ref().map(|hold| {
        let since = ago(hold.since, now);
        line(Tone::Warn, &format!("held {since} by {}: {}", hold.by.label(), hold.reason))
    });
    let lock = lane.lock.as_ref().map(|lock| {
        let until = lock.until.map_or(String::new(), |until| format!(" until {}", moment(until)));
        let since = ago(lock.since, now);
        line(Tone::Warn, &format!("locked {since} by {}{until}: {}", lock.owner, lock.reason))
    });
    let freeze = lane.freeze.as_ref().map(|freeze| line(Tone::Warn, &freeze.sentence));
    let kept = hold.into_iter().chain(lock).chain(freeze);
    health.into_iter().chain(rollout).chain(waiting).chain(kept).collect()
}

fn worth_a_reason(state: HealthState) -> bool {
    match state {
        HealthState::Starting | HealthState::Unknown | HealthState::Drifted | HealthState::Unhealthy => true,
        HealthState::Healthy | HealthState::Empty => false,
    }
}

pub(super) fn health_word(state: HealthState) -> &'static str {
    match state {
        HealthState::Healthy => "healthy",
        HealthState::Empty => "empty",
        HealthState::Starting => "starting",
        HealthState::Unknown => "unknown",
        HealthState::Drifted => "drifted",
        HealthState::Unhealthy => "unhealthy",
    }
}

/// An artifact and the commit it was built from, both short.
pub(super) fn release(release: &Release) -> String {
    format!("{} ({})", release.artifact.short(), release.commit.short())
}

/// Requests, error share and latency on a few characters; `None` without requests.
pub(super) fn traffic(measured: &Measured) -> Option<String> {
    Some(format!("{} req · {}", measured.requests, quality(measured)?))
}

/// Error share and latency; `None` without requests.
fn quality(measured: &Measured) -> Option<String> {
    let share = measured.error_share()? * 100.0;
    let p95 = measured.p95.map_or(String::new(), |p95| format!(" · p95 {p95}"));
    Some(format!("{share:.1} % err{p95}"))
}

/// What moves or waits in an environment, in few words: the sentences are below the table.
fn waits(lane: &LaneView) -> Cell {
    if let Some(rollout) = &lane.rollout {
        return Cell::new(
            Tone::Strong,
            format!("{} at {}", rollout.release.artifact.short(), rollout.weight),
        );
    }
    let first = lane.waiting.first().map(|promotion| promotion.release.artifact.short());
    let first = first.map(|first| match lane.waiting.len() {
        1 => first,
        all => format!("{first} +{}", all - 1),
    });
    match (&lane.hold, first) {
        (Some(_), first) => Cell::new(Tone::Warn, format!("held {}", first.unwrap_or_default()).trim_end()),
        (None, Some(first)) => Cell::new(Tone::Warn, first),
        (None, None) => {
            Cell::or_dash(lane.candidate.as_ref().map(|next| format!("{} can come", next.artifact.short())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn what_the_overview_leaves_out_is_counted() {
        let many = Overview { total: 1_000, ..samples::overview() };
        let text = overview(&many, samples::now(), Theme::new(false));
        assert!(text.ends_with("\n998 more services: `keelson service list`\n"), "{text}");
    }

    #[test]
    fn the_overview_says_what_is_wrong_first() {
        let now = samples::now();
        insta::assert_snapshot!(overview(&samples::overview(), now, Theme::new(false)));
    }

    #[test]
    fn a_new_installation_says_how_to_begin() {
        let empty = Overview { services: Vec::new(), total: 0, ..samples::overview() };
        let text = overview(&empty, samples::now(), Theme::new(false));
        insta::assert_snapshot!(text.lines().last().unwrap_or_default(), @"No services yet: write a keelson.toml and run `keelson service apply`.");
    }
}
