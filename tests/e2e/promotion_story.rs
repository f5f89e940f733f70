//! A change ships end to end, a bad one takes itself back, and one command goes back further.

use api::promotion::{Phase, PromotionSummary};
use api::routes;
use domain::health::HealthState;
use serde_json::Value;

use crate::sample::Build;
use crate::team::Team;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_ships_a_bad_one_goes_back_by_itself_and_one_command_goes_back_further() {
    let mut team = Team::new().await;

    // The first release: staging by itself, production after an approval.
    let first = team.ship(&Build::good("one")).await;
    let lane = team.runs("production", first).await;
    assert_eq!((lane.health.state, lane.running.unwrap().digest_matches), (HealthState::Healthy, Some(true)));
    let address = lane.address.unwrap();
    let (status, page) = team.product.visit(&address).await;
    assert!(status == 200 && page.contains("Version one"), "{status} {page}");

    // A good change is a canary first.
    let second = team.ship(&Build::good("two")).await;
    team.runs("production", second).await;
    let (_, page) = team.product.visit(&address).await;
    assert!(page.contains("Version two"));

    // A bad one is taken back on live traffic, and production is held.
    let bad = team.change(&Build::failing("bad")).await;
    team.runs("staging", bad).await;
    let promotion = team.asks_for_approval(bad).await;
    team.approve(&promotion);
    let over = team.visited_until_over(promotion.id, &address).await;
    assert_eq!(over.summary.phase, Phase::RolledBack);
    let reason = over.summary.reason.unwrap();
    assert!(reason.contains("of requests fail") && reason.contains("at most 5.0 % may"), "{reason}");
    let lane = team.runs("production", second).await;
    assert!(lane.hold.is_some() && lane.rollout.is_none());

    // The fix is offered, not forced, until somebody resumes.
    let fix = team.change(&Build::good("fix")).await;
    team.runs("staging", fix).await;
    let is_held =
        |waiting: &PromotionSummary| waiting.waits_for.iter().any(|why| why.starts_with("held by Keelson"));
    let look = async || team.lane("production").await.waiting.into_iter().find(is_held);
    team.product.until("the fix waits for the hold", look).await;
    let _: Value = team.product.keelson(&["resume", "shop", "production"]);
    let promotion = team.asks_for_approval(fix).await;
    team.approve(&promotion);
    assert_eq!(team.visited_until_over(promotion.id, &address).await.summary.phase, Phase::Done);

    // One command goes back, stays there, and tells why.
    let rollback = ["rollback", "shop", "production", "--reason", "checkout is slow", "--yes", "--watch"];
    let _: Value = team.product.keelson(&rollback);
    let lane = team.runs("production", second).await;
    assert!(lane.hold.unwrap().reason.ends_with("checkout is slow"));
    let (status, page) = team.product.visit(&address).await;
    assert!(status == 200 && page.contains("Version two"), "{status} {page}");
    let (code, said) = team.product.refused(&["promote", "shop", "nowhere"]);
    assert_eq!(code, 5, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_does_not_start_leaves_what_runs_alone_and_its_last_words_behind() {
    let mut team = Team::new().await;
    let good = team.change(&Build::good("one")).await;
    let address = team.runs("staging", good).await.address.unwrap();
    team.change(&Build::broken("broken")).await;
    let look = async || {
        let list: api::Page<PromotionSummary> = team.product.get(&routes::LIST_PROMOTIONS, &["shop"]).await;
        list.items.into_iter().find(|promotion| promotion.phase == Phase::Failed)
    };
    let failed = team.product.until("the broken release fails", look).await;
    let report = team.promotion(failed.id).await.failure.unwrap();
    assert_eq!(report.exit_code, Some(3));
    assert!(report.log_tail.iter().any(|line| line.contains("cannot open the database")), "{report:?}");
    assert_eq!(team.product.visit(&address).await.0, 200);
    team.runs("staging", good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_of_a_canary_loses_nothing() {
    let mut team = Team::new().await;
    let first = team.ship(&Build::good("one")).await;
    let address = team.runs("production", first).await.address.unwrap();
    let second = team.change(&Build::good("two")).await;
    team.runs("staging", second).await;
    let promotion = team.asks_for_approval(second).await;
    team.approve(&promotion);
    let look = async || {
        let phase = team.promotion(promotion.id).await.summary.phase;
        (phase == Phase::Baking).then_some(())
    };
    team.product.until("the canary is watched", look).await;
    team.product.crash_and_restart().await;
    let over = team.visited_until_over(promotion.id, &address).await;
    assert_eq!(over.summary.phase, Phase::Done, "{:?}", over.summary.reason);
    let (status, page) = team.product.visit(&address).await;
    assert!(status == 200 && page.contains("Version two"), "{status} {page}");
}
