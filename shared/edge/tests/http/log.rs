use api::endpoint::Endpoint;
use api::{Access, Method};
use domain::access::{Role, TokenScope};
use edge::{ApiError, ApiResult, Caller, Json, NoContent, Path, Query, Routes};
use serde_json::{Map, Value};
use testkit::{CapturedLog, World, user};

use crate::{ME, OPEN};

#[tokio::test]
async fn a_request_is_one_line_of_json() {
    let world = World::new().await;
    let client = world.client(Routes::<()>::new(&world.core).on(&ME, async || Json("x")).build(()));
    let log = CapturedLog::begin();
    let answer = client.as_user("ada", Role::Viewer).call(&ME, &[]).query("page", 2).await;
    let mut lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].remove("time").unwrap().as_str().unwrap().ends_with('Z'));
    assert!(lines[0].remove("latency_ms").unwrap().as_f64().unwrap() >= 0.0);
    assert_eq!(lines[0].remove("request_id").unwrap(), answer.header("x-request-id").unwrap());
    assert_eq!(lines[0].remove("trace_id").unwrap(), answer.header("traceparent").unwrap()[3..35]);
    insta::assert_json_snapshot!(lines[0], @r#"
    {
      "caller": "ada",
      "message": "GET /api/me 200",
      "method": "GET",
      "route": "/api/me",
      "severity": "INFO",
      "status": 200,
      "target": "edge::middleware::log"
    }
    "#);
}

#[tokio::test]
async fn what_is_logged_on_the_way_bears_the_requests_id() {
    async fn talks(_: Caller) -> NoContent {
        tracing::info!(step = 2, ready = true, "half way");
        NoContent
    }
    let world = World::new().await;
    let client = world.client(Routes::<()>::new(&world.core).on(&ME, talks).build(()));
    let log = CapturedLog::begin();
    let answer = client.as_user("ada", Role::Viewer).call(&ME, &[]).await;
    let line = &log.lines()[0];
    assert_eq!(line["request_id"], answer.header("x-request-id").unwrap());
    assert_eq!(
        (&line["message"], &line["step"], &line["ready"]),
        (&"half way".into(), &2.into(), &true.into())
    );
}

#[tokio::test]
async fn severity_follows_the_status_and_the_reason_is_logged_once() {
    async fn fails(Query(query): Query<Map<String, Value>>) -> ApiResult<()> {
        match query.get("how").and_then(Value::as_str) {
            Some("ours") => Err(ApiError::internal(anyhow::anyhow!("disk full").context("writing"))),
            Some("theirs") => Err(ApiError::conflict("Not now.")),
            _ => Ok(Json(())),
        }
    }
    let world = World::new().await;
    let client = world.client(Routes::<()>::new(&world.core).on(&OPEN, fails).build(()));
    let log = CapturedLog::begin();
    for how in ["not", "theirs", "ours"] {
        client.call(&OPEN, &[]).query("how", how).await;
    }
    client.request::<(), ()>("GET", "/kls_in_an_unknown_path").await;
    let lines = log.lines();
    let shown = lines.iter().map(|line| {
        let keys = ["severity", "status", "route", "problem", "error"];
        keys.iter().filter_map(|key| line.get(*key)).map(Value::to_string).collect::<Vec<_>>().join(" ")
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
    "INFO" 200 "/api/open"
    "WARN" 409 "/api/open" "/problems/conflict"
    "ERROR" 500 "/api/open" "/problems/internal" "writing: disk full"
    "WARN" 404 "none" "/problems/not-found"
    "#);
}

#[tokio::test]
async fn no_secret_is_logged_wherever_a_request_carries_it() {
    const CANARY: &str = "canary-7f3a";
    let echo: Endpoint<Value, ()> = Endpoint::new("ECHO", Method::Post, "/api/echo/{secret}", Access::Public);
    async fn takes(Path(_): Path<String>, Json(number): Json<u32>) -> Json<u32> {
        Json(number)
    }
    let world = World::new().await;
    world.put(&user("ada", Role::Admin)).await;
    let secret = world.token("ada", TokenScope::default()).await;
    let routes = Routes::<()>::new(&world.core).on(&echo, takes).on(&ME, async |_: Caller| NoContent);
    let client = world.client(routes.build(()));
    let log = CapturedLog::begin();
    client.as_token(&secret).call(&ME, &[]).await;
    client.as_token(&format!("kls_{CANARY}")).call(&ME, &[]).await;
    client.call(&ME, &[]).header("cookie", format!("keelson_session={CANARY}")).await;
    let answer = client.call(&echo, &[CANARY]).query("secret", CANARY).json(&CANARY.into()).await;
    assert!(answer.text().contains(CANARY), "the caller is told what they sent");
    let text = log.text();
    assert_eq!(text.lines().count(), 4);
    assert!(!text.contains(CANARY) && !text.contains(&secret), "{text}");
}
