//! Locks, agreement that is bound to what ships, emergencies, trains, and stopping a promotion wherever it is.

use proptest::prelude::*;

use super::*;
use crate::gates::{Trouble, Turn, Unmet};

fn lock(login: &str, until: Option<i64>) -> Command {
    let reason = "looking into slow checkouts".to_owned();
    Command::Lock(Lock { owner: person(login), since: at(0), reason, until: until.map(at) })
}

fn unlock(login: &str, may_break: bool) -> Command {
    Command::Unlock { by: person(login), may_break }
}

fn sentences(world: &World, id: u8) -> String {
    let waits = &world.track.promotions[&promotion_id(id)].waits_for;
    waits.iter().map(Unmet::sentence).collect::<Vec<_>>().join("\n")
}

fn approve(world: &World, id: u8, login: &str) -> Command {
    Command::Approve { promotion: promotion_id(id), diff: world.diff(id), approver: approver(login) }
}

#[test]
fn a_lock_keeps_automation_and_people_away_until_its_time_is_over() {
    let mut world = World::new();
    world.ship(1, 1).ok(lock("eve", Some(10_000))).ok(automatic(2, 2)).ok(manual(3, 3, true)).pass(1, 0);
    insta::assert_snapshot!(sentences(&world, 2), @"locked by eve until 2027-01-15 10:46:40Z: looking into slow checkouts");
    assert_eq!(sentences(&world, 2), sentences(&world, 3));
    let due = world.track.promotions[&promotion_id(2)].due(at(9_990));
    assert_eq!(due, Some(at(10_000)), "it is looked at again at the moment the lock ends");

    world.now = 9_999;
    world.pass(0, 0);
    assert!(world.track.lane.lock.is_some());
    world.pass(1, 0);
    assert_eq!(world.track.lane.lock, None);
    assert!(matches!(world.state(3), State::Rolling { .. }), "people first");
    assert!(world.events.iter().any(|event| matches!(event, EventBody::LockLifted { expired: true, .. })));
}

#[test]
fn a_rollback_passes_a_lock_and_leaves_it_in_force() {
    let mut world = World::new();
    world.ship(1, 1).ship(2, 2).ok(lock("eve", None)).ok(roll_back(3, None));
    assert_eq!(world.asked(), "1@100");
    assert!(world.track.lane.lock.is_some());
}

#[test]
fn only_its_owner_or_an_operator_changes_or_lifts_a_lock() {
    let mut world = World::new();
    world.ok(lock("eve", Some(100)));
    let others = Err(Rejected::LockedByOther("eve".to_owned()));
    assert_eq!(world.apply(lock("ada", None)), others);
    assert_eq!(world.apply(unlock("ada", false)), others);
    world.ok(lock("eve", Some(200))).ok(unlock("ada", true));
    assert_eq!(world.apply(unlock("eve", false)), Err(Rejected::NotLocked));
    world.ok(lock("eve", Some(100)));
    world.now = 100;
    world.ok(lock("ada", None));
    insta::assert_snapshot!(Rejected::LockedByOther("eve".to_owned()), @"it is locked by eve: only they, or an operator, may change or lift that lock");
}

#[test]
fn an_approval_counts_no_more_once_something_else_runs() {
    let mut world = World::new();
    let two = Plan { gates: Gates { approvals: Some(two_of_any()), ..Gates::default() }, ..plan() };
    world.ship(1, 1).ok(proposal(2, 2, Kind::Manual { by: person("ada"), newest: true }, two));
    let seen = world.diff(2);
    let approved = approve(&world, 2, "eve");
    world.ok(approved);
    world.ok(roll_back(3, Some(9))).pass(1, 0).pass(1, 0);
    assert_eq!(world.runs(), Some(release(9)));
    insta::assert_snapshot!(sentences(&world, 2), @"waits for approval: 0 of 2; eve's approval is void, the environment runs another release by now");

    let stale = Command::Approve { promotion: promotion_id(2), diff: seen, approver: approver("mia") };
    let refused = world.apply(stale).unwrap_err();
    insta::assert_snapshot!(refused, @"what you looked at has changed: the environment runs another release by now. Look at what ships now, and then decide again");
    let both = [approve(&world, 2, "eve"), approve(&world, 2, "mia")];
    for one in both {
        world.ok(one);
    }
    world.pass(1, 0);
    assert!(matches!(world.state(2), State::Rolling { .. }));
}

