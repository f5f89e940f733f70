use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use api::ProblemKind;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::Period;
use domain::access::{Role, TokenScope};
use domain::event::EventBody;
use edge::{ApiError, Caller, Core, Json, RequestContext, Routes};
use testkit::{Client, World, user};
use tokio::sync::Semaphore;

use crate::CHANGE;

/// A handler that does what its body says, and counts how often it did.
#[derive(Clone)]
struct Deeds {
    core: Core,
    done: Arc<AtomicU32>,
    allowed: Arc<Semaphore>,
}

async fn deed(
    State(deeds): State<Deeds>,
    request: RequestContext,
    caller: Caller,
    Json(what): Json<String>,
) -> Result<Response, ApiError> {
    let core = &deeds.core;
    if what == "refuse" {
        return Err(ApiError::conflict("Not now."));
    }
    if what == "fail" {
        return Err(ApiError::unavailable(std::io::Error::other("away")));
    }
    let number = deeds.done.fetch_add(1, Ordering::SeqCst) + 1;
    let body = EventBody::SignedOut { login: "ada".parse().unwrap() };
    let mut transaction = core.store.transaction(core.now());
    transaction.event(&core.event(&request, &caller.actor, body));
    transaction.commit().await?;
    deeds.allowed.acquire().await.unwrap().forget();
    if what == "die after it" {
        panic!("killed");
    }
    let text = if what == "long" { "x".repeat(100_000) } else { format!("{what} {number} kls_s3cret") };
    Ok(Json(text).into_response())
}

struct Scene {
    world: World,
    client: Client,
    deeds: Deeds,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let allowed = Arc::new(Semaphore::new(100));
        let deeds = Deeds { core: world.core.clone(), done: Arc::default(), allowed };
        let client = world.client(Routes::new(&world.core).on(&CHANGE, deed).build(deeds.clone()));
        let client = client.as_user("ada", Role::Developer);
        Self { world, client, deeds }
    }

    async fn send(&self, key: &str, what: &str) -> testkit::Answer<String> {
        let body = serde_json::to_string(what).unwrap();
        self.client
            .request::<String, String>("POST", "/api/me")
            .json_text(&body)
            .header("idempotency-key", key)
            .await
    }

    fn done(&self) -> u32 {
        self.deeds.done.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_not_done_again_and_has_the_same_answer() {
    let scene = Scene::new().await;
    let first = scene.send("one", "promote").await;
    let again = scene.send("\"one\"", "promote").await;
    assert_eq!((first.ok(), first.header("idempotency-replayed")), ("promote 1 kls_s3cret".to_owned(), None));
    assert_eq!((again.ok(), again.header("idempotency-replayed")), (first.ok(), Some("true")));
    assert_eq!(again.header("content-type"), Some("application/json"));
    assert_eq!(scene.done(), 1);
    assert_eq!(
        scene.send("two", "promote").await.ok(),
        "promote 2 kls_s3cret",
        "another key is another request"
    );
    scene.world.advance(Period::seconds(24 * 60 * 60));
    assert_eq!(
        scene.send("one", "promote").await.ok(),
        "promote 3 kls_s3cret",
        "a day later it is forgotten"
    );
}

#[tokio::test]
async fn a_key_is_good_for_one_request_of_one_caller() {
    let scene = Scene::new().await;
    scene.send("one", "promote").await.ok();
    let other = scene.send("one", "roll back").await;
    insta::assert_snapshot!(other.problem(ProblemKind::KeyReused).detail, @"This `Idempotency-Key` came with another request before: another method, address, query or body. Nothing was done. Give every request a key of its own.");
    let query = scene.client.request::<String, String>("POST", "/api/me?more=1").json_text("\"promote\"");
    query.header("idempotency-key", "one").await.problem(ProblemKind::KeyReused);
    scene.world.put(&user("grace", Role::Developer)).await;
    let secret = scene.world.token("grace", TokenScope::default()).await;
    let grace = scene.client.as_token(&secret).request::<String, String>("POST", "/api/me");
    let answer = grace.json_text("\"promote\"").header("idempotency-key", "one").await;
    assert_eq!(answer.ok(), "promote 2 kls_s3cret", "somebody else's key is another key");
    for bad in ["", "a b", "\"", "a\\b", &"x".repeat(256)] {
        scene.send(bad, "promote").await.problem(ProblemKind::InvalidRequest);
    }
    assert_eq!(scene.done(), 2);
}

#[tokio::test]
async fn what_is_under_way_is_not_begun_again() {
    let scene = Scene::new().await;
    scene.deeds.allowed.forget_permits(100);
    let waiting = async {
        testkit::eventually("it is under way", async || (scene.done() == 1).then_some(())).await;
        let second = scene.send("one", "promote").await;
        scene.deeds.allowed.add_permits(1);
        second
    };
    let (first, second) = tokio::join!(scene.send("one", "promote"), waiting);
    first.ok();
    insta::assert_snapshot!(second.problem(ProblemKind::Conflict).detail, @"The first request with this `Idempotency-Key` is still being answered, or broke off a moment ago. Nothing was done by this one. Wait, and send it again.");
    assert_eq!(second.header("retry-after"), Some("120"));
    assert_eq!(scene.done(), 1);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again_with_the_same_key() {
    let scene = Scene::new().await;
    scene.send("one", "refuse").await.problem(ProblemKind::Conflict);
    assert_eq!(scene.send("one", "promote").await.ok(), "promote 1 kls_s3cret");
}

#[tokio::test]
async fn after_a_failure_the_event_log_tells_whether_it_was_done() {
    let scene = Scene::new().await;
    let fails = scene.send("undone", "fail").await;
    fails.problem(ProblemKind::Unavailable);
    let soon = scene.send("undone", "fail").await;
    assert_eq!(soon.problem(ProblemKind::Conflict).status, 409, "the store may still be at it");
    assert_eq!(soon.header("retry-after"), Some("15"));
    scene.world.advance(Period::seconds(15));
    scene.send("undone", "fail").await.problem(ProblemKind::Unavailable);

    scene.send("done", "die after it").await.problem(ProblemKind::Internal);
    scene.world.advance(Period::seconds(120));
    let lost = scene.send("done", "die after it").await;
    insta::assert_snapshot!(lost.problem(ProblemKind::Conflict).detail, @"The first request with this `Idempotency-Key` was done, but its answer was not kept. Nothing was done again. Look at what it made.");
    assert_eq!(scene.done(), 1);
}

#[tokio::test]
async fn whoever_is_killed_in_between_leaves_no_doubt() {
    let scene = Scene::new().await;
    scene.deeds.allowed.forget_permits(100);
    let killed = scene.client.request::<String, String>("POST", "/api/me").json_text("\"promote\"");
    let killed = tokio::spawn(killed.header("idempotency-key", "one").into_future());
    testkit::eventually("it is done", async || (scene.done() == 1).then_some(())).await;
    testkit::eventually("its event is there", async || {
        let events = scene.world.all_events().await;
        (!events.is_empty()).then_some(())
    })
    .await;
    killed.abort();
    scene.send("one", "promote").await.problem(ProblemKind::Conflict);
    scene.world.advance(Period::seconds(121));
    scene.send("one", "promote").await.problem(ProblemKind::Conflict);
    assert_eq!(scene.done(), 1);
}

#[tokio::test]
async fn an_answer_too_long_to_be_kept_is_not_made_twice() {
    let scene = Scene::new().await;
    assert_eq!(scene.send("one", "long").await.ok().len(), 100_000);
    scene.send("one", "long").await.problem(ProblemKind::Conflict);
    assert_eq!(scene.done(), 1);
}
