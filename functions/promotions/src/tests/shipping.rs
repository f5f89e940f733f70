//! A change ships: to staging by itself, to production through its gates.

use api::ProblemKind;
use api::promotion::{ApprovePromotion, CreatePromotion, Origin, Phase};
use api::routes;
use domain::Period;
use domain::access::Role;
use domain::check::CheckState;
use domain::gates::Diff;
use domain::rollout::FailureReport;
use testkit::sha;

use super::story::Story;

#[tokio::test]
async fn a_change_goes_to_staging_by_itself_once_its_checks_are_green() {
    let mut story = Story::new().await;
    story.push(1).await;
    let digest = story.build(1).await;
    story.settle().await;
    let lane = story.lane("staging").await;
    assert_eq!(lane.waiting[0].waits_for, ["waits for green checks (not seen yet: unit)"]);
    story.check(1, CheckState::Passed).await;
    story.settle().await;
    let lane = story.lane("staging").await;
    assert_eq!(lane.running.unwrap().release.artifact, digest);
    assert!(lane.waiting.is_empty());
}

#[tokio::test]
async fn it_does_not_matter_whether_the_push_or_the_artifact_comes_first() {
    let mut story = Story::new().await;
    let digest = story.build(1).await;
    story.check(1, CheckState::Passed).await;
    story.settle().await;
    assert_eq!(story.lane("staging").await.running, None, "nobody knows yet that the commit is on main");
    story.push(1).await;
    story.settle().await;
    assert_eq!(story.lane("staging").await.running.unwrap().release.artifact, digest);
}

