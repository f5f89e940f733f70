//! What failed because of what, how sure that is, and when it was over.

use super::*;
use crate::figure::Spread;

#[test]
fn a_rollback_that_pre_empts_a_rollout_makes_it_fail_once() {
    // The rollout ends as rolled back at the moment the rollback is made, and is back when that one is done.
    let pre_empted = Deployment { restored_at: None, finished_at: hour(11), ..went_back(2, hour(10)) };
    let all = [done(1, hour(1)), pre_empted, rollback(3, 2, 1, hour(11))];
    insta::assert_snapshot!(told(&all, &[], Metric::RecoveryTime), @"2: counts 3720 s: rolled back by ada: checkout is slow (Explicit)");
    assert_eq!(week(&all, &[]).change_fail_rate.value.unwrap().count, 1);
}

#[test]
fn what_was_pre_empted_before_users_got_it_harmed_nobody() {
    let not_yet = Deployment { first_traffic_at: None, restored_at: None, ..went_back(2, hour(10)) };
    let all = [done(1, hour(1)), not_yet, rollback(3, 2, 1, hour(10))];
    insta::assert_snapshot!(told(&all, &[], Metric::ChangeFailRate), @"1: does not count: reached 100 % of traffic and stayed");
}

#[test]
fn a_person_who_stops_a_rollout_under_traffic_makes_it_fail() {
    let stopped = Deployment {
        outcome: Outcome::Cancelled,
        reason: Some("cancelled by ada".to_owned()),
        ..went_back(2, hour(10))
    };
    insta::assert_snapshot!(told(&[done(1, hour(1)), stopped], &[], Metric::ChangeFailRate), @r"
    2: counts: stopped while it had traffic: cancelled by ada (Explicit)
    1: does not count: reached 100 % of traffic and stayed
    ");
}

#[test]
fn what_is_not_over_has_no_length() {
    // The rollback did not come up, so users still have what it should have taken back.
    let failed = Deployment {
        outcome: Outcome::Failed,
        first_traffic_at: None,
        reached_all_at: None,
        ..rollback(3, 2, 1, hour(12))
    };
    let all = [done(1, hour(1)), done(2, hour(10)), failed];
    insta::assert_snapshot!(told(&all, &[], Metric::RecoveryTime), @"2: does not count: rolled back by ada: checkout is slow; not recovered yet (Explicit)");
    let recovery = week(&all, &[]).recovery_time;
    assert_eq!((recovery.value, recovery.rows, recovery.left_out), (None, 1, 1));
    assert_eq!(recovery.no_data.as_deref(), Some("none of the rows could be measured yet"));
}

#[test]
fn going_back_that_failed_is_over_when_something_else_has_all_traffic() {
    let stuck = Deployment { restored_at: None, ..went_back(2, hour(10)) };
    let all = [done(1, hour(1)), stuck, done(3, hour(20))];
    // From 10:00 to 20:30.
    assert_eq!(week(&all, &[]).recovery_time.value, Some(Spread { n: 1, median: 37_800, p90: 37_800 }));
}

#[test]
fn going_back_twice_takes_back_both() {
    let all = [
        done(1, hour(1)),
        done(2, hour(10)),
        done(3, hour(20)),
        rollback(4, 3, 2, hour(22)),
        rollback(5, 2, 1, hour(23)),
    ];
    insta::assert_snapshot!(told(&all, &[], Metric::RecoveryTime), @r"
    3: counts 7320 s: rolled back by ada: checkout is slow (Explicit)
    2: counts 46920 s: rolled back by ada: checkout is slow (Explicit)
    ");
}

#[test]
fn the_newest_of_two_promotions_of_one_artifact_is_what_was_taken_back() {
    let again = Deployment { promotion: promotion(9), ..done(2, hour(30)) };
    let all = [done(1, hour(1)), done(2, hour(10)), done(3, hour(20)), again, rollback(4, 2, 3, hour(40))];
    let ledger = Ledger::new(&production(), &all, &[]);
    assert!(ledger.failure_of(&promotion(9)).is_some());
    assert!(ledger.failure_of(&promotion(2)).is_none());
}

#[test]
fn an_incident_without_a_link_is_blamed_on_what_ran_and_marked() {
    let incident = |caused_by| Incident {
        id: "INC-7".to_owned(),
        started_at: hour(15),
        resolved_at: Some(hour(16)),
        caused_by,
    };
    let all = [done(1, hour(1)), done(2, hour(10)), done(3, hour(20))];
    insta::assert_snapshot!(told(&all, &[incident(None)], Metric::RecoveryTime), @"2: counts 21600 s: linked to incident INC-7 (Inferred)");
    insta::assert_snapshot!(told(&all, &[incident(Some(promotion(1)))], Metric::RecoveryTime), @"1: counts 54000 s: linked to incident INC-7 (Explicit)");
    // What ran after a rollback is what the rollback brought back, not what it took away.
    let back = [done(1, hour(1)), done(2, hour(10)), rollback(3, 2, 1, hour(12))];
    let ledger = Ledger::new(&production(), &back, std::slice::from_ref(&INC_AFTER))
        .failure_of(&promotion(1))
        .cloned();
    assert_eq!(ledger.map(|failure| failure.link), Some(Link::Inferred));
}

/// An incident that began after the rollback.
static INC_AFTER: std::sync::LazyLock<Incident> = std::sync::LazyLock::new(|| Incident {
    id: "INC-8".to_owned(),
    started_at: hour(15),
    resolved_at: None,
    caused_by: None,
});

#[test]
fn a_named_cause_outranks_an_inferred_one() {
    let incident = Incident {
        id: "INC-9".to_owned(),
        started_at: hour(11),
        resolved_at: Some(hour(30)),
        caused_by: None,
    };
    let all = [done(1, hour(1)), done(2, hour(10)), rollback(3, 2, 1, hour(12))];
    insta::assert_snapshot!(told(&all, &[incident], Metric::RecoveryTime), @"2: counts 7320 s: rolled back by ada: checkout is slow (Explicit)");
}

#[test]
fn what_is_made_while_users_still_have_the_failed_one_is_rework() {
    // Nobody rolls back; the way out is forward.
    let stuck = Deployment { restored_at: None, ..went_back(2, hour(10)) };
    let all = [done(1, hour(1)), stuck, done(3, hour(12)), done(4, hour(20))];
    insta::assert_snapshot!(told(&all, &[], Metric::ReworkRate).replace(&promotion(2).to_string(), "PROMOTION"), @r"
    4: does not count: planned, as far as is known
    3: counts: made while users still had PROMOTION (Inferred)
    1: does not count: planned, as far as is known
    ");
}

#[test]
fn titles_tell_repairs() {
    let titled = |title: &str| Deployment {
        commits: vec![ShippedCommit { title: title.to_owned(), ..commit(1, hour(0), hour(0)) }],
        ..done(1, hour(1))
    };
    let is_rework = |title| week(&[titled(title)], &[]).rework_rate.value.unwrap().count == 1;
    for title in
        ["Hotfix: tax", "hotfix/tax", "Revert \"Show tax\"", "Merge pull request #7 from acme/hotfix-tax"]
    {
        assert!(is_rework(title), "{title}");
    }
    for title in ["Fix a typo", "Revert to the old font is not wanted", "Document the hotfix way"] {
        assert!(!is_rework(title), "{title}");
    }
}
