//! The machine among crashes: commands whose outcome was lost, events handled twice and late, reports that are stale.
//!
//! The model is what is left when a process dies at any line: the state as it was last stored, the events that were
//! stored with it, and a target that has heard of some of them.

use proptest::prelude::*;

use super::*;
use crate::drift::{Drift, Finding, Truth};

/// A target that declares what it was asked for last, whatever it hears twice or too late.
#[derive(Debug, Clone, Default)]
struct Target {
    asked: Option<TargetRequest>,
    /// What it has told, oldest first.
    told: Vec<TargetStatus>,
}

impl Target {
    fn hear(&mut self, request: &TargetRequest) {
        if self.asked.as_ref().is_none_or(|asked| asked.sequence < request.sequence) {
            self.asked = Some(request.clone());
        }
    }

    fn settled(&mut self) -> Option<TargetStatus> {
        let request = self.asked.as_ref()?;
        let releases = request.shares.iter().map(|share| ReleaseStatus {
            artifact: share.release.artifact,
            weight: share.weight,
            condition: Condition::Ready,
            since: at(0),
            read_back: None,
        });
        let (sequence, phase) = (request.sequence, TargetPhase::Settled);
        let status = TargetStatus { sequence, phase, releases: releases.collect(), address: None };
        self.told.push(status.clone());
        Some(status)
    }
}

/// The stored state, the stream of its events, and how far the target has heard of it.
#[derive(Debug, Clone)]
struct Keelson {
    world: World,
    target: Target,
    /// How many requests were handed to the target for certain.
    acknowledged: usize,
}

#[derive(Debug, Clone)]
enum Ask {
    Propose {
        release: u8,
        by_hand: bool,
    },
    RollBack {
        to: Option<u8>,
    },
    Cancel {
        promotion: u8,
    },
    /// The rules decide, and the process dies before it is stored.
    Crash {
        seconds: i64,
    },
    /// Requests reach the target; if `dies`, nobody knows afterwards that they did.
    Deliver {
        dies: bool,
    },
    /// A request that was handed over before is handed over once more.
    DeliverAgain {
        which: usize,
    },
    /// The target is asked, and settles; the same look is taken so many times.
    Look {
        seconds: i64,
        times: u8,
        errors: u64,
    },
    /// A report of long ago is taken for the target as it is.
    LookAtStale {
        which: usize,
        stopped: bool,
    },
    /// What runs is found to be tampered with, or well.
    ReadBack {
        departs: bool,
    },
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        3 => (1..6_u8, any::<bool>()).prop_map(|(release, by_hand)| Ask::Propose { release, by_hand }),
        1 => prop::option::of(1..6_u8).prop_map(|to| Ask::RollBack { to }),
        1 => (1..40_u8).prop_map(|promotion| Ask::Cancel { promotion }),
        2 => (1..90_i64).prop_map(|seconds| Ask::Crash { seconds }),
        4 => any::<bool>().prop_map(|dies| Ask::Deliver { dies }),
        2 => any::<usize>().prop_map(|which| Ask::DeliverAgain { which }),
        8 => (1..90_i64, 1..4_u8, prop_oneof![5 => Just(0_u64), 1 => Just(40)])
            .prop_map(|(seconds, times, errors)| Ask::Look { seconds, times, errors }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, stopped)| Ask::LookAtStale { which, stopped }),
        1 => any::<bool>().prop_map(|departs| Ask::ReadBack { departs }),
    ]
}

impl Keelson {
    fn new() -> Self {
        Self { world: World::new(), target: Target::default(), acknowledged: 0 }
    }

    fn deliver(&mut self, dies: bool) {
        let requests = self.world.requests[self.acknowledged..].to_vec();
        requests.iter().for_each(|request| self.target.hear(request));
        if !dies {
            self.acknowledged = self.world.requests.len();
        }
    }

    fn look(&mut self, target: Option<TargetStatus>, errors: u64) {
        let facts = self.world.facts(target, errors);
        self.world.ok(Command::Advance(Box::new(facts)));
    }

