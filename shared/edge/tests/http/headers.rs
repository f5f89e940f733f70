use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use edge::{Json, RequestContext, Routes, Settings};
use testkit::{Client, World};

use crate::OPEN;

/// Answers with the request's trace.
fn client(world: &World) -> Client {
    let handler = async |context: RequestContext| Json(context.traceparent);
    world.client(Routes::<()>::new(&world.core).on(&OPEN, handler).build(()))
}

#[tokio::test]
async fn every_answer_tells_browsers_what_to_forbid() {
    let mut world = World::new().await;
    world.core.settings = Arc::new(Settings::new("https://keelson.example".parse().unwrap()));
    let answer = client(&world).call(&OPEN, &[]).await;
    let names = [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
        "strict-transport-security",
    ];
    let lines = names.map(|name| format!("{name}: {}", answer.header(name).unwrap()));
    insta::assert_snapshot!(lines.join("\n"), @"
    content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
    x-content-type-options: nosniff
    referrer-policy: no-referrer
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    permissions-policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()
    strict-transport-security: max-age=31536000
    ");
}

#[tokio::test]
async fn transport_security_is_not_promised_where_there_is_none() {
    let world = World::new().await;
    assert_eq!(client(&world).call(&OPEN, &[]).await.header("strict-transport-security"), None);
}

#[tokio::test]
async fn a_router_may_cache_what_it_knows_not_to_change() {
    let world = World::new().await;
    let file = get(async || ([("cache-control", "public, max-age=31536000, immutable")], "body"));
    let client = world.client(Router::new().route("/app.css", file));
    let answer = client.request::<(), ()>("GET", "/app.css").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

#[tokio::test]
async fn a_trace_is_gone_on_with_under_a_span_of_ours() {
    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let world = World::new().await;
    let answer = client(&world).call(&OPEN, &[]).header("traceparent", GIVEN).await;
    let ours = answer.header("traceparent").unwrap().to_owned();
    assert!(ours.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && ours.ends_with("-01"), "{ours}");
    assert_ne!(ours, GIVEN);
    assert_eq!(answer.ok(), ours, "what the handler passes on is what the caller is told");
}

#[tokio::test]
async fn without_a_trace_one_begins() {
    let world = World::new().await;
    let traces = [client(&world).call(&OPEN, &[]).await, client(&world).call(&OPEN, &[]).await];
    let [first, second] = traces.map(|answer| answer.header("traceparent").unwrap().to_owned());
    assert_eq!(first.len(), 55);
    assert_ne!(first[3..35], second[3..35]);
}

/// What SAM makes of the template of the stack on AWS, where the panel's files come from a bucket.
const STACK: &str = include_str!("../../../../infra/aws/template.expanded.json");

#[tokio::test]
async fn cloudfront_says_of_the_panel_what_every_answer_says() {
    let world = World::new().await;
    let answer = client(&world).call(&OPEN, &[]).await;
    let stack: serde_json::Value = serde_json::from_str(STACK).unwrap();
    let policy = &stack["Resources"]["PanelHeaders"]["Properties"]["ResponseHeadersPolicyConfig"];
    let security = &policy["SecurityHeadersConfig"];
    let mut said = vec![
        ("content-security-policy", &security["ContentSecurityPolicy"]["ContentSecurityPolicy"]),
        ("referrer-policy", &security["ReferrerPolicy"]["ReferrerPolicy"]),
    ];
    for custom in policy["CustomHeadersConfig"]["Items"].as_array().unwrap() {
        said.push((custom["Header"].as_str().unwrap(), &custom["Value"]));
    }
    assert_eq!(said.len(), 5);
    for (name, value) in said {
        assert_eq!(answer.header(name), value.as_str(), "{name}");
    }
}
