//! What people expect of it.

use super::*;
use crate::analysis::Verdict;
use crate::check::{Check, CheckSource, CheckState};
use crate::gates::{PreviousStay, Unmet};

#[test]
fn the_first_release_of_an_environment_takes_all_traffic_in_one_step() {
    let mut world = World::new();
    world.ok(automatic(1, 1)).pass(1, 0);
    assert_eq!(world.asked(), "1@100");
    world.pass(1, 0).pass(61, 0);
    assert_eq!(world.outcome(1), Some(Outcome::Done));
    assert_eq!(world.runs(), Some(release(1)));
}

#[test]
fn a_canary_goes_step_by_step_beside_the_old_release_which_stays_ready_until_the_end() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0);
    assert_eq!(world.asked(), "2@10 1@90");
    world.pass(1, 0);
    assert!(matches!(world.state(2), State::Baking { step: 0, .. }));
    assert_eq!(
        world.runs(),
        Some(release(1)),
        "what runs changes only when the new release has proven itself"
    );
    world.pass(61, 0);
    assert_eq!(world.asked(), "2@100 1@0");
    world.pass(1, 0).pass(61, 0);
    assert_eq!(world.asked(), "2@100");
    assert_eq!(world.runs(), Some(release(2)));
}

#[test]
fn a_release_that_fails_its_users_is_taken_back_and_held_and_not_tried_again() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0).pass(1, 0).pass(5, 50);
    assert_eq!(world.asked(), "1@100", "long before the bake is over");
    world.pass(1, 0);
    assert_eq!(world.outcome(2), Some(Outcome::RolledBack));
    assert_eq!(world.runs(), Some(release(1)));
    let hold = world.track.lane.hold.clone().unwrap();
    insta::assert_snapshot!(hold.reason, @"02020202 was rolled back: 50.0 % of requests fail (50 of 100), 0.0 % on the old release (0 of 900); at most 5.0 % may, and chance does not explain it");
    assert!(world.track.lane.rejects(&release(2).artifact));

    world.ok(automatic(3, 3)).pass(61, 0);
    let promotion = &world.track.promotions[&promotion_id(3)];
    assert!(matches!(promotion.waits_for[..], [Unmet::Held { .. }]), "the fix is offered, not forced");
    world.ok(Command::Resume).pass(1, 0);
    assert!(matches!(world.state(3), State::Rolling { .. }));
}

#[test]
fn a_release_that_does_not_start_fails_without_a_hold_and_nothing_else_changes() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0);
    let report = FailureReport { summary: "exited with code 3".to_owned(), ..FailureReport::default() };
    let mut target = world.settled().unwrap();
    target.phase = TargetPhase::Failed { report };
    let facts = world.facts(Some(target), 0);
    world.ok(Command::Advance(Box::new(facts)));
    assert_eq!(world.asked(), "1@100");
    world.pass(1, 0);
    assert_eq!(world.outcome(2), Some(Outcome::Failed));
    assert_eq!(world.runs(), Some(release(1)));
    assert_eq!(world.track.lane.hold, None);
    assert_eq!(
        world.track.promotions[&promotion_id(2)].failure.as_ref().unwrap().summary,
        "exited with code 3"
    );
}

#[test]
fn a_release_that_stops_while_it_is_watched_is_taken_back_with_its_last_words() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0).pass(1, 0);
    let mut target = world.settled().unwrap();
    let report = FailureReport { summary: "killed by signal 9".to_owned(), ..FailureReport::default() };
    target.releases[0].condition = Condition::Exited { report };
    let facts = world.facts(Some(target), 0);
    world.ok(Command::Advance(Box::new(facts))).pass(1, 0);
    assert_eq!(world.outcome(2), Some(Outcome::RolledBack));
}

#[test]
fn a_rollback_goes_back_to_what_ran_before_and_leaves_a_hold() {
    let mut world = World::new();
    world.ship(1, 1).ship(2, 2).ok(roll_back(3, None));
    assert_eq!(world.asked(), "1@100", "at once, without waiting for anything");
    world.pass(1, 0);
    assert_eq!(world.outcome(3), Some(Outcome::Done));
    assert_eq!(world.runs(), Some(release(1)));
    assert_eq!(world.track.lane.hold.clone().unwrap().reason, "rolled back to 01010101: it hurts");
    assert!(world.track.lane.rejects(&release(2).artifact));
}