#[tokio::test]
async fn production_says_why_not_yet_and_starts_when_the_last_gate_opens() {
    let mut story = Story::new().await;
    let digest = story.change(1).await;
    story.settle().await;
    let lane = story.lane("production").await;
    let waits = &lane.waiting[0].waits_for;
    insta::assert_snapshot!(waits.join("\n"), @r"
    soaks in staging until 2026-11-23 09:10:01Z
    waits for approval: 0 of 1, not by bob; ada could
    ");
    story.approve(&lane.waiting[0]).await;
    story.pass(Period::seconds(570)).await;
    assert_eq!(story.lane("production").await.running, None, "it soaks");
    story.measure(&digest, 100, 0);
    story.pass(Period::seconds(20)).await;
    assert_eq!(story.phase(lane.waiting[0].id).await, Phase::Baking, "the soak ended by itself");
    story.pass(Period::seconds(600)).await;
    assert_eq!(story.lane("production").await.running.unwrap().release.artifact, digest);
}

#[tokio::test]
async fn an_approval_of_an_author_or_of_something_else_does_not_count() {
    let mut story = Story::new().await;
    story.change(1).await;
    story.settle().await;
    let waiting = story.lane("production").await.waiting[0].clone();
    let id = waiting.id.to_string();
    let bob = story.ada.as_user("bob", Role::Developer);
    let own = ApprovePromotion { diff: waiting.diff };
    let refused = bob.call(&routes::APPROVE_PROMOTION, &[id.as_str()]).json(&own).await;
    insta::assert_snapshot!(refused.problem(ProblemKind::Forbidden).detail, @"your own work ships with this promotion, and its rule wants somebody else's approval. Nothing was changed.");
    let other = ApprovePromotion { diff: Diff { artifact: testkit::digest(9), ..waiting.diff } };
    let refused = story.ada.call(&routes::APPROVE_PROMOTION, &[id.as_str()]).json(&other).await;
    insta::assert_snapshot!(refused.problem(ProblemKind::Conflict).detail, @"what you looked at has changed: another artifact would ship. Look at what ships now, and then decide again. Nothing was changed.");
}

#[tokio::test]
async fn a_canary_is_compared_with_what_it_replaces_and_then_takes_over() {
    let mut story = Story::new().await;
    let first = story.ship(1).await;
    let second = story.change(2).await;
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    let waiting = story.lane("production").await.waiting[0].clone();
    story.measure(&first, 900, 1);
    story.measure(&second, 100, 0);
    story.approve(&waiting).await;
    story.settle().await;
    let view = story.promotion(waiting.id).await;
    assert_eq!(view.summary.step, Some((1, 2)));
    let promote = story.lane("production").await.promote.refused;
    assert_eq!(promote.as_deref(), Some("the newest release is rolling out already"));
    let shares: Vec<_> = story.world.deployer.status("shop", "production").unwrap().releases;
    let shares: Vec<_> = shares.iter().map(|release| (release.artifact, release.weight.percent())).collect();
    assert_eq!(shares, [(second, 10), (first, 90)]);
    story.pass(Period::seconds(310)).await;
    let view = story.promotion(waiting.id).await;
    let measured = view.steps[0].measured.unwrap();
    assert_eq!((measured.new.requests, measured.old.unwrap().requests), (100, 900));
    assert_eq!(view.steps[0].status, "passed");
    story.pass(Period::seconds(620)).await;
    assert_eq!(story.phase(waiting.id).await, Phase::Done);
    assert_eq!(story.lane("production").await.running.unwrap().release.artifact, second);
}

#[tokio::test]
async fn what_ships_is_every_commit_since_what_runs() {
    let mut story = Story::new().await;
    story.ship(1).await;
    story.push(2).await;
    story.push(3).await;
    let third = story.change(4).await;
    story.settle().await;
    let artifact = third.to_string();
    let ships = story
        .ada
        .call(&routes::GET_SHIPS, &["shop"])
        .query("environment", "production")
        .query("artifact", &artifact)
        .await
        .ok();
    let titles: Vec<_> = ships.commits.iter().map(|commit| commit.title.as_str()).collect();
    assert_eq!(titles, ["Change 4", "Change 3", "Change 2"]);
    assert!(ships.complete && !ships.backwards);
    assert_eq!(ships.authors, ["Bob"]);
}

#[tokio::test]
async fn a_newer_change_takes_the_place_of_one_that_waits_which_can_still_be_picked() {
    let mut story = Story::new().await;
    let first = story.change(1).await;
    story.settle().await;
    let older = story.lane("production").await.waiting[0].id;
    story.change(2).await;
    story.settle().await;
    assert_eq!(story.phase(older).await, Phase::Superseded);
    let gates = story.promotion(older).await.gates;
    let closed: Vec<_> = gates.iter().filter(|gate| !gate.open).map(|gate| gate.gate.as_str()).collect();
    assert_eq!(closed, ["soak", "approvals"], "it never began, and these are why");
    let lane = story.lane("production").await;
    assert_eq!(lane.waiting.len(), 1);
    let pick = CreatePromotion {
        service: "shop".parse().unwrap(),
        environment: "production".parse().unwrap(),
        artifact: Some(first),
    };
    let picked = story.ada.call(&routes::CREATE_PROMOTION, &[]).json(&pick).await.ok();
    assert_eq!((picked.origin, picked.release.commit), (Origin::Manual, sha(1)));
    story.change(3).await;
    story.settle().await;
    assert_eq!(story.phase(picked.id).await, Phase::Waiting, "automation never cancels what people picked");
}

#[tokio::test]
async fn a_release_that_does_not_start_fails_with_its_last_words_and_is_not_tried_again() {
    let mut story = Story::new().await;
    let first = story.change(1).await;
    story.settle().await;
    let report = FailureReport {
        summary: "exited with code 3 before it was ready".to_owned(),
        exit_code: Some(3),
        log_tail: vec!["cannot open the database".to_owned()],
        ..FailureReport::default()
    };
    story.world.deployer.fail(report.clone());
    story.change(2).await;
    story.settle().await;
    let lane = story.lane("staging").await;
    assert_eq!(lane.running.unwrap().release.artifact, first);
    assert_eq!((lane.rollout, lane.waiting.len(), lane.hold), (None, 0, None));
    let list = story.ada.call(&routes::LIST_PROMOTIONS, &["shop"]).query("environment", "staging").await.ok();
    assert_eq!(list.items[0].phase, Phase::Failed);
    assert_eq!(story.promotion(list.items[0].id).await.failure, Some(report));
}

#[tokio::test]
async fn handling_every_event_again_changes_nothing() {
    let mut story = Story::new().await;
    story.ship(1).await;
    story.change(2).await;
    story.settle().await;
    let before = story.ada.call(&routes::LIST_PROMOTIONS, &["shop"]).await.ok();
    for event in story.world.all_events().await {
        crate::on_event(&story.app, &event).await.unwrap();
    }
    story.settle().await;
    let after = story.ada.call(&routes::LIST_PROMOTIONS, &["shop"]).await.ok();
    assert_eq!(before, after);
}

#[tokio::test]
async fn without_an_artifact_what_ships_is_the_candidate() {
    let mut story = Story::new().await;
    let ask =
        |environment: &str| story.ada.call(&routes::GET_SHIPS, &["shop"]).query("environment", environment);
    ask("staging").await.problem(ProblemKind::Conflict);
    story.push(1).await;
    let digest = story.build(1).await;
    let ships = story.ada.call(&routes::GET_SHIPS, &["shop"]).query("environment", "staging").await.ok();
    assert_eq!(ships.to.artifact, digest);
}

#[tokio::test]
async fn the_timeline_tells_what_happened_without_the_machinery() {
    let mut story = Story::new().await;
    story.change(1).await;
    story.settle().await;
    let timeline = story.ada.call(&routes::GET_TIMELINE, &["shop"]).await.ok();
    let titles: Vec<_> = timeline.items.iter().rev().map(|event| event.kind.title()).collect();
    insta::assert_snapshot!(titles.join("\n"), @r"
    Service applied
    Artifact announced
    Artifact registered
    Promotion proposed
    Rollout started
    Step reached
    Step passed
    Promotion finished
    Promotion proposed
    ");
}