    fn act(&mut self, ask: &Ask, id: u8) {
        match *ask {
            Ask::Propose { release, by_hand: true } => drop(self.world.apply(manual(id, release, true))),
            Ask::Propose { release, .. } => drop(self.world.apply(automatic(id, release))),
            Ask::RollBack { to } => drop(self.world.apply(roll_back(id, to))),
            Ask::Cancel { promotion } => {
                let (promotion, by) = (promotion_id(promotion), person("ada"));
                drop(self.world.apply(Command::Cancel { promotion, by }));
            }
            Ask::Crash { seconds } => {
                let mut lost = self.clone();
                lost.world.now += seconds;
                let status = lost.target.settled();
                lost.look(status, 0);
            }
            Ask::Deliver { dies } => self.deliver(dies),
            Ask::DeliverAgain { which } => {
                if let Some(request) =
                    self.world.requests.get(which % self.world.requests.len().max(1)).cloned()
                {
                    self.target.hear(&request);
                }
            }
            Ask::Look { seconds, times, errors } => {
                self.world.now += seconds;
                let status = self.target.settled();
                for _ in 0..times {
                    self.look(status.clone(), errors);
                }
            }
            Ask::LookAtStale { which, stopped } => {
                let told = self.target.told.get(which % self.target.told.len().max(1)).cloned();
                let stale = told.filter(|told| told.sequence < self.world.track.lane.sequence);
                let Some(mut stale) = stale else { return };
                if stopped {
                    let report = FailureReport::default();
                    let exited = |release: &mut ReleaseStatus| {
                        release.condition = Condition::Exited { report: report.clone() };
                    };
                    stale.releases.iter_mut().for_each(exited);
                }
                self.look_at_stale(stale);
            }
            Ask::ReadBack { departs } => {
                let Some(running) = self.world.runs() else { return };
                let findings = vec![Finding::Changed { path: "app".to_owned() }];
                let drift =
                    Drift { artifact: running.artifact, since: at(self.world.now), findings, more: 0 };
                let truth = if departs { Truth::Departs(drift) } else { Truth::AsPromoted };
                self.world.ok(Command::ReadBack(truth.clone()));
                let once = self.world.clone();
                self.world.ok(Command::ReadBack(truth));
                assert_eq!(once.track, self.world.track, "the same found again is no news");
                assert_eq!(once.events.len(), self.world.events.len());
            }
        }
    }

    /// What a rollout was waiting for cannot have been reported before it was asked for.
    fn look_at_stale(&mut self, stale: TargetStatus) {
        let before = self.world.track.rollout().map(|rollout| (rollout.id, rollout.state.clone()));
        let facts = Facts { measured: None, gates: BTreeMap::new(), target: Some(stale) };
        self.world.ok(Command::Advance(Box::new(facts)));
        let after = self.world.track.rollout().map(|rollout| (rollout.id, rollout.state.clone()));
        let overdue = self.world.events.iter().any(|event| {
            matches!(event, EventBody::RolloutReverting { reason, .. } | EventBody::PromotionFinished { reason: Some(reason), .. }
                if reason.contains("did not settle"))
        });
        assert!(
            before == after || overdue,
            "a report of long ago moves nothing: {before:?} became {after:?}"
        );
    }

    fn check_events(&self) {
        let mut facts: Vec<String> = Vec::new();
        for event in &self.world.events {
            match event {
                EventBody::PromotionProposed { promotion }
                | EventBody::RolloutStarted { promotion }
                | EventBody::PromotionFinished { promotion, .. } => {
                    facts.push(format!("{:?} {}", event.kind(), promotion.promotion));
                }
                EventBody::StepReached { promotion, weight }
                | EventBody::StepPassed { promotion, weight, .. } => {
                    facts.push(format!("{:?} {} {weight}", event.kind(), promotion.promotion));
                }
                _ => {}
            }
        }
        facts.sort();
        let told = facts.len();
        facts.dedup();
        assert_eq!(told, facts.len(), "nothing happens twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_crashes_the_target_ends_with_what_is_recorded(asks in prop::collection::vec(ask(), 1..60)) {
        let mut keelson = Keelson::new();
        for (index, ask) in asks.iter().enumerate() {
            let (drifted, before) = (keelson.world.track.lane.drift.is_some(), keelson.world.events.len());
            let running = keelson.world.runs();
            keelson.act(ask, u8::try_from(index + 1).unwrap());
            if drifted && !matches!(ask, Ask::ReadBack { .. }) {
                for event in &keelson.world.events[before..] {
                    let EventBody::RolloutStarted { promotion } = event else { continue };
                    let started = &keelson.world.track.promotions[&promotion.promotion];
                    // What runs may have changed in the very look that started it: a rollback was just over.
                    let brings = |runs: &Option<Release>| runs.as_ref() == Some(&promotion.release);
                    let repairs = brings(&running) || brings(&keelson.world.runs());
                    prop_assert!(started.kind.is_rollback() || repairs, "drift blocks all but a repair");
                }
            }
        }
        // The machine comes to rest: everything is delivered, the target does what it is asked for, users are content.
        keelson.world.ok(Command::ReadBack(Truth::AsPromoted));
        for _ in 0..60 {
            keelson.deliver(false);
            keelson.world.now += 61;
            let status = keelson.target.settled();
            keelson.look(status, 0);
        }
        keelson.check_events();
        prop_assert!(keelson.world.track.rollout().is_none(), "no rollout is left half way");
        let asked = keelson.target.asked.as_ref();
        prop_assert_eq!(asked.map_or(0, |asked| asked.sequence), keelson.world.track.lane.sequence);
        let runs = asked.map(|asked| asked.shares.clone()).unwrap_or_default();
        let recorded = keelson.world.runs().map(|release| only(&release)).unwrap_or_default();
        prop_assert_eq!(runs, recorded, "the target runs what is recorded, and nothing else");
    }
}
