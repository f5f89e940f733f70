//! Whatever is asked, in whatever order and however often: what must always hold.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Ask {
    Propose { release: u8, by_hand: bool, newest: bool },
    Cancel { promotion: u8 },
    RollBack { to: Option<u8> },
    Hold,
    Resume,
    Pass { seconds: i64, errors: u64, target: TargetDoes },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TargetDoes {
    Settles,
    Applies,
    Fails,
    IsAway,
}

fn ask() -> impl Strategy<Value = Ask> {
    let target = prop_oneof![
        6 => Just(TargetDoes::Settles),
        2 => Just(TargetDoes::Applies),
        1 => Just(TargetDoes::Fails),
        1 => Just(TargetDoes::IsAway),
    ];
    prop_oneof![
        3 => (1..6_u8, any::<bool>(), any::<bool>())
            .prop_map(|(release, by_hand, newest)| Ask::Propose { release, by_hand, newest }),
        1 => (1..30_u8).prop_map(|promotion| Ask::Cancel { promotion }),
        1 => prop::option::of(1..6_u8).prop_map(|to| Ask::RollBack { to }),
        1 => Just(Ask::Hold),
        1 => Just(Ask::Resume),
        8 => (1..90_i64, prop_oneof![4 => Just(0_u64), 1 => Just(40)], target)
            .prop_map(|(seconds, errors, target)| Ask::Pass { seconds, errors, target }),
    ]
}

/// Applies one ask; a refusal is fine and changes nothing.
fn act(world: &mut World, ask: &Ask, id: u8) -> Result<(), Rejected> {
    let command = match *ask {
        Ask::Propose { release, by_hand: true, newest } => manual(id, release, newest),
        Ask::Propose { release, .. } => automatic(id, release),
        Ask::Cancel { promotion } => {
            Command::Cancel { promotion: promotion_id(promotion), by: person("ada") }
        }
        Ask::RollBack { to } => roll_back(id, to),
        Ask::Hold => Command::Hold { by: person("ada"), reason: "held".to_owned() },
        Ask::Resume => Command::Resume,
        Ask::Pass { seconds, errors, target } => {
            world.now += seconds;
            let mut status = world.settled();
            match (target, &mut status) {
                (TargetDoes::Applies, Some(status)) => status.phase = TargetPhase::Applying,
                (TargetDoes::Fails, Some(status)) => {
                    status.phase = TargetPhase::Failed { report: FailureReport::default() };
                }
                (TargetDoes::IsAway, _) => status = None,
                (TargetDoes::Settles | TargetDoes::Applies | TargetDoes::Fails, _) => {}
            }
            Command::Advance(Box::new(world.facts(status, errors)))
        }
    };
    world.apply(command)
}

fn check_invariants(before: &World, after: &World) {
    let rollouts = after.track.promotions.values().filter(|one| one.is_rollout()).count();
    assert!(rollouts <= 1, "one rollout at a time");

    let automatic_waiting =
        after.track.waiting().iter().filter(|promotion| promotion.kind.is_automatic()).count();
    assert!(automatic_waiting <= 1, "newer automatic candidates supersede waiting ones");

    for (id, promotion) in &before.track.promotions {
        if promotion.is_finished() {
            assert_eq!(Some(promotion), after.track.promotions.get(id), "what is over stays as it is");
        }
    }
    for request in &after.requests {
        let sum: u32 = request.shares.iter().map(|share| u32::from(share.weight.percent())).sum();
        assert!(request.shares.is_empty() || sum == 100, "traffic always adds up");
    }
    let sequences: Vec<u64> = after.requests.iter().map(|request| request.sequence).collect();
    assert!(sequences.windows(2).all(|pair| pair[0] < pair[1]), "requests are numbered upwards");

    let live: Vec<PromotionId> = after.track.lane.live.clone();
    let really: Vec<PromotionId> =
        after.track.promotions.values().filter(|one| !one.is_finished()).map(|one| one.id).collect();
    assert_eq!(live, really);

    let new_events = &after.events[before.events.len()..];
    let lifted = new_events.iter().any(|event| matches!(event, EventBody::HoldLifted { .. }));
    let started_by_automation = new_events.iter().any(|event| {
        matches!(event, EventBody::RolloutStarted { promotion }
            if after.track.promotions[&promotion.promotion].kind.is_automatic())
    });
    let was_held = before.track.lane.hold.is_some() && !lifted;
    assert!(!(started_by_automation && was_held), "a hold keeps automation away");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_rules_hold_whatever_is_asked(asks in prop::collection::vec(ask(), 1..60)) {
        let mut world = World::new();
        for (index, ask) in asks.iter().enumerate() {
            let before = world.clone();
            let id = u8::try_from(index + 1).unwrap();
            if act(&mut world, ask, id).is_err() {
                prop_assert_eq!(&before.track, &world.track, "a refusal changes nothing");
            }
            check_invariants(&before, &world);
        }
    }

    #[test]
    fn a_rollback_to_a_named_artifact_is_never_refused(asks in prop::collection::vec(ask(), 1..40)) {
        let mut world = World::new();
        for (index, ask) in asks.iter().enumerate() {
            let _ = act(&mut world, ask, u8::try_from(index + 1).unwrap());
        }
        world.ok(roll_back(200, Some(9)));
        prop_assert_eq!(world.asked(), "9@100");
        world.pass(1, 0);
        prop_assert_eq!(world.runs(), Some(release(9)));
    }

    #[test]
    fn looking_twice_at_the_same_moment_is_harmless(asks in prop::collection::vec(ask(), 1..40)) {
        let mut world = World::new();
        for (index, ask) in asks.iter().enumerate() {
            let _ = act(&mut world, ask, u8::try_from(index + 1).unwrap());
        }
        // The target has not moved on since, so a repeated look has nothing new to see.
        let facts = Facts { target: None, ..world.facts(None, 0) };
        let facts = Facts { measured: None, ..facts };
        world.ok(Command::Advance(Box::new(facts.clone())));
        let once = world.track.clone();
        let gates = once.waiting().iter().map(|one| (one.id, GateFacts::default())).collect();
        world.ok(Command::Advance(Box::new(Facts { gates, ..facts })));
        prop_assert_eq!(once, world.track);
    }
}
