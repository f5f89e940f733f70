//! Going back: by itself, by command, and staying there.

use api::ProblemKind;
use api::promotion::{CreatePromotion, Phase, RollBackRequest, SetHold};
use api::routes;
use domain::health::HealthState;
use domain::rollout::FailureReport;
use domain::{Digest, Period};

use super::story::Story;

const PRODUCTION: [&str; 2] = ["shop", "production"];

/// Change 1 runs in production, and change 2 is a canary there.
async fn with_canary(story: &mut Story) -> (Digest, Digest, domain::PromotionId) {
    let first = story.ship(1).await;
    let second = story.change(2).await;
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    let waiting = story.lane("production").await.waiting[0].clone();
    story.measure(&first, 900, 0);
    story.approve(&waiting).await;
    story.settle().await;
    (first, second, waiting.id)
}

#[tokio::test]
async fn a_canary_that_fails_its_users_goes_back_by_itself_and_says_why() {
    let mut story = Story::new().await;
    let (first, second, promotion) = with_canary(&mut story).await;
    story.measure(&second, 100, 12);
    story.pass(Period::seconds(10)).await;
    let view = story.promotion(promotion).await;
    assert_eq!(view.summary.phase, Phase::RolledBack);
    insta::assert_snapshot!(view.summary.reason.unwrap(), @"12.0 % of requests fail (12 of 100), 0.0 % on the old release (0 of 900); at most 2.0 % may, and chance does not explain it");
    let lane = story.lane("production").await;
    assert_eq!(lane.running.unwrap().release.artifact, first);
    assert_eq!(lane.health.state, HealthState::Healthy);
    assert!(lane.hold.is_some());
    let overview = story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!((overview.deploys_today, overview.rollbacks_today), (3, 1));
}

#[tokio::test]
async fn after_a_rollback_automation_keeps_away_until_somebody_resumes() {
    let mut story = Story::new().await;
    let (_, second, _) = with_canary(&mut story).await;
    story.measure(&second, 100, 12);
    story.pass(Period::seconds(10)).await;
    let fix = story.change(3).await;
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    let waiting = story.lane("production").await.waiting[0].clone();
    story.approve(&waiting).await;
    story.pass(Period::seconds(60)).await;
    assert_eq!(story.phase(waiting.id).await, Phase::Waiting);
    story.measure(&fix, 100, 0);
    story.ada.call(&routes::LIFT_HOLD, &PRODUCTION).await.ok();
    story.roll_out().await;
    assert_eq!(story.lane("production").await.running.unwrap().release.artifact, fix);
}

#[tokio::test]
async fn one_command_goes_back_to_what_ran_before_and_names_what_un_ships() {
    let mut story = Story::new().await;
    let first = story.ship(1).await;
    story.ship(2).await;
    let previous = story.lane("production").await.previous.unwrap();
    assert_eq!(previous.artifact, first);
    let artifact = first.to_string();
    let ships = story
        .ada
        .call(&routes::GET_SHIPS, &["shop"])
        .query("environment", "production")
        .query("artifact", &artifact)
        .await
        .ok();
    assert!(ships.backwards);
    assert_eq!(ships.commits[0].title, "Change 2");

    let body = RollBackRequest { to: None, reason: Some("checkout is slow".to_owned()) };
    let summary = story.ada.call(&routes::ROLL_BACK, &PRODUCTION).json(&body).await.ok();
    story.settle().await;
    assert_eq!(story.phase(summary.id).await, Phase::Done);
    let lane = story.lane("production").await;
    assert_eq!(lane.running.unwrap().release.artifact, first);
    insta::assert_snapshot!(lane.hold.unwrap().reason.split_once(": ").unwrap().1, @"checkout is slow");
}

#[tokio::test]
async fn a_rollback_pre_empts_a_canary_and_a_target_that_is_stuck() {
    let mut story = Story::new().await;
    let (first, _, promotion) = with_canary(&mut story).await;
    story.world.deployer.hold();
    story.measure(&first, 900, 0);
    story.pass(Period::seconds(310)).await;
    let summary =
        story.ada.call(&routes::ROLL_BACK, &PRODUCTION).json(&RollBackRequest::default()).await.ok();
    assert_eq!(story.phase(promotion).await, Phase::RolledBack);
    story.settle().await;
    story.world.deployer.resume();
    story.pass(Period::seconds(2)).await;
    assert_eq!(story.phase(summary.id).await, Phase::Done);
    assert_eq!(story.lane("production").await.running.unwrap().release.artifact, first);
}

#[tokio::test]
async fn a_canary_that_stops_is_taken_back_with_its_last_words() {
    let mut story = Story::new().await;
    let (_, second, promotion) = with_canary(&mut story).await;
    let report = FailureReport { summary: "killed by signal 9".to_owned(), ..FailureReport::default() };
    story.world.deployer.exit(&second, &report);
    story.pass(Period::seconds(2)).await;
    assert_eq!(story.phase(promotion).await, Phase::RolledBack);
    assert_eq!(story.promotion(promotion).await.failure, Some(report));
}

#[tokio::test]
async fn with_nothing_to_go_back_to_the_command_says_so_and_the_button_is_disabled() {
    let mut story = Story::new().await;
    story.ship(1).await;
    let answer = story.ada.call(&routes::ROLL_BACK, &PRODUCTION).json(&RollBackRequest::default()).await;
    insta::assert_snapshot!(answer.problem(ProblemKind::Conflict).detail, @"nothing verified ran in this environment before, so there is nothing to go back to. Nothing was changed.");
    let refused = story.lane("production").await.roll_back.refused;
    assert_eq!(refused.as_deref(), Some("nothing verified ran here before"));
}

#[tokio::test]
async fn a_hold_keeps_automation_away_and_needs_a_reason() {
    let mut story = Story::new().await;
    let staging = ["shop", "staging"];
    let hold = |reason: &str| SetHold { reason: reason.to_owned() };
    story.ada.call(&routes::SET_HOLD, &staging).json(&hold(" ")).await.problem(ProblemKind::InvalidRequest);
    story.ada.call(&routes::SET_HOLD, &staging).json(&hold("trade fair")).await.ok();
    let digest = story.change(1).await;
    story.settle().await;
    let lane = story.lane("staging").await;
    assert_eq!(lane.waiting[0].waits_for, ["held by ada: trade fair; resume the environment to go on"]);
    story.ada.call(&routes::LIFT_HOLD, &staging).await.ok();
    story.settle().await;
    assert_eq!(story.lane("staging").await.running.unwrap().release.artifact, digest);
    story.ada.call(&routes::LIFT_HOLD, &staging).await.problem(ProblemKind::Conflict);
}

#[tokio::test]
async fn an_older_artifact_picked_by_hand_stays_although_a_newer_one_ran() {
    let mut story = Story::new().await;
    let first = story.change(1).await;
    story.settle().await;
    story.change(2).await;
    story.settle().await;
    let pick = CreatePromotion {
        service: "shop".parse().unwrap(),
        environment: "staging".parse().unwrap(),
        artifact: Some(first),
    };
    story.ada.call(&routes::CREATE_PROMOTION, &[]).json(&pick).await.ok();
    story.settle().await;
    story.pass(Period::seconds(60)).await;
    let lane = story.lane("staging").await;
    assert_eq!(lane.running.unwrap().release.artifact, first);
    assert!(lane.hold.is_some(), "automation would bring the newer one back at once");
}
