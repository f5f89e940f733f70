//! The machine, told as stories and checked as a model.
#![expect(clippy::wildcard_enum_match_arm, reason = "tests look for one kind of event among many")]

use super::*;
use crate::analysis::{Comparison, Measured};
use crate::manifest::{ApprovalRule, Gates, ProcessTarget, Thresholds};
use crate::promotion::Outcome;
use crate::rollout::{Condition, FailureReport, ReleaseStatus, TargetPhase};

mod faults;
mod gates;
mod model;
mod stories;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn release(n: u8) -> Release {
    Release { artifact: Digest::from_bytes([n; 32]), commit: format!("{n:040x}").parse().unwrap() }
}

fn promotion_id(n: u8) -> PromotionId {
    PromotionId::new(at(n.into()), [n; 10])
}

fn person(login: &str) -> Actor {
    Actor::Person { login: login.parse().unwrap() }
}

fn approver(login: &str) -> Approver {
    Approver { login: login.parse().unwrap(), git_login: None, emails: Vec::new(), teams: Vec::new() }
}

fn step(weight: i64, bake: u32) -> Step {
    Step { weight: Weight::try_from(weight).unwrap(), bake: Period::seconds(bake) }
}

fn plan() -> Plan {
    let target = Target::Process(ProcessTarget {
        command: vec!["./app".to_owned()],
        check: Vec::new(),
        port: None,
        ready: "/readyz".to_owned(),
        ready_successes: 2,
        start_timeout: Period::seconds(30),
        drain: Period::seconds(30),
        drain_streams: Period::seconds(5),
        env: BTreeMap::new(),
    });
    Plan {
        target,
        steps: vec![step(10, 60), step(100, 60)],
        rollback_when: Thresholds { error_rate: Some(0.05), p95: None, minimum_requests: Some(20) },
        gates: Gates::default(),
        required_checks: Vec::new(),
        previous: None,
        revision: 1,
    }
}

fn gated() -> Plan {
    let approvals = ApprovalRule { count: 1, from: None, not_author: true };
    Plan { gates: Gates { approvals: Some(approvals), ..Gates::default() }, ..plan() }
}

fn automatic(id: u8, release_number: u8) -> Command {
    proposal(id, release_number, Kind::Automatic, plan())
}

fn manual(id: u8, release_number: u8, newest: bool) -> Command {
    proposal(id, release_number, Kind::Manual { by: person("ada"), newest }, plan())
}

fn proposal(id: u8, release_number: u8, kind: Kind, plan: Plan) -> Command {
    let author = Author { name: "Bob".to_owned(), email: None, login: Some("bob".to_owned()) };
    Command::Propose(Box::new(Proposal {
        id: promotion_id(id),
        release: release(release_number),
        kind,
        plan,
        authors: vec![author],
        train: None,
    }))
}

fn roll_back(id: u8, to: Option<u8>) -> Command {
    Command::RollBack(Box::new(RollBack {
        id: promotion_id(id),
        to: to.map(release),
        by: person("ada"),
        reason: Some("it hurts".to_owned()),
        plan: plan(),
    }))
}

/// An environment under test, with the last request its target got.
#[derive(Debug, Clone)]
struct World {
    track: Track,
    now: i64,
    requests: Vec<TargetRequest>,
    events: Vec<EventBody>,
}

impl World {
    fn new() -> Self {
        let lane = Lane::new("shop".parse().unwrap(), "production".parse().unwrap());
        Self { track: Track::new(lane, []), now: 0, requests: Vec::new(), events: Vec::new() }
    }

    fn apply(&mut self, command: Command) -> Result<(), Rejected> {
        let (track, events) = self.track.clone().apply(command, at(self.now))?;
        self.track = track;
        let requests = events.iter().filter_map(|event| match event {
            EventBody::TargetRequested { request } => Some(request.clone()),
            _ => None,
        });
        self.requests.extend(requests);
        self.events.extend(events);
        Ok(())
    }

    fn ok(&mut self, command: Command) -> &mut Self {
        self.apply(command).unwrap();
        self
    }

    /// The target as it is when it has done all it was asked for.
    fn settled(&self) -> Option<TargetStatus> {
        let request = self.requests.last()?;
        let releases = request.shares.iter().map(|share| ReleaseStatus {
            artifact: share.release.artifact,
            weight: share.weight,
            condition: Condition::Ready,
            since: at(0),
            read_back: None,
        });
        Some(TargetStatus {
            sequence: request.sequence,
            phase: TargetPhase::Settled,
            releases: releases.collect(),
            address: None,
        })
    }

    fn facts(&self, target: Option<TargetStatus>, errors: u64) -> Facts {
        let gates = self.track.waiting().iter().map(|one| (one.id, GateFacts::default())).collect();
        let measured = Comparison {
            new: Measured { requests: 100, errors, ..Measured::default() },
            old: Some(Measured { requests: 900, errors: 0, ..Measured::default() }),
        };
        Facts { gates, target, measured: Some(Ok(measured.into())) }
    }

    /// Time passes, the target does what it was asked for, and new requests fail at this rate in percent.
    fn pass(&mut self, seconds: i64, errors: u64) -> &mut Self {
        self.now += seconds;
        let facts = self.facts(self.settled(), errors);
        self.ok(Command::Advance(Box::new(facts)))
    }

    /// Brings a release all the way.
    fn ship(&mut self, id: u8, release_number: u8) -> &mut Self {
        self.ok(automatic(id, release_number));
        for _ in 0..8 {
            self.pass(61, 0);
        }
        assert_eq!(self.outcome(id), Some(Outcome::Done));
        self
    }

    fn outcome(&self, id: u8) -> Option<Outcome> {
        self.events.iter().rev().find_map(|event| match event {
            EventBody::PromotionFinished { promotion, outcome, .. }
                if promotion.promotion == promotion_id(id) =>
            {
                Some(*outcome)
            }
            _ => None,
        })
    }

    fn state(&self, id: u8) -> &State {
        &self.track.promotions[&promotion_id(id)].state
    }

    /// What somebody looks at who looks now.
    fn diff(&self, id: u8) -> Diff {
        self.track.promotions[&promotion_id(id)].diff()
    }

    fn runs(&self) -> Option<Release> {
        self.track.lane.release().cloned()
    }

    /// The shares last asked for, as `release@weight`.
    fn asked(&self) -> String {
        let shares = self.requests.last().map(|request| request.shares.clone()).unwrap_or_default();
        let texts = shares
            .iter()
            .map(|share| format!("{}@{}", share.release.artifact.as_bytes()[0], share.weight.percent()));
        texts.collect::<Vec<_>>().join(" ")
    }
}
