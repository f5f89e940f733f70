//! Data whose results were computed by hand.

use super::*;
use crate::figure::{Share, Spread};

/// A week with everything in it that other tools count wrongly.
fn a_week() -> Vec<Deployment> {
    let staging = |n, first_traffic_at| Deployment {
        environment: "staging".parse().unwrap(),
        commits: vec![commit(90 + n, hour(0), hour(0))],
        ..done(n, first_traffic_at)
    };
    let three = [commit(3, hour(20), hour(21)), commit(4, hour(22), hour(23)), commit(5, hour(22), hour(23))];
    let fix =
        ShippedCommit { title: "hotfix: count baskets once".to_owned(), ..commit(6, hour(50), hour(51)) };
    vec![
        staging(50, hour(1)),
        // The first deployment ever, of two commits.
        Deployment {
            commits: vec![commit(1, hour(-10), hour(0)), commit(2, hour(-1), hour(0))],
            reached_all_at: Some(hour(2)),
            ..done(1, hour(1))
        },
        staging(51, hour(3)),
        // Three commits at once, of which one is bad: rolled back by hand six hours after all users had it.
        Deployment { commits: three.to_vec(), reached_all_at: Some(hour(24)), ..done(2, hour(20)) },
        rollback(3, 2, 1, hour(30)),
        // A canary that never got further than its first share.
        went_back(4, hour(40)),
        // The way forward again brings the three commits a second time, and their fix.
        Deployment {
            commits: std::iter::once(fix).chain(three).collect(),
            reached_all_at: Some(hour(52)),
            ..done(5, hour(51))
        },
        // A release that did not start.
        Deployment {
            outcome: Outcome::Failed,
            first_traffic_at: None,
            reached_all_at: None,
            ..done(6, hour(55))
        },
        // A commit from a machine whose clock is ahead.
        Deployment {
            commits: vec![commit(7, hour(61), hour(59))],
            reached_all_at: Some(hour(60)),
            ..done(7, hour(59))
        },
    ]
}

#[test]
fn a_weeks_figures_are_those_computed_by_hand() {
    let report = week(&a_week(), &[]);
    // 1, 2, 5 and 7, on Monday, Tuesday and twice on Wednesday.
    let frequency = report.deployment_frequency.value.unwrap();
    assert_eq!((frequency.deployments, frequency.days_with), (4, 3));
    assert!((frequency.per_week - 4.0).abs() < 1e-9);
    // In hours: 12 and 3, then 4, 2 and 2, then 2; the seventh has no measure.
    assert_eq!(report.lead_time.value, Some(Spread { n: 6, median: 9_000, p90: 43_200 }));
    assert_eq!((report.lead_time.rows, report.lead_time.left_out), (7, 1));
    // In hours: 2 and 2, then 3, 1 and 1, then 1, then 1.
    assert_eq!(report.lead_time_from_merge.value, Some(Spread { n: 7, median: 3_600, p90: 10_800 }));
    // Of 1, 2, 4, 5 and 7, the second and the fourth.
    assert_eq!(report.change_fail_rate.value, Some(Share { count: 2, of: 5, share: 0.4 }));
    // From 20:00 to 30:02, and from 40:00 to 41:00.
    assert_eq!(report.recovery_time.value, Some(Spread { n: 2, median: 19_860, p90: 36_120 }));
    // Of 1, 2, 5 and 7, the fifth.
    assert_eq!(report.rework_rate.value, Some(Share { count: 1, of: 4, share: 0.25 }));
}

#[test]
fn every_figure_opens_its_rows() {
    let week = a_week();
    let all = Metric::ALL.map(|metric| format!("== {}\n{}", metric.name(), told(&week, &[], metric)));
    insta::assert_snapshot!(all.concat());
}