#[test]
fn two_rollbacks_in_a_row_go_back_twice() {
    let mut world = World::new();
    world.ship(1, 1).ship(2, 2).ship(3, 3).ok(roll_back(4, None)).pass(1, 0);
    assert_eq!(world.runs(), Some(release(2)));
    world.ok(roll_back(5, None)).pass(1, 0);
    assert_eq!(world.runs(), Some(release(1)), "not to the release that was just left");
}

#[test]
fn a_rollback_pre_empts_a_rollout_under_way() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0).pass(1, 0).ok(roll_back(3, None));
    assert_eq!(world.outcome(2), Some(Outcome::RolledBack));
    assert_eq!(world.asked(), "1@100");
    world.pass(1, 0);
    assert_eq!(world.runs(), Some(release(1)));
    assert!(world.track.lane.rejects(&release(2).artifact));
}

#[test]
fn a_rollback_pre_empts_another_rollback() {
    let mut world = World::new();
    world.ship(1, 1).ship(2, 2).ship(3, 3).ok(roll_back(4, None)).ok(roll_back(5, Some(1))).pass(1, 0);
    assert_eq!(world.outcome(4), Some(Outcome::RolledBack));
    assert_eq!(world.runs(), Some(release(1)));
}

#[test]
fn nothing_to_go_back_to_is_said() {
    let mut world = World::new();
    world.ship(1, 1);
    assert_eq!(world.apply(roll_back(2, None)), Err(Rejected::NothingBefore));
}

#[test]
fn a_newer_candidate_supersedes_what_waits_but_not_what_people_picked() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0);
    world.ok(manual(3, 3, true)).ok(automatic(4, 4)).ok(automatic(5, 5));
    assert_eq!(world.outcome(4), Some(Outcome::Superseded));
    assert!(matches!(world.state(2), State::Rolling { .. }), "what is under way goes on");
    assert!(matches!(world.state(3), State::Waiting));
    let order: Vec<PromotionId> = world.track.waiting().iter().map(|one| one.id).collect();
    assert_eq!(order, [promotion_id(3), promotion_id(5)], "people first");
}

#[test]
fn picking_what_automation_proposed_makes_it_a_persons() {
    let mut world = World::new();
    world
        .ship(1, 1)
        .ok(Command::Hold { by: person("ada"), reason: "trade fair".to_owned() })
        .ok(automatic(2, 2));
    world.pass(1, 0);
    assert!(matches!(world.state(2), State::Waiting));
    world.ok(manual(9, 2, true)).pass(1, 0);
    assert!(matches!(world.state(2), State::Rolling { .. }), "a hold keeps automation away, not people");
}

#[test]
fn the_newest_candidate_picked_by_hand_lifts_the_hold_and_an_older_one_leaves_one() {
    let mut world = World::new();
    world.ship(1, 1).ship(2, 2).ok(roll_back(3, None)).pass(1, 0).ok(manual(4, 4, true));
    for _ in 0..6 {
        world.pass(61, 0);
    }
    assert_eq!(world.runs(), Some(release(4)));
    assert_eq!(world.track.lane.hold, None);
    world.ok(manual(5, 2, false));
    for _ in 0..6 {
        world.pass(61, 0);
    }
    assert_eq!(world.runs(), Some(release(2)));
    assert!(world.track.lane.hold.is_some());
}

#[test]
fn an_author_of_what_ships_cannot_approve_it() {
    let mut world = World::new();
    world.ok(proposal(1, 1, Kind::Automatic, gated())).pass(1, 0);
    assert!(matches!(world.state(1), State::Waiting));
    let diff = world.diff(1);
    let approve =
        |login: &str| Command::Approve { promotion: promotion_id(1), diff, approver: approver(login) };
    assert_eq!(world.apply(approve("bob")), Err(Rejected::NotAnApprover(NotAnApprover::IsAuthor)));
    world.ok(approve("eve")).pass(1, 0);
    assert!(matches!(world.state(1), State::Rolling { .. }));
    assert_eq!(world.apply(approve("eve")), Err(Rejected::NotWaiting));
}

