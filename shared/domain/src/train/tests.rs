//! The rules of trains, told as stories and checked as a model.

use proptest::prelude::*;

use super::*;

const CARS: usize = 3;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn release(n: u8) -> Release {
    Release { artifact: Digest::from_bytes([n; 32]), commit: format!("{n:040x}").parse().unwrap() }
}

fn id(n: u16) -> PromotionId {
    let [high, low] = n.to_be_bytes();
    PromotionId::new(at(0), [0, 0, 0, 0, 0, 0, 0, 0, high, low])
}

fn ada() -> Actor {
    Actor::Person { login: "ada".parse().unwrap() }
}

/// What a promotion, or a rollback, does in a world without a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Absent,
    Closed,
    Ready,
    Rolling,
    Reverting,
    Done,
    Failed,
}

impl Life {
    fn moves(self) -> bool {
        matches!(self, Self::Rolling | Self::Reverting)
    }

    fn seen(self, old: &Release) -> Seen {
        match self {
            Self::Absent => Seen::Absent,
            Self::Closed => Seen::Closed,
            Self::Ready => Seen::Ready,
            Self::Rolling => Seen::Rolling,
            Self::Reverting => Seen::Reverting,
            Self::Done => Seen::Done { replaced: Some(old.clone()) },
            Self::Failed => Seen::Ended { reason: "12 % errors".to_owned() },
        }
    }
}

/// One service's environment: it runs its old release, its new one, or one that somebody else brought.
#[derive(Debug, Clone)]
struct Place {
    promotion: Life,
    rollback: Option<(PromotionId, Life)>,
    runs: u8,
}

#[derive(Debug, Clone)]
struct World {
    train: Train,
    /// The train as a slow process still has it.
    stale: Train,
    places: Vec<Place>,
    fresh: u16,
    now: i64,
    events: Vec<EventBody>,
}

impl World {
    fn new() -> Self {
        let car = |n: usize| Car {
            service: ["cart", "pay", "mail"][n].parse().unwrap(),
            release: release(new_of(n)),
            newest: true,
            promotion: id(u16::try_from(n).unwrap()),
            state: CarState::Waiting,
        };
        let train = Train {
            id: TrainId::new(at(0), [9; 10]),
            name: Some("checkout".to_owned()),
            environment: "production".parse().unwrap(),
            cars: (0..CARS).map(car).collect(),
            by: ada(),
            created_at: at(0),
            state: TrainState::Waiting,
        };
        let place = |n| Place { promotion: Life::Absent, rollback: None, runs: old_of(n) };
        let places = (0..CARS).map(place).collect();
        Self { stale: train.clone(), train, places, fresh: 100, now: 0, events: Vec::new() }
    }

    fn facts(&self) -> Vec<CarFacts> {
        let of = |(n, (car, place)): (usize, (&Car, &Place))| {
            let asked =
                if let CarState::GoingBack { rollback, .. } = &car.state { Some(*rollback) } else { None };
            let made = |asked| match place.rollback {
                Some((id, life)) if id == asked => life.seen(&release(old_of(n))),
                _ => Seen::Absent,
            };
            CarFacts {
                promotion: place.promotion.seen(&release(old_of(n))),
                rollback: asked.map(made),
                runs: Some(release(place.runs).artifact),
            }
        };
        self.train.cars.iter().zip(&self.places).enumerate().map(of).collect()
    }

    /// Looks at the train, and does what is to be done, unless the process dies in between.
    fn consider(&mut self, dies: bool) {
        self.now += 1;
        self.fresh += 1;
        let facts = self.facts();
        let events = self.train.consider(&facts, id(self.fresh), at(self.now));
        self.events.extend(events);
        if !dies {
            for order in self.train.orders(&facts) {
                self.carry_out(&order);
            }
        }
    }

    fn carry_out(&mut self, order: &Order) {
        match order {
            Order::Propose(n) if self.places[*n].promotion == Life::Absent => {
                self.places[*n].promotion = Life::Closed;
            }
            Order::Look(n) => self.look(*n, false),
            Order::Cancel(n) => match self.places[*n].promotion {
                Life::Closed | Life::Ready => self.places[*n].promotion = Life::Failed,
                Life::Rolling => self.places[*n].promotion = Life::Reverting,
                Life::Absent | Life::Reverting | Life::Done | Life::Failed => {}
            },
            Order::RollBack { car, rollback, .. } => {
                let place = &mut self.places[*car];
                if place.rollback.is_none_or(|(id, _)| id != *rollback) {
                    place.rollback = Some((*rollback, Life::Rolling));
                }
            }
            Order::Propose(_) => {}
        }
    }

