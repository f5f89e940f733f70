use api::ProblemKind;
use axum::body::Body;
use axum::response::IntoResponse;
use domain::access::Role;
use edge::{Json, NoContent, Routes};
use serde_json::json;
use testkit::{Client, World};

use crate::{ME, OPEN};

async fn client<R: IntoResponse + 'static>(respond: fn() -> R) -> Client {
    let world = World::new().await;
    let handler = async move || respond();
    world.client(Routes::<()>::new(&world.core).on(&OPEN, handler).build(()))
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let client = client(|| Json(json!({ "answer": 42 }))).await;
    let first = client.call(&OPEN, &[]).await;
    let tag = first.header("etag").unwrap();
    insta::assert_snapshot!(tag, @r#""ecf59a2696ca44a417e20e2a7eabb1b2""#);
    assert_eq!(first.header("cache-control"), Some("private, no-cache"));

    for known in [tag, &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
        let again = client.call(&OPEN, &[]).header("if-none-match", known).await;
        assert_eq!(again.status(), 304, "{known}");
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("content-type"), None);
    }
    assert_eq!(
        client.call(&OPEN, &[]).header("if-none-match", "\"other\"").await.ok(),
        json!({ "answer": 42 })
    );
}

#[tokio::test]
async fn a_handler_may_name_the_state_itself() {
    let client = client(|| ([("etag", "\"7\"")], Json(json!(7)))).await;
    assert_eq!(client.call(&OPEN, &[]).await.header("etag"), Some("\"7\""));
    assert_eq!(client.call(&OPEN, &[]).header("if-none-match", "\"7\"").await.status(), 304);
}

#[tokio::test]
async fn a_stream_does_not_wait_for_its_own_end() {
    let client = client(|| {
        let parts = futures_util::stream::iter(["1", "2"].map(Ok::<_, std::convert::Infallible>));
        ([("content-type", "application/json")], Body::from_stream(parts))
    })
    .await;
    let answer = client.call(&OPEN, &[]).await;
    assert_eq!((answer.text().as_str(), answer.header("etag")), ("12", None));
}

#[tokio::test]
async fn what_is_no_answer_has_no_tag() {
    let nothing = client(|| NoContent).await.call(&OPEN, &[]).await;
    assert_eq!((nothing.status(), nothing.header("etag")), (204, None));
    assert_eq!(nothing.header("cache-control"), Some("no-store"));
    let problem = client(|| edge::ApiError::conflict("Not now.")).await.call(&OPEN, &[]).await;
    problem.problem(ProblemKind::Conflict);
    assert_eq!((problem.header("etag"), problem.header("cache-control")), (None, Some("no-store")));
}

#[tokio::test]
async fn a_tag_opens_no_door() {
    let world = World::new().await;
    let client = world.client(Routes::<()>::new(&world.core).on(&ME, async || Json("secret")).build(()));
    let tag = client.as_user("ada", Role::Viewer).call(&ME, &[]).await.header("etag").unwrap().to_owned();
    client
        .anonymous()
        .call(&ME, &[])
        .header("if-none-match", tag)
        .await
        .problem(ProblemKind::Unauthenticated);
}