#[test]
fn the_first_deployment_counts() {
    // DevLake measures from the deployment before, and so leaves out the first.
    let first = Deployment { commits: vec![commit(1, hour(0), hour(0))], ..done(1, hour(1)) };
    let report = week(&[first], &[]);
    assert_eq!(report.lead_time.value, Some(Spread { n: 1, median: 5_400, p90: 5_400 }));
    assert_eq!(report.deployment_frequency.value.unwrap().deployments, 1);
}

#[test]
fn one_bad_deployment_of_many_commits_and_incidents_fails_once() {
    // Fourkeys joins incidents with changes: three commits and two incidents are 600 % there.
    let bad =
        Deployment { commits: (1..=3).map(|n| commit(n, hour(0), hour(0))).collect(), ..done(1, hour(1)) };
    let incident = |id: &str| Incident {
        id: id.to_owned(),
        started_at: hour(2),
        resolved_at: Some(hour(3)),
        caused_by: Some(promotion(1)),
    };
    let report = week(&[bad], &[incident("INC-1"), incident("INC-2")]);
    assert_eq!(report.change_fail_rate.value, Some(Share { count: 1, of: 1, share: 1.0 }));
}

#[test]
fn staging_never_counts() {
    // Fourkeys takes every successful deployment status, of whatever environment.
    let staging = Deployment { environment: "staging".parse().unwrap(), ..done(1, hour(1)) };
    assert_eq!(week(&[staging], &[]), week(&[], &[]));
}

#[test]
fn a_rollback_is_no_deployment() {
    let before = [done(1, hour(1)), done(2, hour(10))];
    let after = [done(1, hour(1)), done(2, hour(10)), rollback(3, 2, 1, hour(12))];
    let (before, after) = (week(&before, &[]), week(&after, &[]));
    assert_eq!(before.deployment_frequency, after.deployment_frequency);
    assert_eq!(before.rework_rate, after.rework_rate);
    assert_eq!(after.change_fail_rate.value, Some(Share { count: 1, of: 2, share: 0.5 }));
}

#[test]
fn a_lead_time_of_nothing_is_zero_and_not_left_out() {
    // Fourkeys drops what took less than a minute.
    let instant = Deployment {
        commits: vec![commit(1, hour(2), hour(2))],
        reached_all_at: Some(hour(2)),
        ..done(1, hour(2))
    };
    assert_eq!(week(&[instant], &[]).lead_time.value, Some(Spread { n: 1, median: 0, p90: 0 }));
}

#[test]
fn no_data_is_not_zero() {
    let nothing = week(&[], &[]);
    assert_eq!(nothing.deployment_frequency.value, None);
    insta::assert_json_snapshot!(nothing);

    let idle = Ledger::new(&production(), &[], &[]).report(Window::days(7, hour(7 * 24)), true);
    let frequency = idle.deployment_frequency.value.unwrap();
    assert_eq!(frequency.deployments, 0, "it is known that there was none");
    assert_eq!(idle.change_fail_rate.value, None);
    assert_eq!(idle.change_fail_rate.no_data.as_deref(), Some("no change got traffic in this window"));
    assert_eq!(idle.recovery_time.no_data.as_deref(), Some("nothing failed in this window"));
}

#[test]
fn the_pieces_of_a_window_add_up_to_it() {
    let week = a_week();
    let ledger = Ledger::new(&production(), &week, &[]);
    let window = Window::days(7, hour(7 * 24));
    let points = ledger.points(&window, 1);
    let deployments: Vec<usize> = points.iter().map(|point| point.deployments).collect();
    assert_eq!(deployments, [1, 1, 2, 0, 0, 0, 0]);
    let failed: Vec<usize> = points.iter().map(|point| point.failed).collect();
    assert_eq!(failed, [0, 2, 0, 0, 0, 0, 0]);
    assert_eq!(points[0].lead_time, Some(Spread { n: 2, median: 27_000, p90: 43_200 }));
    assert_eq!(points[3].lead_time, None, "no commit arrived, which is not a lead time of zero");
    assert_eq!(ledger.points(&window, 3).len(), 3, "the oldest piece is shorter");
}
