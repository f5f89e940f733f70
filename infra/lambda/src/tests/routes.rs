//! Which function answers what: the one map that the stack is made of.

use std::collections::BTreeMap;
use std::fs;

use api::routes;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::event::EventKind;
use lambda_http::tower::ServiceExt as _;
use serde::Serialize;

use super::{ORIGIN, Stack};

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs.json");

/// What a stack has to know of one function.
#[derive(Debug, Serialize)]
struct Program {
    /// The requests it answers, as the HTTP API spells them.
    routes: Vec<String>,
    /// The events it acts on.
    subscribes: Vec<EventKind>,
    /// Whether the clock calls it.
    ticks: bool,
}

/// Whether a router has a route: without one, nothing answers at the address, or nothing by that method.
async fn answers(router: &Router, method: &str, path: &str) -> bool {
    let path = path.replace(['{', '}'], "");
    let request = Request::builder().method(method).uri(path).header("x-keelson-origin", ORIGIN);
    let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1_000_000).await.unwrap();
    let is_nothing = status == StatusCode::NOT_FOUND
        && String::from_utf8_lossy(&body).contains("There is nothing at this address.");
    !is_nothing && status != StatusCode::METHOD_NOT_ALLOWED
}

#[tokio::test]
async fn every_endpoint_is_answered_by_exactly_one_function_and_the_map_of_them_is_published() {
    let stack = Stack::new().await;
    let routers = stack.routers();
    let mut programs: BTreeMap<&str, Program> = BTreeMap::new();
    for (name, subscribes) in [
        ("webhooks", webhooks::SUBSCRIBES),
        ("promotions", promotions::SUBSCRIBES),
        ("panel", &[]),
        ("relay", &[]),
    ] {
        let subscribes = subscribes.to_vec();
        programs.insert(name, Program { routes: Vec::new(), ticks: !subscribes.is_empty(), subscribes });
    }
    for route in routes::ALL {
        let mut who = Vec::new();
        for (name, router) in &routers {
            if answers(router, route.method.as_str(), route.path).await {
                who.push(*name);
            }
        }
        assert_eq!(who.len(), 1, "{} {}: {who:?}", route.method.as_str(), route.path);
        let routes = &mut programs.get_mut(who[0]).unwrap().routes;
        routes.push(format!("{} {}", route.method.as_str(), route.path));
    }
    let map = format!("{}\n", serde_json::to_string_pretty(&programs).unwrap());
    #[expect(clippy::disallowed_methods, reason = "the switch by which every snapshot here is written anew")]
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        fs::write(PUBLISHED, &map).unwrap();
    }
    let published = fs::read_to_string(PUBLISHED).unwrap_or_default();
    assert!(published == map, "{PUBLISHED} is of yesterday: INSTA_UPDATE=always writes it anew");
}
