//! What holds of any data.

use proptest::prelude::*;

use super::*;

/// Any history: changes that stay, that go back or are stopped, that never start, and rollbacks; here and elsewhere.
fn history() -> impl Strategy<Value = Vec<Deployment>> {
    let one = (0..5_u8, 1..8_u8, 1..8_u8, 0..10_000_i64, prop::collection::vec(0..30_u8, 0..4));
    prop::collection::vec(one, 0..25).prop_map(|all| {
        let deployment =
            |(n, (what, artifact, other, minute, commits)): (usize, (u8, u8, u8, i64, Vec<u8>))| {
                let n = u8::try_from(n).unwrap() + 1;
                let made = match what {
                    0 => rollback(n, artifact, other, at(minute)),
                    1 => went_back(n, at(minute)),
                    2 => Deployment { outcome: Outcome::Cancelled, ..went_back(n, at(minute)) },
                    3 => Deployment {
                        first_traffic_at: None,
                        reached_all_at: None,
                        outcome: Outcome::Failed,
                        ..done(n, at(minute))
                    },
                    _ => done(n, at(minute)),
                };
                let release = if what == 0 { made.release.clone() } else { release(artifact) };
                let commits =
                    commits.into_iter().map(|c| commit(c, at(minute - 60), at(minute - 30))).collect();
                Deployment { release, commits, ..made }
            };
        all.into_iter().enumerate().map(deployment).collect()
    })
}

fn incidents() -> impl Strategy<Value = Vec<Incident>> {
    let one = (0..10_000_i64, prop::option::of(0..3_000_i64), prop::option::of(1..30_u8));
    prop::collection::vec(one, 0..4).prop_map(|all| {
        let incident = |(n, (minute, lasted, cause)): (usize, (i64, Option<i64>, Option<u8>))| Incident {
            id: format!("INC-{n}"),
            started_at: at(minute),
            resolved_at: lasted.map(|lasted| at(minute + lasted)),
            caused_by: cause.map(promotion),
        };
        all.into_iter().enumerate().map(incident).collect()
    })
}

fn reports(deployments: &[Deployment], incidents: &[Incident]) -> Vec<Vec<Row>> {
    let ledger = Ledger::new(&production(), deployments, incidents);
    let window = Window::days(7, hour(7 * 24));
    Metric::ALL.iter().map(|metric| ledger.rows(*metric, &window)).collect()
}

proptest! {
    #[test]
    fn a_share_is_between_none_and_all(deployments in history(), incidents in incidents()) {
        let report = week(&deployments, &incidents);
        for share in [report.change_fail_rate.value, report.rework_rate.value].into_iter().flatten() {
            prop_assert!(share.count <= share.of && (0.0..=1.0).contains(&share.share));
        }
    }

    #[test]
    fn deployments_elsewhere_change_nothing(deployments in history(), elsewhere in history(), incidents in incidents()) {
        let staging: EnvironmentName = "staging".parse().unwrap();
        let elsewhere = elsewhere.into_iter().map(|one| Deployment { environment: staging.clone(), ..one });
        let both: Vec<Deployment> = elsewhere.chain(deployments.iter().cloned()).collect();
        prop_assert_eq!(reports(&both, &incidents), reports(&deployments, &incidents));
    }

    #[test]
    fn the_order_in_which_they_are_told_and_how_often_changes_nothing(deployments in history(), seed in 0..100_usize) {
        let mut turned = deployments.clone();
        turned.rotate_left(if deployments.is_empty() { 0 } else { seed % deployments.len() });
        turned.extend(deployments.iter().cloned());
        prop_assert_eq!(reports(&turned, &[]), reports(&deployments, &[]));
    }

    #[test]
    fn rollbacks_are_neither_deployments_nor_arrivals(deployments in history()) {
        let without: Vec<Deployment> = deployments.iter().filter(|one| !one.kind.is_rollback()).cloned().collect();
        let (with, without) = (reports(&deployments, &[]), reports(&without, &[]));
        prop_assert_eq!(&with[0], &without[0]);
        prop_assert_eq!(&with[1], &without[1]);
        prop_assert_eq!(&with[2], &without[2]);
    }

    #[test]
    fn a_commit_arrives_once(deployments in history()) {
        let ledger = Ledger::new(&production(), &deployments, &[]);
        let rows = ledger.rows(Metric::LeadTime, &Window::days(90, hour(30 * 24)));
        let mut commits: Vec<_> = rows.iter().filter_map(|row| row.commit.as_ref().map(|one| &one.sha)).collect();
        let all = commits.len();
        commits.sort();
        commits.dedup();
        prop_assert_eq!(commits.len(), all);
    }

    #[test]
    fn pieces_have_every_row_once(deployments in history(), days in 1..8_u16) {
        let ledger = Ledger::new(&production(), &deployments, &[]);
        let window = Window::days(7, hour(7 * 24));
        for metric in Metric::ALL {
            let of_pieces: usize = window.split(days).iter().map(|piece| ledger.rows(metric, piece).len()).sum();
            prop_assert_eq!(of_pieces, ledger.rows(metric, &window).len());
        }
    }

    #[test]
    fn every_figure_is_what_its_rows_add_up_to(deployments in history(), incidents in incidents()) {
        let report = week(&deployments, &incidents);
        let rows = reports(&deployments, &incidents);
        let counted = |index: usize| rows[index].iter().filter(|row: &&Row| row.counts).count();
        prop_assert_eq!(report.change_fail_rate.value.map_or(0, |share| share.count), counted(3));
        prop_assert_eq!(report.change_fail_rate.rows, rows[3].len());
        prop_assert_eq!(report.lead_time.value.map_or(0, |spread| spread.n), counted(1));
        prop_assert_eq!(report.recovery_time.value.map_or(0, |spread| spread.n), counted(4));
        for row in rows.iter().flatten() {
            if let (Some(from), Some(to), Some(seconds)) = (row.from, row.to, row.seconds) {
                prop_assert_eq!(i64::try_from(seconds).unwrap(), from.duration_until(to).as_secs());
            }
        }
    }
}
