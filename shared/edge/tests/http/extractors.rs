use api::endpoint::Endpoint;
use api::{Access, Method, ProblemKind};
use edge::{Json, Path, Query, Routes};
use serde::{Deserialize, Serialize};
use testkit::{Client, World};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    items: Vec<Item>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Item {
    service: domain::ServiceName,
    count: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Filter {
    limit: Option<u32>,
}

const POST: Endpoint<Order, Order> = Endpoint::new("POST", Method::Post, "/api/orders", Access::Public);
const MAYBE: Endpoint<Order, bool> = Endpoint::new("MAYBE", Method::Put, "/api/orders", Access::Public);
const GET: Endpoint<(), Option<u32>> =
    Endpoint::new("GET", Method::Get, "/api/orders/{service}", Access::Public);

async fn client() -> Client {
    async fn get(Path(_): Path<domain::ServiceName>, Query(filter): Query<Filter>) -> Json<Option<u32>> {
        Json(filter.limit)
    }
    let world = World::new().await;
    let routes = Routes::<()>::new(&world.core)
        .on_with_limit(&POST, 100, async |Json(order): Json<Order>| Json(order))
        .on(&MAYBE, async |order: Option<Json<Order>>| Json(order.is_some()))
        .on(&GET, get);
    world.client(routes.build(()))
}

/// The problem of a body: its detail, and where in the body it is.
async fn check(body: &str) -> String {
    let problem = client().await.call(&POST, &[]).json_text(body).await.problem(ProblemKind::InvalidRequest);
    let errors = problem.errors.iter().map(|error| format!("\n{}: {}", error.pointer, error.detail));
    format!("{}{}", problem.detail, errors.collect::<String>())
}

#[tokio::test]
async fn a_body_that_is_not_right_is_refused_at_the_part_that_is_wrong() {
    insta::assert_snapshot!(check(r#"{"items":[{"service":"shop","count":1},{"service":"No","count":1}]}"#).await, @"
    The body is not what this address takes.
    /items/1/service: `No` is not a service name: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter
    ");
    insta::assert_snapshot!(check(r#"{"items":[{"service":"shop","count":-1}]}"#).await, @"
    The body is not what this address takes.
    /items/0/count: invalid value: integer `-1`, expected u32
    ");
    insta::assert_snapshot!(check(r#"{"items":[],"a/b":1}"#).await, @"
    The body is not what this address takes.
    /a~1b: unknown field `a/b`, expected `items`
    ");
    insta::assert_snapshot!(check("{}").await, @"
    The body is not what this address takes.
    : missing field `items`
    ");
    insta::assert_snapshot!(check("{").await, @"The body is not JSON: EOF while parsing an object at line 1 column 1.");
    insta::assert_snapshot!(check("{\"items\":[]} {}").await, @"The body is not JSON: trailing characters at line 1 column 14.");
    insta::assert_snapshot!(check("").await, @"The body is not JSON: EOF while parsing a value at line 1 column 0.");
}

#[tokio::test]
async fn a_body_larger_than_its_endpoint_takes_is_refused() {
    let fits = format!("{{\"items\":[]{}}}", " ".repeat(88));
    assert_eq!(fits.len(), 100);
    assert_eq!(client().await.call(&POST, &[]).json_text(&fits).await.status(), 200);
    client().await.call(&POST, &[]).json_text(&format!("{fits} ")).await.problem(ProblemKind::TooLarge);
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let body = r#"{"items":[]}"#;
    for other in ["text/plain", "application/x-www-form-urlencoded", "application/json5"] {
        let answer = client().await.call(&POST, &[]).bytes(body).header("content-type", other).await;
        answer.problem(ProblemKind::UnsupportedMediaType);
    }
    client().await.call(&POST, &[]).bytes(body).await.problem(ProblemKind::UnsupportedMediaType);
    for json in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        let answer = client().await.call(&POST, &[]).bytes(body).header("content-type", json).await;
        assert_eq!(answer.status(), 200, "{json}");
    }
}

#[tokio::test]
async fn a_body_may_be_left_out_where_the_handler_allows_it() {
    let call = async || client().await.call(&MAYBE, &[]);
    assert!(!call().await.await.ok());
    assert!(call().await.json(&Order { items: Vec::new() }).await.ok());
    call().await.bytes("{}").await.problem(ProblemKind::UnsupportedMediaType);
}

#[tokio::test]
async fn queries_and_paths_that_are_not_right_are_refused() {
    let client = client().await;
    assert_eq!(client.call(&GET, &["shop"]).query("limit", 5).await.ok(), Some(5));
    let many = client.call(&GET, &["shop"]).query("limit", "many").await.problem(ProblemKind::InvalidRequest);
    insta::assert_snapshot!(many.detail, @"The query is not what this address takes: limit: invalid digit found in string.");
    let upper = client.call(&GET, &["Shop"]).await.problem(ProblemKind::InvalidRequest);
    insta::assert_snapshot!(upper.detail, @"The address is not right: `Shop` is not a service name: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter.");
}
