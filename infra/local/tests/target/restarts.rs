//! Keelson stops, crashes and comes back.

use std::fs;

use domain::rollout::TargetPhase;
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_running_process_is_taken_over_after_a_crash() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let (pids, since) = (world.pids(), world.release(one).await.unwrap().since);
    world.crash();
    assert_eq!(world.pids(), pids);
    world.start().await;
    // Not refused: requests wait for the process to be found well.
    world.until("the proxy listens", |status| status.address.is_some()).await;
    assert_eq!(world.client().await.get("/").await.body, "one");
    assert_eq!(world.pids(), pids);
    assert_eq!(world.release(one).await.unwrap().since, since);

    // It is watched as if nothing had been: an exit is seen, and what it writes is read once.
    let _ = world.client().await.get("/exit?code=1").await;
    world.came_back(one, since).await;
    let lines = world.log().await;
    let listens = lines.iter().filter(|line| line.contains("one listens")).count();
    assert_eq!(listens, 2, "{lines:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_died_meanwhile_is_replaced() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let pids = world.pids();
    world.logged(r#"{"level": "info", "message": "one listens"}"#).await;
    world.crash();
    // Its last words are not lost, though nobody was there.
    let answered = world.directly(pids[0], "/slow?seconds=0").await;
    assert_eq!(answered.body, "one");
    world.kill(pids[0]);
    world.start().await;
    world.ready(one).await;
    world.logged("slow begins").await;
    assert_eq!(world.client().await.get("/").await.body, "one");
    assert_ne!(world.pids(), pids);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_request_continues() {
    let mut world = World::new().await;
    let old = world.artifact("old", json!({})).await;
    let new = world.artifact("new", json!({ "ready_after": 1 })).await;
    world.deploy(&[(old, 100)]).await;
    world.ask(&[(new, 100)]).await;
    world.until("the new one is starting", |status| status.releases.len() == 2).await;
    world.crash();
    world.start().await;
    world.settled().await;
    assert_eq!(world.client().await.get("/").await.body, "new");
    world.gone(old).await;
    assert_eq!(world.pids().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_any_two_steps_leaves_one_consistent_release() {
    let mut world = World::new().await;
    let releases = [world.artifact("one", json!({})).await, world.artifact("two", json!({})).await];
    world.deploy(&[(releases[0], 100)]).await;
    for (turn, steps) in [0, 1, 2, 3, 0, 1, 2, 3].into_iter().enumerate() {
        let (wanted, expected) = [(releases[1], "two"), (releases[0], "one")][turn % 2];
        world.ask(&[(wanted, 100)]).await;
        // Nothing yet, then: it starts, it serves, the other one is gone.
        world.changed(steps).await;
        world.crash();
        world.start().await;
        world.settled().await;
        assert_eq!(world.client().await.get("/").await.body, expected);
        world.until("one release is left", |status| status.releases.len() == 1).await;
    }
    assert_eq!(world.pids().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_had_lost_its_traffic_when_keelson_crashed_is_ended() {
    let mut world = World::new().await;
    let (one, two) = (world.artifact("one", json!({})).await, world.artifact("two", json!({})).await);
    world.deploy(&[(one, 100)]).await;
    let old = world.pids()[0];
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=15").await });
    world.logged("slow begins").await;
    world.deploy(&[(two, 100)]).await;
    assert!(world.pids().contains(&old), "it still answers a request");
    world.crash();
    slow.abort();
    world.start().await;
    world.until_gone(old).await;
    world.ready(two).await;
    assert_eq!(world.pids().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_not_what_it_is_recorded_as_is_replaced() {
    let mut world = World::new().await;
    let (one, two) = (world.artifact("one", json!({})).await, world.artifact("two", json!({})).await);
    world.deploy(&[(one, 100)]).await;
    let pids = world.pids();
    world.crash();
    let path = world.dir.path().join("targets/shop/production.state.json");
    let record = fs::read_to_string(&path).unwrap().replace(&one.to_string(), &two.to_string());
    fs::write(&path, record).unwrap();
    world.start().await;
    world.ready(two).await;
    assert_eq!(world.client().await.get("/").await.body, "two");
    world.until_gone(pids[0]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_nobody_recorded_is_ended() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let pids = world.pids();
    world.crash();
    fs::remove_dir_all(world.dir.path().join("targets/shop")).unwrap();
    world.start().await;
    world.until_gone(pids[0]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_stops_the_processes_and_a_later_start_resumes_them() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    world.target().shutdown(true).await;
    assert_eq!(world.pids(), [] as [u32; 0]);
    world.crash();
    world.start().await;
    world.ready(one).await;
    assert_eq!(world.status().await.phase, TargetPhase::Settled);
    assert_eq!(world.client().await.get("/").await.body, "one");

    world.target().shutdown(false).await;
    assert_eq!(world.pids().len(), 1);
    world.crash();
    world.start().await;
    world.ready(one).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_request_is_still_failed_after_a_restart() {
    let mut world = World::new().await;
    let (good, bad) =
        (world.artifact("good", json!({})).await, world.artifact("bad", json!({ "exit": 4 })).await);
    world.deploy(&[(good, 100)]).await;
    world.ask(&[(bad, 100)]).await;
    let report = world.failed().await;
    world.crash();
    world.start().await;
    world.ready(good).await;
    assert_eq!(world.status().await.phase, TargetPhase::Failed { report });
    assert_eq!(world.client().await.get("/").await.body, "good");
    world.end().await;
}
