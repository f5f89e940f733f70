//! The way of a change over AWS, as the machine of promotions goes it: to staging, by a canary to production, back by
//! one command, and back by itself.
//!
//! Each story is told twice: undisturbed, and with whoever applies a request stopped at each of its calls in turn,
//! before and after the effect, and every request so far handed over once more afterwards.

use domain::access::Actor;
use domain::analysis::{Comparison, Measured};
use domain::event::EventBody;
use domain::gates::GateFacts;
use domain::lane::{Command, Facts, Lane, Proposal, RollBack, Track};
use domain::manifest::{Gates, Step, Thresholds};
use domain::promotion::{Kind, Outcome, Plan};
use domain::{Period, PromotionId};
use testkit::aws::Alarm;

use super::*;

const ALIAS: &str = r#"{"kind": "lambda", "function": "shop"}"#;
const SHIFTED: &str = r#"{"kind": "lambda", "function": "shop", "codedeploy": {"application": "shop", "group": "live",
    "config": "CodeDeployDefault.LambdaCanary10Percent5Minutes"}}"#;

/// One environment: the machine, and every request that it made.
struct Stretch<'r> {
    rig: &'r Rig,
    track: Track,
    plan: Plan,
    asked: Vec<TargetRequest>,
    outcome: Option<Outcome>,
    promotions: u8,
    is_disturbed: bool,
}

impl<'r> Stretch<'r> {
    fn new(rig: &'r Rig, environment: &str, target: Target, steps: &[i64], is_disturbed: bool) -> Self {
        let lane = Lane::new("shop".parse().unwrap(), environment.parse().unwrap());
        let step =
            |weight: &i64| Step { weight: Weight::try_from(*weight).unwrap(), bake: Period::seconds(60) };
        let plan = Plan {
            target,
            steps: steps.iter().map(step).collect(),
            rollback_when: Thresholds { error_rate: Some(0.05), p95: None, minimum_requests: Some(20) },
            gates: Gates::default(),
            required_checks: Vec::new(),
            previous: None,
            revision: 1,
        };
        let track = Track::new(lane, []);
        Self { rig, track, plan, asked: Vec::new(), outcome: None, promotions: 0, is_disturbed }
    }

    fn id(&mut self) -> PromotionId {
        self.promotions += 1;
        PromotionId::new(self.rig.world.clock.now(), [self.promotions; 10])
    }

    /// Lets the rules decide, and hands over what they ask of the target.
    async fn order(&mut self, command: Command) {
        let (track, events) = self.track.clone().apply(command, self.rig.world.clock.now()).unwrap();
        self.track = track;
        for event in events {
            match event {
                EventBody::TargetRequested { request } => self.hand_over(request).await,
                EventBody::PromotionFinished { outcome, .. } => self.outcome = Some(outcome),
                _ => {}
            }
        }
    }

    async fn hand_over(&mut self, request: TargetRequest) {
        let targets = &self.rig.targets;
        for calls in 0.. {
            if self.is_disturbed {
                self.rig.aws.kill_after(calls / 2, calls % 2 == 1);
            }
            let is_done = tokio::select! {
                outcome = targets.apply(&request) => outcome.is_ok(),
                () = self.rig.aws.killed() => false,
            };
            self.rig.aws.revive();
            if is_done {
                break;
            }
        }
        self.asked.push(request);
        if self.is_disturbed {
            for again in &self.asked {
                targets.apply(again).await.unwrap();
            }
        }
    }

    /// Time passes, and the machine looks at the target and at what users of the new release experience.
    async fn pass(&mut self, seconds: u32, errors: u64) {
        self.rig.world.advance(Period::seconds(seconds));
        let lane = &self.track.lane;
        let target = self.rig.targets.observe(&lane.service, &lane.environment).await.unwrap();
        let served =
            target.iter().flat_map(|target| &target.releases).map(|release| release.weight.percent());
        let sum: u8 = served.sum();
        assert!(target.is_none() || sum == 100, "users are served at any time");
        let gates = self.track.waiting().iter().map(|one| (one.id, GateFacts::default())).collect();
        let measured = Comparison {
            new: Measured { requests: 100, errors, ..Measured::default() },
            old: Some(Measured { requests: 900, errors: 0, ..Measured::default() }),
        };
        let facts = Facts { gates, target, measured: Some(Ok(measured.into())) };
        self.order(Command::Advance(Box::new(facts))).await;
    }

    async fn propose(&mut self, artifact: Digest) {
        let release = Release { artifact, commit: testkit::sha(artifact.as_bytes()[0].into()) };
        let (id, plan) = (self.id(), self.plan.clone());
        let proposal =
            Proposal { id, release, kind: Kind::Automatic, plan, authors: Vec::new(), train: None };
        self.outcome = None;
        self.order(Command::Propose(Box::new(proposal))).await;
        self.pass(1, 0).await;
    }

    /// Until the promotion under way is over.
    async fn end(&mut self) -> Outcome {
        for _ in 0..20 {
            if let Some(outcome) = self.outcome {
                return outcome;
            }
            self.pass(61, 0).await;
        }
        panic!("{:?}", self.track);
    }

    async fn ship(&mut self, artifact: Digest) {
        self.propose(artifact).await;
        assert_eq!(self.end().await, Outcome::Done);
        assert_eq!(self.runs(), (Some(artifact), BTreeMap::from([(artifact, 100)])));
    }