fn two_of_any() -> ApprovalRule {
    ApprovalRule { count: 2, from: None, not_author: false }
}

#[test]
fn what_waits_goes_by_the_manifest_as_it_is_now_and_approvals_of_before_are_void() {
    let mut world = World::new();
    world.ok(proposal(1, 1, Kind::Automatic, gated()));
    let approved = approve(&world, 1, "eve");
    let changed = Plan { steps: vec![step(100, 5)], revision: 2, ..gated() };
    let facts = GateFacts { plan: Some(changed.clone()), ..GateFacts::default() };
    let gates = BTreeMap::from([(promotion_id(1), facts)]);
    world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
    assert_eq!(world.track.promotions[&promotion_id(1)].plan, changed);
    assert_eq!(world.apply(approved), Err(Rejected::OtherDiff("the manifest changed how it is run or when")));
    let same = Plan { revision: 7, ..changed };
    let facts = GateFacts { plan: Some(same), ..GateFacts::default() };
    let gates = BTreeMap::from([(promotion_id(1), facts)]);
    world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
    assert_eq!(world.diff(1).revision, 2, "a revision that changed nothing here voids nothing");
}

#[test]
fn others_work_that_ships_too_after_a_rollback_counts_as_theirs() {
    let mut world = World::new();
    world.ship(1, 1).ship(2, 2).ok(proposal(3, 3, Kind::Automatic, gated())).pass(1, 0);
    world.ok(roll_back(4, None)).pass(1, 0).pass(1, 0);
    assert!(world.track.promotions[&promotion_id(3)].other_base);
    let eve = Author { name: "Eve".to_owned(), email: None, login: Some("eve".to_owned()) };
    let facts = GateFacts { authors: Some(vec![eve]), ..GateFacts::default() };
    let gates = BTreeMap::from([(promotion_id(3), facts)]);
    world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
    let command = approve(&world, 3, "eve");
    assert_eq!(world.apply(command), Err(Rejected::NotAnApprover(NotAnApprover::IsAuthor)));
}

#[test]
fn the_approval_of_somebody_whose_work_is_known_to_ship_only_later_counts_no_more() {
    let mut world = World::new();
    let both = Gates { freeze: vec![always()], ..gated().gates };
    world.ok(proposal(1, 1, Kind::Automatic, Plan { gates: both, ..plan() }));
    let approved = approve(&world, 1, "eve");
    world.ok(approved);
    let eve = Author { name: "Eve".to_owned(), email: None, login: Some("eve".to_owned()) };
    let facts = GateFacts {
        authors: Some(vec![eve]),
        approvers: vec![approver("eve"), approver("mia")],
        ..GateFacts::default()
    };
    let gates = BTreeMap::from([(promotion_id(1), facts)]);
    world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
    assert!(sentences(&world, 1).starts_with("waits for approval: 0 of 1, not by eve; mia could\n"));
}

fn always() -> crate::manifest::Freeze {
    crate::manifest::Freeze {
        rule: "FREQ=DAILY".parse().unwrap(),
        starts: None,
        from: "00:00".parse().unwrap(),
        to: "24:00".parse().unwrap(),
        zone: "UTC".parse().unwrap(),
        reason: Some("trade fair".to_owned()),
    }
}