#[test]
fn an_approval_of_another_artifact_is_refused() {
    let mut world = World::new();
    world.ok(proposal(1, 1, Kind::Automatic, gated()));
    let diff = Diff { artifact: release(2).artifact, ..world.diff(1) };
    let command = Command::Approve { promotion: promotion_id(1), diff, approver: approver("eve") };
    assert_eq!(world.apply(command), Err(Rejected::OtherDiff("another artifact would ship")));
}

#[test]
fn too_little_traffic_extends_the_step_and_then_asks_a_person() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0).pass(1, 0);
    for _ in 0..3 {
        world.now += 61;
        let mut facts = world.facts(world.settled(), 0);
        facts.measured = Some(Ok(Observation::default()));
        world.ok(Command::Advance(Box::new(facts)));
    }
    assert!(matches!(world.state(2), State::Baking { asks: true, step: 0, .. }));
    let diff = world.diff(2);
    world.ok(Command::Approve { promotion: promotion_id(2), diff, approver: approver("eve") });
    assert!(matches!(world.state(2), State::Rolling { step: 1, .. }));
}

#[test]
fn the_first_release_needs_no_traffic_because_there_is_nothing_to_go_back_to() {
    let mut world = World::new();
    world.ok(automatic(1, 1)).pass(1, 0).pass(1, 0);
    world.now += 61;
    let mut facts = world.facts(world.settled(), 0);
    facts.measured = Some(Ok(Observation::default()));
    world.ok(Command::Advance(Box::new(facts)));
    assert_eq!(world.outcome(1), Some(Outcome::Done));
    let step = &world.track.promotions[&promotion_id(1)].steps[0];
    assert_eq!(step.verdict, Some(Verdict::NotEnoughData { requests: 0, needed: 20 }), "and it is said");
}

#[test]
fn a_cancelled_rollout_goes_back_and_leaves_no_hold() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0).pass(1, 0);
    world.ok(Command::Cancel { promotion: promotion_id(2), by: person("ada") }).pass(1, 0);
    assert_eq!(world.outcome(2), Some(Outcome::Cancelled));
    assert_eq!(world.asked(), "1@100");
    assert_eq!(world.track.lane.hold, None);
    assert!(world.track.lane.rejects(&release(2).artifact), "automation does not start it again");
    let again = Command::Cancel { promotion: promotion_id(2), by: person("ada") };
    assert_eq!(world.apply(again), Err(Rejected::Finished));
}

#[test]
fn every_closed_gate_says_what_it_waits_for() {
    let mut world = World::new();
    let mut plan = gated();
    plan.required_checks = vec!["lint".to_owned(), "unit".to_owned()];
    plan.gates.soak = Some(Period::seconds(1_800));
    plan.previous = Some("staging".parse().unwrap());
    world.ok(proposal(1, 1, Kind::Automatic, plan));
    let lint = Check {
        name: "lint".to_owned(),
        source: CheckSource::CheckRun,
        workflow: None,
        state: CheckState::Failed,
        conclusion: None,
        attempt: 1,
        queued_at: None,
        started_at: None,
        completed_at: None,
        url: None,
        order: 1,
    };
    let previous = Some(PreviousStay::Running { since: at(0) });
    let facts = GateFacts { checks: vec![lint], previous, ..GateFacts::default() };
    let gates = BTreeMap::from([(promotion_id(1), facts)]);
    world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
    let promotion = &world.track.promotions[&promotion_id(1)];
    let sentences: Vec<String> = promotion.waits_for.iter().map(Unmet::sentence).collect();
    insta::assert_snapshot!(sentences.join("\n"), @r"
    waits for green checks (red: lint; not seen yet: unit)
    soaks in staging until 2027-01-15 08:30:00Z
    waits for approval: 0 of 1, not by bob
    ");
    assert_eq!(promotion.due(at(1_790)), Some(at(1_800)), "it looks again at the moment the soak ends");
}
