use domain::ci_path::{Job, Run, Step, summarize};
use domain::dora::{Deployment, Ledger, Metric, ShippedCommit, Window};
use serde_json::json;

use super::*;
use crate::render::samples;

const DAY: i64 = 86_400;

fn before(seconds: i64) -> Timestamp {
    Timestamp::from_second(samples::now().as_second() - seconds).unwrap()
}

/// Two deployments of a commit each, two hours from commit to production; the newer one was taken back in an hour.
fn deployments() -> Vec<Deployment> {
    let one = |n: u8, first_traffic: i64, back: Option<i64>| {
        let commit = ShippedCommit {
            sha: format!("{n:040x}").parse().unwrap(),
            title: format!("Change {n}"),
            committed_at: before(first_traffic + 6_600),
            merged_at: Some(before(first_traffic + 3_000)),
            pull_request: Some(n.into()),
        };
        let row = json!({
            "promotion": format!("prm_01a202b2c8e87101810101010101010{n}"),
            "service": "storefront",
            "environment": "production",
            "release": { "artifact": format!("sha256:{:064x}", n), "commit": commit.sha },
            "kind": { "kind": "automatic" },
            "outcome": if back.is_some() { "rolled_back" } else { "done" },
            "reason": back.map(|_| "12.0 % of requests fail"),
            "created_at": before(first_traffic + 60),
            "first_traffic_at": before(first_traffic),
            "reached_all_at": before(first_traffic - 600),
            "restored_at": back.map(before),
            "finished_at": before(back.unwrap_or(first_traffic - 900)),
            "commits": [commit],
            "commits_complete": true,
        });
        serde_json::from_value(row).unwrap()
    };
    vec![one(1, 3 * DAY, None), one(2, DAY, Some(DAY - 3_600))]
}

fn window() -> Window {
    Window::days(7, samples::now())
}

fn view(deployments: &[Deployment]) -> DoraView {
    let production = "production".parse().unwrap();
    let ledger = Ledger::new(&production, deployments, &[]);
    DoraView {
        service: "storefront".parse().unwrap(),
        environment: production.clone(),
        days: 7,
        observed_since: ledger.observed_since(),
        truncated: false,
        current: ledger.report(window(), false),
        previous: ledger.report(window().previous(), false),
        points: Vec::new(),
        formulas: Vec::new(),
    }
}

#[test]
fn figures_stand_beside_those_before_and_say_what_they_rest_on() {
    insta::assert_snapshot!(dora(&view(&deployments()), Theme::new(false)));
}

#[test]
fn what_is_not_known_is_said_in_words() {
    insta::assert_snapshot!(dora(&view(&[]), Theme::new(false)));
}

#[test]
fn services_are_a_line_each() {
    let DoraView { service, environment, truncated, current, previous, .. } = view(&deployments());
    let one = ServiceDora { service, environment, truncated, current, previous };
    insta::assert_snapshot!(dora_of_services(&[one], "7", Theme::new(false)));
}

#[test]
fn rows_say_why_they_count() {
    let deployments = deployments();
    let ledger_of = "production".parse().unwrap();
    let ledger = Ledger::new(&ledger_of, &deployments, &[]);
    let told = [Metric::LeadTime, Metric::ChangeFailRate, Metric::RecoveryTime].map(|metric| {
        let items = ledger.rows(metric, &window());
        let formula = metric.formula().to_owned();
        let rows = DoraRows { metric, formula, window: window(), rows: items.len(), items, next: None };
        dora_rows(&rows, Theme::new(false))
    });
    insta::assert_snapshot!(told.join("\n"));
}

fn run(number: i64, unit: i64) -> Run {
    let push = before(number * 3_600);
    let at = |seconds: i64| Timestamp::from_second(push.as_second() + seconds).unwrap();
    let job = |name: &str, [queued, started, ended]: [i64; 3]| Job {
        name: name.to_owned(),
        state: domain::check::CheckState::Passed,
        attempt: 1,
        queued_at: at(queued),
        started_at: at(started),
        ended_at: Some(at(ended)),
        url: None,
        steps: vec![Step { name: "cargo test".to_owned(), seconds: u32::try_from(ended - started).unwrap() }],
    };
    let end = 10 + unit;
    Run {
        service: "storefront".parse().unwrap(),
        commit: format!("{number:040x}").parse().unwrap(),
        title: "Show prices with tax".to_owned(),
        artifact: format!("sha256:{number:064x}").parse().unwrap(),
        pushed_at: Some(push),
        registered_at: at(end + 60),
        jobs: vec![
            job("lint", [2, 6, 40]),
            job("unit", [2, 10, end]),
            job("build", [end, end + 5, end + 62]),
        ],
    }
}

fn ci_view(runs: Vec<Run>) -> CiView {
    CiView {
        service: "storefront".parse().unwrap(),
        days: 7,
        window: window(),
        budget: 180,
        budget_is_default: false,
        truncated: false,
        summary: summarize(&runs, 180),
        last: runs.into_iter().next().map(CiRunView::from),
        formula: String::new(),
    }
}

#[test]
fn ci_says_how_long_it_takes_and_what_makes_it_slower() {
    let runs = (1..=20).map(|number| run(number, if number <= 10 { 150 } else { 90 })).collect();
    insta::assert_snapshot!(ci(&ci_view(runs), samples::now(), Theme::new(false)));
}

#[test]
fn ci_without_runs_says_so() {
    insta::assert_snapshot!(ci(&ci_view(Vec::new()), samples::now(), Theme::new(false)));
}