#[test]
fn two_people_pass_the_gates_in_an_emergency_and_it_says_which() {
    let mut world = World::new();
    let gates = Gates { freeze: vec![always()], ..gated().gates };
    world.ship(1, 1).ok(lock("ada", None));
    world.ok(proposal(2, 2, Kind::Automatic, Plan { gates, ..plan() })).pass(1, 0);
    insta::assert_snapshot!(sentences(&world, 2), @r"
    waits for approval: 0 of 1, not by bob
    frozen: trade fair; no end is in sight: change the windows in keelson.toml
    locked by ada until they unlock it: looking into slow checkouts
    ");
    let ask = |login: &str| Command::AskOverride {
        promotion: promotion_id(2),
        by: login.parse().unwrap(),
        reason: "customers cannot pay".to_owned(),
    };
    let diff = world.diff(2);
    let confirm = |login: &str| Command::ConfirmOverride {
        promotion: promotion_id(2),
        diff,
        by: login.parse().unwrap(),
    };
    assert_eq!(world.apply(confirm("eve")), Err(Rejected::NotAsked));
    world.ok(ask("eve")).pass(1, 0);
    assert!(matches!(world.state(2), State::Waiting), "one person is not enough");
    assert_eq!(world.apply(confirm("eve")), Err(Rejected::SamePerson));
    world.ok(confirm("mia")).pass(1, 0);
    assert!(matches!(world.state(2), State::Rolling { .. }));
    assert_eq!(world.apply(ask("eve")), Err(Rejected::Begun));
    let note = world.events.iter().find(|event| matches!(event, EventBody::GatesOverridden { .. })).unwrap();
    insta::assert_snapshot!(note.sentence(), @"02020202 (0000000) of shop began in production past closed gates: waits for approval: 0 of 1, not by bob; frozen: trade fair; no end is in sight: change the windows in keelson.toml; locked by ada until they unlock it: looking into slow checkouts");
    let kept = world.track.promotions[&promotion_id(2)].overriding.clone().unwrap();
    assert_eq!(kept.overrode.len(), 3);
}

#[test]
fn an_override_is_void_once_something_else_would_ship() {
    let mut world = World::new();
    world.ship(1, 1).ok(proposal(2, 2, Kind::Manual { by: person("ada"), newest: true }, gated()));
    let by = |login: &str| login.parse().unwrap();
    let reason = "customers cannot pay".to_owned();
    let diff = world.diff(2);
    world.ok(Command::AskOverride { promotion: promotion_id(2), by: by("eve"), reason });
    world.ok(roll_back(3, Some(9))).pass(1, 0).pass(1, 0);
    let confirm = |diff| Command::ConfirmOverride { promotion: promotion_id(2), diff, by: by("mia") };
    assert!(matches!(world.apply(confirm(diff)), Err(Rejected::OtherDiff(_))));
    let now = world.diff(2);
    assert!(matches!(world.apply(confirm(now)), Err(Rejected::OtherDiff(_))), "eve asked for something else");
    world.pass(1, 0);
    assert!(matches!(world.state(2), State::Waiting));
}

#[test]
fn no_emergency_passes_another_rollout() {
    let mut world = World::new();
    world.ship(1, 1).ok(automatic(2, 2)).pass(1, 0).ok(proposal(3, 3, Kind::Automatic, gated())).pass(1, 0);
    let by = |login: &str| login.parse().unwrap();
    let reason = "customers cannot pay".to_owned();
    world.ok(Command::AskOverride { promotion: promotion_id(3), by: by("eve"), reason });
    let diff = world.diff(3);
    world.ok(Command::ConfirmOverride { promotion: promotion_id(3), diff, by: by("mia") }).pass(1, 0);
    insta::assert_snapshot!(sentences(&world, 3), @"waits for prm_01a3185c57d072028202020202020202, which is rolling out there");
}

#[test]
fn what_is_wrong_in_the_environment_before_closes_the_gate() {
    let mut world = World::new();
    let plan = Plan { previous: Some("staging".parse().unwrap()), ..plan() };
    world.ok(proposal(1, 1, Kind::Automatic, plan));
    let mut look = |trouble: Option<Trouble>| {
        let previous = Some(PreviousStay::Running { since: at(-9) });
        let facts = GateFacts { previous, trouble, ..GateFacts::default() };
        let gates = BTreeMap::from([(promotion_id(1), facts)]);
        world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
        sentences(&world, 1)
    };
    let reason = "killed by signal 9".to_owned();
    insta::assert_snapshot!(look(Some(Trouble::Unhealthy { reason })), @"waits until staging is healthy: killed by signal 9");
    let reason = "12 % of requests fail".to_owned();
    insta::assert_snapshot!(look(Some(Trouble::TakenBack { reason })), @"was taken back in staging (12 % of requests fail): promote it there again, or pick another");
    assert_eq!(look(None), "");
}

#[test]
fn a_car_waits_for_its_turn_and_automation_waits_for_the_car() {
    let mut world = World::new();
    let train = TrainId::new(at(0), [5; 10]);
    world.ship(1, 1).ok(automatic(2, 2));
    let Command::Propose(mut car) = manual(3, 2, true) else { unreachable!() };
    car.train = Some(train);
    world.ok(Command::Propose(car)).ok(automatic(4, 4));
    assert_eq!(world.outcome(2), Some(Outcome::Superseded), "it goes with the train now");
    let mut look = |turn: Turn| {
        let of = |turn| GateFacts { turn, ..GateFacts::default() };
        let gates = BTreeMap::from([(promotion_id(3), of(Some(turn))), (promotion_id(4), of(None))]);
        world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
        world.clone()
    };
    let waits = look(Turn::Wait { reason: "cart goes first".to_owned() });
    insta::assert_snapshot!(sentences(&waits, 3), @"waits for train trn_01a3185c500075058505050505050505: cart goes first");
    insta::assert_snapshot!(sentences(&waits, 4), @"waits for train trn_01a3185c500075058505050505050505: it goes first");
    let over = {
        let mut world = waits.clone();
        let facts = GateFacts { turn: Some(Turn::Over), ..GateFacts::default() };
        let gates = BTreeMap::from([(promotion_id(3), facts)]);
        world.ok(Command::Advance(Box::new(Facts { gates, ..Facts::default() })));
        world
    };
    assert_eq!(over.outcome(3), Some(Outcome::Cancelled));
    assert!(
        over.track.lane.rejects(&release(2).artifact),
        "automation must not go on with a part of a train"
    );
    assert!(matches!(look(Turn::Go).state(3), State::Rolling { .. }));
}

/// Brings promotion 2 into each state in which it is not over, by name.
fn in_state(state: u8) -> World {
    let mut world = World::new();
    world.ship(1, 1);
    match state {
        0 => world.ok(proposal(2, 2, Kind::Automatic, gated())).pass(1, 0),
        1 => world.ok(lock("eve", None)).ok(manual(2, 2, true)).pass(1, 0),
        2 => world.ok(automatic(2, 2)).pass(1, 0),
        3 => world.ok(automatic(2, 2)).pass(1, 0).pass(1, 0),
        4 => {
            world.ok(automatic(2, 2)).pass(1, 0).pass(1, 0);
            for _ in 0..3 {
                world.now += 61;
                let facts = Facts { measured: None, ..world.facts(world.settled(), 0) };
                let measured = Some(Ok(crate::analysis::Observation::default()));
                world.ok(Command::Advance(Box::new(Facts { measured, ..facts })));
            }
            assert!(matches!(world.state(2), State::Baking { asks: true, .. }));
            &mut world
        }
        5 => world.ok(automatic(2, 2)).pass(1, 0).pass(1, 0).pass(61, 0),
        _ => world.ok(automatic(2, 2)).pass(1, 0).pass(1, 0).pass(1, 90),
    };
    world
}

#[test]
fn every_state_that_can_be_stopped_is_reached() {
    let names: Vec<&str> = (0..=6).map(|state| in_state(state).state_name()).collect();
    assert_eq!(names, ["waiting", "waiting", "rolling", "baking", "baking", "rolling", "reverting"]);
}

impl World {
    fn state_name(&self) -> &'static str {
        match self.state(2) {
            State::Waiting => "waiting",
            State::Rolling { .. } => "rolling",
            State::Baking { .. } => "baking",
            State::Reverting { .. } => "reverting",
            State::Finished { .. } => "finished",
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_promotion_can_be_stopped_wherever_it_is(
        state in 0..=6_u8,
        again in any::<bool>(),
        looks in prop::collection::vec((0..40_i64, any::<bool>()), 0..6),
    ) {
        let mut world = in_state(state);
        let stop = || Command::Cancel { promotion: promotion_id(2), by: person("ada") };
        world.ok(stop());
        for (seconds, settles) in looks {
            world.now += seconds;
            let target = if settles { world.settled() } else { None };
            let facts = world.facts(target, 0);
            world.ok(Command::Advance(Box::new(facts)));
            if again {
                let repeated = world.apply(stop());
                prop_assert!(repeated == Ok(()) || repeated == Err(Rejected::Finished));
            }
        }
        world.pass(1, 0);
        prop_assert_eq!(world.state_name(), "finished");
        prop_assert_ne!(world.outcome(2), Some(Outcome::Done));
        prop_assert_eq!(world.runs(), Some(release(1)), "what ran before runs");
        prop_assert!(world.asked().starts_with("1@100"));
        prop_assert!(world.track.lane.rejects(&release(2).artifact), "automation must not start it again");
    }
}
