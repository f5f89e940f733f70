//! Golden data whose results were computed by hand, the cases that other tools get wrong, and what holds of any data.

mod golden;
mod laws;
mod links;
mod record;

use jiff::Timestamp;

use super::*;
use crate::access::Actor;
use crate::{Digest, Login};

/// So many minutes after the beginning: a Monday at midnight.
fn at(minute: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    begin + SignedDuration::from_mins(minute)
}

/// So many hours after the beginning.
fn hour(hours: i64) -> Timestamp {
    at(hours * 60)
}

fn promotion(n: u8) -> PromotionId {
    PromotionId::new(at(0), [n; 10])
}

fn release(n: u8) -> Release {
    Release { artifact: Digest::from_bytes([n; 32]), commit: sha(n) }
}

fn sha(n: u8) -> CommitSha {
    format!("{n:040x}").parse().unwrap()
}

fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

fn commit(n: u8, committed_at: Timestamp, merged_at: Timestamp) -> ShippedCommit {
    ShippedCommit {
        sha: sha(n),
        title: format!("Change {n}"),
        committed_at,
        merged_at: Some(merged_at),
        pull_request: None,
    }
}

/// An automatic promotion of artifact `n` that got traffic, reached all of it half an hour later, and stayed.
fn done(n: u8, first_traffic_at: Timestamp) -> Deployment {
    let reached = first_traffic_at + SignedDuration::from_mins(30);
    Deployment {
        promotion: promotion(n),
        service: "shop".parse().unwrap(),
        environment: production(),
        release: release(n),
        replaced: None,
        kind: Kind::Automatic,
        outcome: Outcome::Done,
        reason: None,
        created_at: first_traffic_at - SignedDuration::from_mins(1),
        first_traffic_at: Some(first_traffic_at),
        reached_all_at: Some(reached),
        restored_at: None,
        finished_at: reached + SignedDuration::from_mins(10),
        commits: Vec::new(),
        commits_complete: true,
    }
}

/// A promotion of artifact `n` that went back by itself after an hour of some traffic.
fn went_back(n: u8, first_traffic_at: Timestamp) -> Deployment {
    let back = first_traffic_at + SignedDuration::from_hours(1);
    Deployment {
        outcome: Outcome::RolledBack,
        reason: Some("5.0 % of requests failed".to_owned()),
        reached_all_at: None,
        restored_at: Some(back),
        finished_at: back,
        ..done(n, first_traffic_at)
    }
}

/// Ada's rollback of artifact `from` to artifact `to`, which is done in two minutes.
fn rollback(n: u8, from: u8, to: u8, created_at: Timestamp) -> Deployment {
    let reached = created_at + SignedDuration::from_mins(2);
    let login: Login = "ada".parse().unwrap();
    Deployment {
        release: release(to),
        replaced: Some(release(from)),
        kind: Kind::Rollback { by: Actor::Person { login }, reason: Some("checkout is slow".to_owned()) },
        created_at,
        first_traffic_at: Some(reached),
        reached_all_at: Some(reached),
        finished_at: reached,
        ..done(n, created_at)
    }
}

/// A report of the week that begins at the beginning, before which nothing had been deployed.
fn week(deployments: &[Deployment], incidents: &[Incident]) -> Report {
    Ledger::new(&production(), deployments, incidents).report(Window::days(7, hour(7 * 24)), false)
}

/// What the rows of the same week say: promotion, whether it counts, and why.
fn told(deployments: &[Deployment], incidents: &[Incident], metric: Metric) -> String {
    let ledger = Ledger::new(&production(), deployments, incidents);
    let rows = ledger.rows(metric, &Window::days(7, hour(7 * 24)));
    let line = |row: &Row| {
        let number = row.release.artifact.as_bytes()[0];
        let commit = row.commit.as_ref().map_or(String::new(), |commit| format!(" {}", commit.title));
        let counts = if row.counts { "counts" } else { "does not count" };
        let seconds = row.seconds.map_or(String::new(), |seconds| format!(" {seconds} s"));
        let link = row.link.map_or(String::new(), |link| format!(" ({link:?})"));
        format!("{number}{commit}: {counts}{seconds}: {}{link}\n", row.because)
    };
    rows.iter().map(line).collect()
}
