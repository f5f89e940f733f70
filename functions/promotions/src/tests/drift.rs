//! What runs is not what was promoted: told, blocked, resolved.

use api::promotion::{CreatePromotion, Phase, RollBackRequest};
use api::routes;
use domain::drift::{Finding, ReadBack};
use domain::event::{EventBody, EventKind};
use domain::health::HealthState;
use domain::{Digest, Period};

use super::story::Story;

const PRODUCTION: [&str; 2] = ["shop", "production"];

impl Story {
    /// The target reads this back of a release, and says so.
    async fn read_back(&self, artifact: Digest, changed: &[&str]) {
        let findings: Vec<Finding> =
            changed.iter().map(|path| Finding::Changed { path: (*path).to_owned() }).collect();
        let read_back = ReadBack {
            artifact: findings.is_empty().then_some(artifact),
            promoted_content: Digest::from_bytes([1; 32]),
            content: Digest::from_bytes([if findings.is_empty() { 1 } else { 2 }; 32]),
            findings,
            more: 0,
        };
        self.world.deployer.set_read_back(&artifact, &read_back);
        self.target_changed().await;
        self.settle().await;
    }

    /// The target says that something has changed in production.
    async fn target_changed(&self) {
        let body = EventBody::TargetChanged {
            service: "shop".parse().unwrap(),
            environment: "production".parse().unwrap(),
        };
        let mut transaction = self.world.core.store.transaction(self.world.core.now());
        transaction.event(&self.event(body));
        transaction.commit().await.unwrap();
    }

    /// Whether what would ship may be promoted to production.
    async fn may_promote(&self, artifact: Digest) -> bool {
        let ships = self.ada.call(&routes::GET_SHIPS, &["shop"]).query("environment", "production");
        ships.query("artifact", artifact).await.ok().promote.is_allowed()
    }

    async fn told(&self, kind: EventKind) -> Vec<String> {
        let events = self.world.all_events().await;
        let told = events.iter().filter(|event| event.body.kind() == kind);
        told.map(|event| event.body.sentence()).collect()
    }
}

#[tokio::test]
async fn what_was_read_back_is_shown_beside_what_was_promoted() {
    let mut story = Story::new().await;
    let artifact = story.ship(1).await;
    story.read_back(artifact, &[]).await;
    let running = story.lane("production").await.running.unwrap();
    assert_eq!(running.digest_matches, Some(true));
    assert_eq!(running.read_back.unwrap().artifact, Some(artifact));

    story.read_back(artifact, &["app"]).await;
    let lane = story.lane("production").await;
    let running = lane.running.unwrap();
    assert_eq!((running.digest_matches, running.read_back.unwrap().artifact), (Some(false), None));
    assert_eq!(lane.health.state, HealthState::Drifted);
    let expected = format!("what runs is not {} as it was promoted: app changed", artifact.short());
    assert_eq!((lane.health.reason, lane.drift.unwrap().sentence), (expected.clone(), expected));
    let overview = story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!(overview.verdict.state, HealthState::Drifted);
}

#[tokio::test]
async fn drift_blocks_a_promotion_until_it_is_resolved_and_is_told_once() {
    let mut story = Story::new().await;
    let first = story.ship(1).await;
    story.read_back(first, &["app"]).await;
    let second = story.change(2).await;
    story.measure(&second, 1_000, 0);
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    let waiting = story.lane("production").await.waiting[0].clone();
    let blocked = waiting.waits_for.last().unwrap();
    assert_eq!(
        *blocked,
        format!(
            "blocked, because what runs is not {0} as it was promoted: app changed; to resolve it, roll back, or \
             promote {0} again to unpack it afresh, or put the files back as they were",
            first.short()
        )
    );
    story.approve(&waiting).await;
    story.pass(Period::seconds(600)).await;
    assert_eq!(story.phase(waiting.id).await, Phase::Waiting);
    let gates = story.promotion(waiting.id).await.gates;
    assert!(gates.iter().any(|gate| gate.gate == "drift" && !gate.open), "{gates:?}");

    // More of it is told, the same again is not.
    story.read_back(first, &["app", "lib"]).await;
    story.target_changed().await;
    story.settle().await;
    assert_eq!(story.told(EventKind::DriftFound).await.len(), 2);

    story.read_back(first, &[]).await;
    let resolved = story.told(EventKind::DriftResolved).await;
    assert_eq!(
        resolved,
        [format!("shop in production is what was promoted again; {} had drifted", first.short())]
    );
    story.roll_out().await;
    assert_eq!(story.phase(waiting.id).await, Phase::Done);
}

#[tokio::test]
async fn a_rollback_is_never_blocked_by_drift() {
    let mut story = Story::new().await;
    let first = story.ship(1).await;
    let second = story.ship(2).await;
    story.read_back(second, &["app"]).await;
    assert!(story.lane("production").await.drift.is_some());
    let back = RollBackRequest { to: None, reason: None };
    story.ada.call(&routes::ROLL_BACK, &PRODUCTION).json(&back).await.ok();
    story.settle().await;
    assert_eq!(story.lane("production").await.running.unwrap().release.artifact, first);
    story.read_back(first, &[]).await;
    assert!(story.lane("production").await.drift.is_none());
}

#[tokio::test]
async fn promoting_what_has_drifted_again_repairs_it_and_leaves_no_hold() {
    let mut story = Story::new().await;
    let artifact = story.ship(1).await;
    assert!(!story.may_promote(artifact).await);
    story.read_back(artifact, &["app"]).await;
    assert!(story.may_promote(artifact).await);
    let again = CreatePromotion {
        service: "shop".parse().unwrap(),
        environment: "production".parse().unwrap(),
        artifact: Some(artifact),
    };
    let promotion = story.ada.call(&routes::CREATE_PROMOTION, &[]).json(&again).await.ok();
    story.approve(&promotion).await;
    story.roll_out().await;
    assert_eq!(story.phase(promotion.id).await, Phase::Done);
    story.read_back(artifact, &[]).await;
    let lane = story.lane("production").await;
    assert!(lane.drift.is_none() && lane.hold.is_none(), "{:?}", lane.hold);

    // Without drift there is nothing to repair.
    let refused = story.ada.call(&routes::CREATE_PROMOTION, &[]).json(&again).await;
    refused.problem(api::ProblemKind::Conflict);
}