    async fn roll_back(&mut self) {
        let (id, plan) = (self.id(), self.plan.clone());
        let by = Actor::Person { login: "ada".parse().unwrap() };
        self.outcome = None;
        let back = RollBack { id, to: None, by, reason: Some("it hurts".to_owned()), plan };
        self.order(Command::RollBack(Box::new(back))).await;
        self.end().await;
        self.order(Command::Resume).await;
    }

    /// What the machine says runs, and what AWS serves.
    fn runs(&self) -> (Option<Digest>, BTreeMap<Digest, u8>) {
        let function = match &self.plan.target {
            Target::Lambda(lambda) => &lambda.function,
            other => panic!("{other:?}"),
        };
        let serves = self.rig.aws.alias(function, "live").unwrap().serves;
        let served = serves.into_iter().map(|(_, artifact, percent)| (artifact, percent)).collect();
        (self.track.lane.release().map(|release| release.artifact), served)
    }

    fn serves(&self) -> BTreeMap<Digest, u8> {
        self.runs().1
    }
}

/// What is the same whoever moves the alias of production: `canary` sees the promotion of artifact 2 on its way.
async fn told(rig: &Rig, steps: &[i64], is_disturbed: bool, canary: impl AsyncFn(&mut Stretch<'_>)) {
    rig.aws.group("shop", "live");
    let staging: Target = serde_json::from_str(STAGING).unwrap();
    let mut staging = Stretch::new(rig, "staging", staging, &[100], is_disturbed);
    let mut production = Stretch::new(rig, "production", rig.target.clone(), steps, is_disturbed);
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|n| rig.build(n));
    staging.ship(first).await;
    production.ship(first).await;

    staging.ship(second).await;
    production.propose(second).await;
    canary(&mut production).await;
    assert_eq!(production.end().await, Outcome::Done);
    assert_eq!(production.runs(), (Some(second), BTreeMap::from([(second, 100)])));

    production.roll_back().await;
    assert_eq!(production.runs(), (Some(first), BTreeMap::from([(first, 100)])), "back by one command");
    assert_eq!(staging.serves(), BTreeMap::from([(second, 100)]), "another environment is not touched");

    rig.aws.updates_fail("shop", Some("the code is larger than 250 MB unzipped"));
    production.propose(third).await;
    assert_eq!(production.end().await, Outcome::Failed);
    assert_eq!(production.runs(), (Some(first), BTreeMap::from([(first, 100)])), "no traffic has moved");
    rig.aws.updates_fail("shop", None);

    production.ship(fourth).await;
    let published = rig.aws.versions("shop");
    assert_eq!(published, 3, "each artifact that Lambda took, once");
}

#[tokio::test]
async fn a_change_goes_to_production_by_alias_weights_and_comes_back() {
    for is_disturbed in [false, true] {
        let rig = Rig::new(ALIAS).await;
        told(&rig, &[10, 50, 100], is_disturbed, async |production: &mut Stretch<'_>| {
            let (first, second) = (production.rig.build(1), production.rig.build(2));
            for percent in [10, 50] {
                assert_eq!(production.serves(), BTreeMap::from([(second, percent), (first, 100 - percent)]));
                production.pass(1, 0).await;
                production.pass(61, 0).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_release_that_fails_its_users_at_a_tenth_of_the_traffic_is_taken_back() {
    for is_disturbed in [false, true] {
        let rig = Rig::new(ALIAS).await;
        let target = rig.target.clone();
        let mut production = Stretch::new(&rig, "production", target, &[10, 100], is_disturbed);
        let (first, second) = (rig.build(1), rig.build(2));
        production.ship(first).await;
        production.propose(second).await;
        production.pass(1, 0).await;
        production.pass(5, 50).await;
        assert_eq!(production.serves(), BTreeMap::from([(first, 100)]), "long before the bake is over");
        assert_eq!(production.end().await, Outcome::RolledBack);
        assert_eq!(production.runs().0, Some(first));
    }
}

#[tokio::test]
async fn a_change_goes_to_production_by_codedeploy_and_comes_back() {
    for is_disturbed in [false, true] {
        let rig = Rig::new(SHIFTED).await;
        told(&rig, &[100], is_disturbed, async |production: &mut Stretch<'_>| {
            let (first, second) = (production.rig.build(1), production.rig.build(2));
            assert_eq!(production.serves(), BTreeMap::from([(second, 10), (first, 90)]));
            production.pass(1, 0).await;
            assert_eq!(production.track.lane.release().map(|release| release.artifact), Some(first));
        })
        .await;
    }
}

#[tokio::test]
async fn a_release_that_sets_off_an_alarm_is_taken_back_by_codedeploy_and_the_promotion_says_why() {
    for is_disturbed in [false, true] {
        let rig = Rig::new(SHIFTED).await;
        rig.aws.group("shop", "live");
        let target = rig.target.clone();
        let mut production = Stretch::new(&rig, "production", target, &[100], is_disturbed);
        let (first, second) = (rig.build(1), rig.build(2));
        production.ship(first).await;
        production.propose(second).await;
        rig.aws.set_alarm("shop", "live", Alarm::Active);
        production.pass(30, 0).await;
        assert_eq!(production.end().await, Outcome::Failed);
        assert_eq!(production.runs(), (Some(first), BTreeMap::from([(first, 100)])));
        let why = production.track.promotions.values().find_map(|promotion| promotion.failure.clone());
        assert!(why.is_some_and(|why| why.summary.contains("an alarm stopped CodeDeploy's deployment")));
    }
}
