use api::endpoint::Endpoint;
use api::{Access, Method, ProblemKind};
use axum::Router;
use axum::routing::get;
use edge::{ApiError, ApiResult, Core, Json, NoContent, Routes};
use store::StoreError;
use testkit::{Answer, World};

use crate::OPEN;

async fn answer_of(fail: impl Fn() -> ApiError + Clone + Send + Sync + 'static) -> Answer<serde_json::Value> {
    let world = World::new().await;
    let handler = async move || -> ApiResult<()> { Err(fail()) };
    world.client(Routes::<()>::new(&world.core).on(&OPEN, handler).build(())).call(&OPEN, &[]).await
}

#[tokio::test]
async fn a_problem_has_the_same_shape_always() {
    let answer = answer_of(|| ApiError::not_found("promotion", "prm_1")).await;
    let mut problem = answer.json();
    let id = problem["instance"].take();
    assert!(id.as_str().unwrap().starts_with("req_"));
    insta::assert_json_snapshot!(problem, @r#"
    {
      "detail": "There is no promotion `prm_1`.",
      "instance": null,
      "status": 404,
      "title": "There is no such thing",
      "type": "/problems/not-found"
    }
    "#);
}

#[tokio::test]
async fn the_reason_for_a_mistake_of_ours_stays_inside() {
    let reason = || anyhow::anyhow!("the password is s3cret");
    let internal = answer_of(move || ApiError::internal(reason())).await;
    internal.problem(ProblemKind::Internal);
    let unavailable = answer_of(move || ApiError::unavailable(reason())).await;
    unavailable.problem(ProblemKind::Unavailable);
    assert!(!internal.text().contains("s3cret") && !unavailable.text().contains("s3cret"));
}

#[tokio::test]
async fn a_panic_is_a_mistake_of_ours_too() {
    async fn panics() -> NoContent {
        panic!("the password is s3cret")
    }
    let world = World::new().await;
    let client = world.client(Routes::<()>::new(&world.core).on(&OPEN, panics).build(()));
    let answer = client.call(&OPEN, &[]).await;
    answer.problem(ProblemKind::Internal);
    assert!(!answer.text().contains("s3cret"));
}

#[tokio::test]
async fn what_the_store_refuses_is_told_as_what_the_caller_can_do() {
    let cause = || "the disk is full".into();
    let check =
        async |make: fn() -> StoreError, kind| answer_of(move || make().into()).await.problem(kind).detail;
    insta::assert_snapshot!(check(|| StoreError::Conflict, ProblemKind::Conflict).await, @"Somebody else changed this at the same time, and nothing was changed by this request. Try again.");
    insta::assert_snapshot!(check(|| StoreError::InvalidCursor, ProblemKind::InvalidRequest).await, @"`after` does not belong to this list. Begin with its first page, without `after`.");
    let answer = answer_of(move || StoreError::Unavailable(cause()).into()).await;
    answer.problem(ProblemKind::Unavailable);
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer_of(move || StoreError::Refused(cause()).into()).await.problem(ProblemKind::Internal);
    let corrupt = move || StoreError::Corrupt { at: "users / ada".to_owned(), source: cause() }.into();
    answer_of(corrupt).await.problem(ProblemKind::Internal);
}

#[tokio::test]
async fn the_detail_of_a_mistake_of_ours_says_what_to_do() {
    let detail = |error: ApiError| error.problem().detail.clone();
    insta::assert_snapshot!(detail(ApiError::internal(anyhow::anyhow!("x"))), @"Keelson made a mistake; its log says more under this request's id. What was asked for may or may not have happened: look before you try again.");
    insta::assert_snapshot!(detail(ApiError::unavailable(anyhow::anyhow!("x"))), @"Something that Keelson needs does not answer. Try again in a moment.");
}

/// A router that fails in the ways of the framework.
fn plain(core: &Core) -> Router {
    async fn refuses(_: axum::extract::Path<u32>) {}
    Routes::<()>::new(core)
        .on(&OPEN, async || Json(()))
        .build(())
        .route("/api/numbers/{number}", get(refuses))
        .route("/api/gone", get(async || http::StatusCode::GONE))
        .route("/api/broken", get(async || http::StatusCode::BAD_GATEWAY))
        .route("/api/teapot", get(async || (http::StatusCode::IM_A_TEAPOT, "no coffee")))
}

#[tokio::test]
async fn whatever_else_fails_is_a_problem_as_well() {
    let world = World::new().await;
    let client = world.client(plain(&world.core));
    let check = async |method: &str, path: &str, kind| {
        client.request::<(), ()>(method, path).await.problem(kind).detail
    };
    insta::assert_snapshot!(check("GET", "/api/nowhere", ProblemKind::NotFound).await, @"There is nothing at this address.");
    insta::assert_snapshot!(check("DELETE", "/api/open", ProblemKind::MethodNotAllowed).await, @"This address takes other methods; `Allow` names them.");
    insta::assert_snapshot!(check("GET", "/api/numbers/many", ProblemKind::InvalidRequest).await, @"The request was refused.");
    insta::assert_snapshot!(check("GET", "/api/teapot", ProblemKind::InvalidRequest).await, @"The request was refused.");
    check("GET", "/api/gone", ProblemKind::InvalidRequest).await;
    check("GET", "/api/broken", ProblemKind::Internal).await;
}

#[tokio::test]
async fn an_address_that_takes_other_methods_names_them() {
    let other: Endpoint<(), ()> = Endpoint::new("OTHER", Method::Put, "/api/open", Access::SignedIn);
    let world = World::new().await;
    let routes = Routes::<()>::new(&world.core).on(&OPEN, async || NoContent).on(&other, async || NoContent);
    let answer = world.client(routes.build(())).request::<(), ()>("POST", "/api/open").await;
    answer.problem(ProblemKind::MethodNotAllowed);
    insta::assert_snapshot!(answer.header("allow").unwrap(), @"GET,HEAD,PUT");
}