    /// An environment looks whether its car may go, perhaps by a train read before somebody changed it.
    fn look(&mut self, n: usize, stale: bool) {
        let train = if stale { &self.stale } else { &self.train };
        let place = &mut self.places[n];
        match (place.promotion, train.turn(&id(u16::try_from(n).unwrap()))) {
            (Life::Ready, Turn::Go) => place.promotion = Life::Rolling,
            (Life::Ready | Life::Closed, Turn::Over) => place.promotion = Life::Failed,
            (_, _) => {}
        }
    }

    fn finish(&mut self, n: usize, well: bool) {
        let place = &mut self.places[n];
        match (place.promotion, well) {
            (Life::Closed, true) => place.promotion = Life::Ready,
            (Life::Rolling, true) => (place.promotion, place.runs) = (Life::Done, new_of(n)),
            (Life::Rolling, false) => place.promotion = Life::Reverting,
            (Life::Reverting, _) => place.promotion = Life::Failed,
            (_, _) => {}
        }
    }

    fn finish_rollback(&mut self, n: usize, well: bool) {
        let place = &mut self.places[n];
        if let Some((_, life @ Life::Rolling)) = &mut place.rollback {
            *life = if well { Life::Done } else { Life::Failed };
            if well {
                place.runs = old_of(n);
            }
        }
    }

    fn moving(&self) -> usize {
        let moves =
            |place: &&Place| place.promotion.moves() || place.rollback.is_some_and(|(_, life)| life.moves());
        self.places.iter().filter(moves).count()
    }

    /// Everything goes well from here on.
    fn settle(&mut self) -> String {
        for _ in 0..60 {
            self.consider(false);
            for n in 0..CARS {
                self.finish(n, true);
                self.finish_rollback(n, true);
            }
        }
        self.told()
    }

    fn told(&self) -> String {
        let runs: Vec<String> = self.places.iter().map(|place| place.runs.to_string()).collect();
        let end = self.events.last().map(EventBody::sentence).unwrap_or_default();
        format!("{} | {end}", runs.join(" "))
    }
}

fn old_of(n: usize) -> u8 {
    u8::try_from(n).unwrap() + 1
}

fn new_of(n: usize) -> u8 {
    u8::try_from(n).unwrap() + 11
}

#[test]
fn a_train_promotes_its_services_in_order() {
    let mut world = World::new();
    insta::assert_snapshot!(world.settle(), @"11 12 13 | train checkout has promoted every service in production");
}

#[test]
fn a_train_leaves_when_the_gates_of_all_its_services_are_open() {
    let mut world = World::new();
    world.consider(false);
    world.finish(0, true);
    world.finish(1, true);
    world.consider(false);
    assert_eq!(world.train.state, TrainState::Waiting);
    world.finish(2, true);
    world.consider(false);
    assert!(matches!(world.train.state, TrainState::Going { .. }));
    assert_eq!(world.places[0].promotion, Life::Rolling);
    assert_eq!(world.train.turn(&id(1)), Turn::Wait { reason: "cart goes first".to_owned() });
}

/// `cart` is promoted, and `pay` rolls out.
fn halfway() -> World {
    let mut world = World::new();
    world.consider(false);
    for n in 0..CARS {
        world.finish(n, true);
    }
    world.consider(false);
    world.finish(0, true);
    world.consider(false);
    assert_eq!(world.places[1].promotion, Life::Rolling);
    world
}

#[test]
fn a_car_that_fails_takes_back_what_went_before_it() {
    let mut world = halfway();
    world.finish(1, false);
    insta::assert_snapshot!(world.settle(), @"1 2 3 | train checkout has taken everything back in production: pay: 12 % errors");
}

#[test]
fn a_train_goes_back_when_one_of_its_services_is_taken_back_by_hand() {
    let mut world = halfway();
    world.places[0].runs = old_of(0);
    insta::assert_snapshot!(world.settle(), @"1 2 3 | train checkout has taken everything back in production: cart runs another release by now");
}

#[test]
fn a_train_can_be_taken_back_after_it_was_done_the_last_service_first() {
    let mut world = World::new();
    world.settle();
    world.train.roll_back(&ada(), Some("customers cannot pay"), at(100)).unwrap();
    world.consider(false);
    let backs: Vec<bool> = world.places.iter().map(|place| place.rollback.is_some()).collect();
    assert_eq!(backs, [false, false, true]);
    insta::assert_snapshot!(world.settle(), @"1 2 3 | train checkout has taken everything back in production: rolled back by ada: customers cannot pay");
    assert_eq!(world.train.roll_back(&ada(), None, at(200)), Err(TrainRejected::NothingToTakeBack));
    assert_eq!(world.train.cancel(&ada(), at(200)), Err(TrainRejected::Over));
}

