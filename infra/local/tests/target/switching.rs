//! A release takes the place of another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::rollout::TargetPhase;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use ports::{Deployer, Signals};
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::Client;
use crate::world::{World, environment, seconds, service};

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_moves_to_the_new_release_with_its_next_request() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    assert_eq!(client.get("/").await.body, "old");
    world.deploy(&[(new, 100)]).await;
    assert_eq!(client.get("/").await.body, "new");
    world.gone(old).await;
    assert_eq!(client.get("/").await.body, "new");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_releases_change_under_load() {
    let mut world = World::new().await;
    let releases = [
        world.artifact("one", json!({})).await,
        world.artifact("two", json!({})).await,
        world.artifact("three", json!({})).await,
    ];
    world.deploy(&[(releases[0], 100)]).await;
    let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut clients = Vec::new();
    for number in 0..8 {
        let address = world.address().await;
        let (over, answered) = (over.clone(), answered.clone());
        clients.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await;
            while !over.load(Ordering::Relaxed) {
                // Kept connections, new connections and uploads.
                if number % 4 == 0 {
                    client = Client::connect(&address).await;
                }
                let answer = match number % 2 {
                    0 => client.get("/").await,
                    _ => client.send(Request::post("/"), "payload").await,
                };
                assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for turn in 1..=6 {
        let before = answered.load(Ordering::Relaxed);
        let (new, old) = (releases[turn % 3], releases[(turn - 1) % 3]);
        world.deploy(&[(old, 50), (new, 50)]).await;
        world.deploy(&[(new, 100)]).await;
        world.gone(old).await;
        assert!(answered.load(Ordering::Relaxed) > before);
    }
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    println!("{} requests answered", answered.load(Ordering::Relaxed));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_over_a_switch_completes_before_the_process_is_stopped() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=4").await });
    world.logged("slow begins").await;
    world.deploy(&[(new, 100)]).await;
    assert_eq!(world.client().await.get("/").await.body, "new");
    assert!(!slow.is_finished());
    let answer = slow.await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "old"));
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_completes_though_its_release_is_taken_back_and_left_again() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=5").await });
    world.logged("slow begins").await;
    let before = world.pids();
    for release in [new, old] {
        world.deploy(&[(release, 100)]).await;
    }
    assert!(before.iter().all(|pid| world.pids().contains(pid)), "the old release's process was taken back");
    world.deploy(&[(new, 100)]).await;
    assert!(!slow.is_finished());
    let answer = slow.await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "old"));
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_outlasts_the_drain_is_told_so() {
    let mut world = World::new().await;
    world.settings.drain = seconds(1);
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=100").await });
    world.logged("slow begins").await;
    world.deploy(&[(new, 100)]).await;
    let answer = slow.await.unwrap();
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.json()["detail"], "The service was replaced before it answered.");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_that_outlasts_the_drain_ends_cleanly() {
    let mut world = World::new().await;
    world.settings.drain = seconds(1);
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    let events = client.open(Request::get("/events?count=1000&seconds=0.1"), "").await.unwrap();
    world.deploy(&[(new, 100)]).await;
    let received = events.collect().await.expect("an end, not a breach").to_bytes();
    assert!(received.ends_with(b"\n\n") && received.len() > 50, "{} bytes", received.len());
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_request_takes_back_one_that_is_still_starting() {
    let mut world = World::new().await;
    let good = world.artifact("good", json!({})).await;
    let slow = world.artifact("slow", json!({ "ready_after": 3_600 })).await;
    world.deploy(&[(good, 100)]).await;
    world.ask(&[(slow, 100)]).await;
    world.until("the slow one runs", |status| status.releases.len() == 2).await;
    let asked = Instant::now();
    world.deploy(&[(good, 100)]).await;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    world.gone(slow).await;
    assert_eq!(world.client().await.get("/").await.body, "good");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_to_a_release_that_still_drains_is_immediate() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let since = world.release(old).await.unwrap().since;
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=3").await });
    world.logged("slow begins").await;
    world.deploy(&[(new, 100)]).await;
    world.deploy(&[(old, 100)]).await;
    assert_eq!(world.release(old).await.unwrap().since, since, "it is the same process");
    assert_eq!(slow.await.unwrap().body, "old");
    world.gone(new).await;
    assert_eq!(world.client().await.get("/").await.body, "old");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_stays_or_is_the_one_the_manifest_names() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let first = world.address().await;
    world.crash();
    world.start().await;
    world.ready(one).await;
    assert_eq!(world.address().await, first);

    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    world.settings.port = Some(port);
    world.ask(&[(one, 100)]).await;
    let report = world.failed().await;
    assert!(report.summary.starts_with(&format!("The proxy cannot listen on port {port}: ")), "{report:?}");
    assert_eq!(world.address().await, first);

    drop(taken);
    world.deploy(&[(one, 100)]).await;
    assert_eq!(world.address().await, format!("127.0.0.1:{port}"));
    assert_eq!(world.client().await.get("/").await.body, "one");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_release_listens_on_a_port_of_its_own() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 50), (new, 50)]).await;
    let mut ports = Vec::new();
    for pid in world.pids() {
        ports.push(world.directly(pid, "/environment").await.json()["PORT"].as_str().unwrap().to_owned());
    }
    assert_eq!(ports.len(), 2);
    assert_ne!(ports[0], ports[1]);
    assert!(!ports.contains(&world.address().await.split(':').next_back().unwrap().to_owned()));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_nothing_stops_everything_and_says_so() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    world.deploy(&[]).await;
    world.gone(one).await;
    let answer = world.client().await.get("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers["retry-after"], "2");
    assert_eq!(answer.json()["detail"], "No release of this service is ready. Try again in a moment.");
    assert_eq!(answer.json()["instance"], answer.headers["x-request-id"].to_str().unwrap());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_again_or_too_late_changes_nothing() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let status = world.status().await;
    let changes = *world.changes.lock().unwrap();
    assert!(changes > 0);
    let file = world.dir.path().join("targets/shop/production.json");
    let mut request: domain::rollout::TargetRequest =
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    world.target().apply(&request).await.unwrap();
    request.sequence -= 1;
    request.shares.clear();
    world.target().apply(&request).await.unwrap();
    assert_eq!(world.status().await, status);
    assert_eq!(*world.changes.lock().unwrap(), changes);
    assert_eq!(status.phase, TargetPhase::Settled);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_measured() {
    let mut world = World::new().await;
    let good = world.artifact("good", json!({})).await;
    let bad = world.artifact("bad", json!({ "status": 500 })).await;
    world.deploy(&[(good, 100)]).await;
    let since = jiff::Timestamp::UNIX_EPOCH;
    let mut client = world.client().await;
    for _ in 0..10 {
        client.get("/").await;
    }
    client.get("/slow?seconds=0.3").await;
    world.deploy(&[(bad, 100)]).await;
    for _ in 0..5 {
        assert_eq!(client.get("/").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let (service, environment) = (service(), environment());
    let measured = world.signals.measure(&service, &environment, &good, since).await.unwrap().measured;
    assert_eq!((measured.requests, measured.errors), (11, 0));
    assert!(measured.p99.unwrap().as_millis() >= 280, "{measured:?}");
    let measured = world.signals.measure(&service, &environment, &bad, since).await.unwrap().measured;
    assert_eq!((measured.requests, measured.errors), (5, 5));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_before_stays_unpacked_however_old_so_going_back_needs_no_unpacking() {
    let mut world = World::new().await;
    let mut artifacts = Vec::new();
    for version in ["one", "two", "three", "four", "five", "six"] {
        artifacts.push(world.artifact(version, json!({})).await);
    }
    let [one, .., six] = artifacts[..] else { panic!() };
    for artifact in &artifacts[..5] {
        world.deploy(&[(*artifact, 100)]).await;
    }
    // The oldest runs once more, and is what ran before the newest.
    world.deploy(&[(one, 100)]).await;
    world.deploy(&[(six, 100)]).await;
    world.gone(one).await;
    std::fs::remove_file(world.artifacts.path(&one)).unwrap();
    world.deploy(&[(one, 100)]).await;
    assert_eq!(world.client().await.get("/").await.body, "one");
    world.end().await;
}
