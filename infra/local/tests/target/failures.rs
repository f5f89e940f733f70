//! Releases that do not start, stop, or are not what they should be.

use domain::rollout::Condition;
use http::StatusCode;
use serde_json::json;

use crate::world::{World, seconds};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_exits_at_its_start_fails_at_once_with_code_and_log() {
    let mut world = World::new().await;
    let good = world.artifact("good", json!({})).await;
    let lines: Vec<String> = (1..=60).map(|number| format!("line {number}")).collect();
    let bad = world.artifact("bad", json!({ "print": lines, "exit": 3 })).await;
    world.deploy(&[(good, 100)]).await;
    world.ask(&[(bad, 100)]).await;
    let report = world.failed().await;
    assert_eq!(report.summary, "The process exited by itself with code 3 before it was ready.");
    assert_eq!(report.exit_code, Some(3));
    assert_eq!(report.log_tail, lines[10..]);
    assert_eq!(world.client().await.get("/").await.body, "good");
    let release = world.release(bad).await.unwrap();
    assert!(matches!(release.condition, Condition::Exited { .. }));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_never_ready_leaves_the_old_one_serving() {
    let mut world = World::new().await;
    let good = world.artifact("good", json!({})).await;
    let bad = world.artifact("bad", json!({ "ready_after": 3_600 })).await;
    world.deploy(&[(good, 100)]).await;
    world.settings.start_timeout = seconds(2);
    world.ask(&[(bad, 100)]).await;
    let mut client = world.client().await;
    let report = world.failed().await;
    assert_eq!(
        report.summary,
        "The process was not ready within 2s: `GET /readyz` did not answer 2xx 2 times in a row."
    );
    assert_eq!(report.last_probe.as_deref(), Some("503 Service Unavailable: warming up"));
    assert_eq!(report.log_tail, [r#"{"level": "info", "message": "bad listens"}"#]);
    assert_eq!(client.get("/").await.body, "good");
    assert_eq!(world.pids().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_build_is_never_ready() {
    let mut world = World::new().await;
    world.settings.start_timeout = seconds(2);
    let wrong = world.artifact("wrong", json!({ "claims": "sha256:somebody-else" })).await;
    world.ask(&[(wrong, 100)]).await;
    let report = world.failed().await;
    let probe = report.last_probe.unwrap();
    assert!(probe.contains("the wrong build answers: it says that it is sha256:somebody-else"), "{probe}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_flaps_is_never_ready() {
    let mut world = World::new().await;
    let good = world.artifact("good", json!({})).await;
    let flapping = world.artifact("flapping", json!({ "flaps": true })).await;
    world.deploy(&[(good, 100)]).await;
    world.settings.start_timeout = seconds(2);
    world.ask(&[(flapping, 100)]).await;
    let report = world.failed().await;
    assert!(report.summary.ends_with("did not answer 2xx 2 times in a row."), "{report:?}");
    assert_eq!(world.client().await.get("/").await.body, "good");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_that_is_not_here_or_cannot_be_run_is_named() {
    let mut world = World::new().await;
    world.ask(&[(domain::Digest::from_bytes([7; 32]), 100)]).await;
    let report = world.failed().await;
    assert_eq!(report.summary, "The artifact cannot be unpacked: its bytes are not here.");

    let good = world.artifact("good", json!({})).await;
    world.settings.command = vec!["./no-such-program".to_owned(), "--now".to_owned()];
    world.ask(&[(good, 100)]).await;
    let report = world.failed().await;
    assert!(
        report.summary.starts_with("`./no-such-program --now` cannot be started: No such file"),
        "{report:?}"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_stops_by_itself_comes_back() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let answer = world.client().await.get("/exit?code=7").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert_eq!(answer.json()["detail"], "The service broke off before it answered.");
    let status = world
        .until("the exit is seen", |status| {
            matches!(status.release(&one).map(|it| &it.condition), Some(Condition::Exited { .. }))
        })
        .await;
    let Condition::Exited { report } = &status.releases[0].condition else { unreachable!() };
    assert_eq!(report.exit_code, Some(7));
    world.ready(one).await;
    assert_eq!(world.client().await.get("/").await.body, "one");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_whose_port_somebody_else_takes_is_started_on_another() {
    let mut world = World::new().await;
    let release = world.artifact("release", json!({ "loses_its_port_once": true })).await;
    world.deploy(&[(release, 100)]).await;
    assert_eq!(world.client().await.get("/").await.body, "release");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_serve_while_a_release_is_down() {
    let mut world = World::new().await;
    let steady = world.artifact("steady", json!({})).await;
    let frail = world.artifact("frail", json!({ "starts_only_once": true })).await;
    world.deploy(&[(steady, 0), (frail, 100)]).await;
    let mut client = world.client().await;
    assert_eq!(client.get("/exit?code=1").await.status, StatusCode::BAD_GATEWAY);
    world
        .until("it has failed to come back", |status| match status.release(&frail).map(|it| &it.condition) {
            Some(Condition::Exited { report }) => report.exit_code == Some(9),
            _ => false,
        })
        .await;
    assert_eq!(client.get("/").await.body, "steady");
    assert_eq!(world.release(steady).await.unwrap().condition, Condition::Ready);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_ended_with_everything_it_has_started() {
    let mut world = World::new().await;
    let stubborn = world.artifact("stubborn", json!({ "ignores_sigterm": true })).await;
    world.deploy(&[(stubborn, 100)]).await;
    let child: u32 = world.client().await.get("/child").await.body.parse().unwrap();
    assert!(world.pids().contains(&child));
    world.deploy(&[]).await;
    world.gone(stubborn).await;
    assert_eq!(world.pids(), [] as [u32; 0]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_release_writes_can_be_read() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({ "print": ["careful"] })).await;
    world.deploy(&[(one, 100)]).await;
    world.logged("careful").await;
    world.logged(r#"{"level": "info", "message": "one listens"}"#).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_whose_check_says_no_to_the_schema_is_not_started_and_nothing_changes() {
    let mut world = World::new().await;
    // Each release knows which schemas it can live with; the database is what all releases share.
    let knows = "grep -qs \"$(cat $HOME/schema)\" knows || { echo \"no: $(cat $HOME/schema)\"; exit 3; }";
    world.settings.check = ["sh", "-c", knows].map(str::to_owned).to_vec();
    let schema = world.dir.path().join("data/shop/production/schema");
    std::fs::create_dir_all(schema.parent().unwrap()).unwrap();
    std::fs::write(&schema, "1").unwrap();
    let old = world.artifact_with("old", json!({}), &[("knows", b"1\n2\n")]).await;
    let contracted = world.artifact_with("contracted", json!({}), &[("knows", b"3\n")]).await;
    world.deploy(&[(old, 100)]).await;
    let pids = world.pids();
    world.ask(&[(old, 50), (contracted, 50)]).await;
    let report = world.failed().await;
    assert!(
        report.summary.contains("says no. The process exited by itself with code 3."),
        "{}",
        report.summary
    );
    assert_eq!(report.log_tail, ["no: 1"]);
    assert_eq!((world.client().await.get("/").await.body.as_str(), world.pids()), ("old", pids));

    // Expanded: both can live with it, and run side by side.
    std::fs::write(&schema, "2").unwrap();
    let expanded = world.artifact_with("expanded", json!({}), &[("knows", b"2\n3\n")]).await;
    world.deploy(&[(old, 50), (expanded, 50)]).await;
    world.deploy(&[(expanded, 100)]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_takes_too_long_is_ended_with_everything_it_has_started() {
    let mut world = World::new().await;
    world.settings.check = ["sh", "-c", "sleep 600 & sleep 600"].map(str::to_owned).to_vec();
    world.settings.start_timeout = seconds(1);
    let one = world.artifact("one", json!({})).await;
    world.ask(&[(one, 100)]).await;
    assert!(world.failed().await.summary.contains("took longer than 1s"));
    assert!(world.pids().is_empty());
    world.end().await;
}