#[test]
fn a_rollback_that_fails_is_named_and_can_be_tried_again() {
    let mut world = World::new();
    world.settle();
    world.train.roll_back(&ada(), None, at(100)).unwrap();
    world.consider(false);
    world.finish_rollback(2, false);
    insta::assert_snapshot!(world.settle(), @"1 2 13 | train checkout could not take everything back in production: rolled back by ada; not taken back: mail (12 % errors)");
    world.train.roll_back(&ada(), None, at(200)).unwrap();
    insta::assert_snapshot!(world.settle(), @"1 2 3 | train checkout has taken everything back in production: rolled back by ada");
}

#[test]
fn a_service_that_was_never_there_before_stays_and_says_so() {
    let mut world = halfway();
    world.train.cars[0].state = CarState::Promoted { replaced: None };
    world.train.cancel(&ada(), at(100)).unwrap();
    insta::assert_snapshot!(world.settle(), @"11 2 3 | train checkout could not take everything back in production: cancelled by ada; not taken back: cart (nothing ran there before)");
}

#[derive(Debug, Clone)]
enum Ask {
    Consider { dies: bool },
    Look { car: usize, stale: bool },
    Forget,
    Finish { car: usize, well: bool },
    FinishRollback { car: usize, well: bool },
    Cancel,
    RollBack,
    Replace { car: usize },
}

fn ask() -> impl Strategy<Value = Ask> {
    let well = || prop_oneof![5 => Just(true), 1 => Just(false)];
    prop_oneof![
        8 => any::<bool>().prop_map(|dies| Ask::Consider { dies }),
        4 => (0..CARS, any::<bool>()).prop_map(|(car, stale)| Ask::Look { car, stale }),
        2 => Just(Ask::Forget),
        8 => (0..CARS, well()).prop_map(|(car, well)| Ask::Finish { car, well }),
        4 => (0..CARS, well()).prop_map(|(car, well)| Ask::FinishRollback { car, well }),
        1 => Just(Ask::Cancel),
        1 => Just(Ask::RollBack),
        1 => (0..CARS).prop_map(|car| Ask::Replace { car }),
    ]
}

fn act(world: &mut World, ask: &Ask) {
    match *ask {
        Ask::Consider { dies } => world.consider(dies),
        Ask::Look { car, stale } => world.look(car, stale),
        Ask::Forget => world.stale = world.train.clone(),
        Ask::Finish { car, well } => world.finish(car, well),
        Ask::FinishRollback { car, well } => world.finish_rollback(car, well),
        Ask::Cancel => {
            let _ = world.train.cancel(&ada(), at(world.now));
        }
        Ask::RollBack => {
            let _ = world.train.roll_back(&ada(), None, at(world.now));
        }
        // Somebody brings another release, where nothing is under way.
        Ask::Replace { car } => {
            let place = &mut world.places[car];
            let rolls_back = place.rollback.is_some_and(|(_, life)| life.moves());
            if place.promotion == Life::Done && !rolls_back {
                place.runs = 99;
            }
        }
    }
}

/// All new, all old, or somebody is told which is not and why.
fn check_end(world: &World) -> Result<(), TestCaseError> {
    let TrainState::Finished { outcome, reason, .. } = &world.train.state else {
        return Err(TestCaseError::fail("the train never ends"));
    };
    let replaced = |n: usize| world.places[n].runs == 99;
    for (n, (car, place)) in world.train.cars.iter().zip(&world.places).enumerate() {
        match outcome {
            TrainOutcome::Done => prop_assert!(place.runs == new_of(n) || replaced(n)),
            TrainOutcome::Stopped | TrainOutcome::RolledBack => {
                prop_assert!(place.runs == old_of(n) || replaced(n), "{:?}", car.state);
            }
            TrainOutcome::Incomplete => {
                let told = reason.as_ref().is_some_and(|reason| reason.contains(car.service.as_str()));
                prop_assert!(place.runs == old_of(n) || replaced(n) || told);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn one_car_moves_at_a_time_and_all_end_new_or_old(asks in prop::collection::vec(ask(), 1..80)) {
        let mut world = World::new();
        for ask in &asks {
            act(&mut world, ask);
            prop_assert!(world.moving() <= 1, "{:?}", world.places);
        }
        world.settle();
        check_end(&world)?;
        prop_assert_eq!(world.moving(), 0);
        prop_assert!(world.train.orders(&world.facts()).is_empty());
    }
}
