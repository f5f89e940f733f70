//! Adding connections and changing their secrets.

use api::connection::{ConnectionSecret, PutConnection, RotateConnection};
use api::{ProblemKind, routes};
use domain::Period;
use domain::access::Role;
use insta::assert_snapshot;

use super::{Hooks, SECRET, push};

fn github(secret: Option<&str>) -> PutConnection {
    PutConnection { secret: secret.map(str::to_owned), ..PutConnection::of_kind("github") }
}

impl Hooks {
    async fn rotate(&self, overlap_hours: Option<u32>) -> ConnectionSecret {
        let body = RotateConnection { secret: None, overlap_hours };
        self.operator().call(&routes::ROTATE_CONNECTION, &["github"]).json(&body).await.ok()
    }

    async fn takes(&self, secret: &str) -> bool {
        let id = self.world.core.ids.secret();
        self.deliver_signed("push", &id, &push(0, 1), secret).await.status() == 202
    }
}

#[tokio::test]
async fn a_connection_is_added_with_a_secret_of_its_own() {
    let hooks = Hooks::start().await;
    let put = hooks.operator().call(&routes::PUT_CONNECTION, &["ghes"]).json(&github(None)).await.ok();
    assert_eq!(put.secret.len(), 43);
    assert_eq!(put.connection.hook_url, "http://keelson.test/hooks/ghes");
    assert_eq!(put.connection.active_secrets, 1);
    let list = hooks.operator().call(&routes::LIST_CONNECTIONS, &[]).await.ok();
    assert_eq!(list.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["ghes", "github"]);
    let event = hooks.world.new_events().await.remove(0);
    assert_snapshot!(serde_json::to_string(&event.body).unwrap(), @r#"{"kind":"connection_changed","connection":"ghes","what":"added"}"#);
    assert_snapshot!(event.actor.label(), @"olga");
}

#[tokio::test]
async fn putting_a_connection_again_leaves_the_new_secret_alone() {
    let hooks = Hooks::start().await;
    let put = hooks.operator().call(&routes::PUT_CONNECTION, &["github"]).json(&github(None)).await.ok();
    let event = hooks.world.new_events().await.remove(0);
    assert_snapshot!(serde_json::to_string(&event.body).unwrap(), @r#"{"kind":"connection_changed","connection":"github","what":"replaced, with a new secret alone"}"#);
    assert!(!hooks.takes(SECRET).await);
    assert!(hooks.takes(&put.secret).await);
}

#[tokio::test]
async fn while_a_secret_rotates_both_are_taken_and_then_the_new_one_alone() {
    let hooks = Hooks::start().await;
    let rotated = hooks.rotate(None).await;
    assert_eq!(rotated.connection.active_secrets, 2);
    let end = Period::seconds(24 * 3_600).after(hooks.world.core.now());
    assert_eq!(rotated.connection.rotation_ends_at, Some(end));
    assert!(hooks.takes(SECRET).await && hooks.takes(&rotated.secret).await);
    hooks.world.advance(Period::seconds(24 * 3_600));
    assert!(!hooks.takes(SECRET).await);
    assert!(hooks.takes(&rotated.secret).await);
    let view = hooks.detail().await.connection;
    assert_eq!((view.active_secrets, view.rotation_ends_at), (1, None));
}

#[tokio::test]
async fn a_leaked_secret_can_be_ended_at_once() {
    let hooks = Hooks::start().await;
    let rotated = hooks.rotate(Some(0)).await;
    assert!(!hooks.takes(SECRET).await);
    assert!(hooks.takes(&rotated.secret).await);
}

#[tokio::test]
async fn a_second_rotation_does_not_end_what_the_host_still_uses() {
    let hooks = Hooks::start().await;
    let lost = hooks.rotate(Some(2)).await;
    let rotated = hooks.rotate(Some(24)).await;
    assert!(
        hooks.takes(SECRET).await && hooks.takes(&lost.secret).await && hooks.takes(&rotated.secret).await
    );
    hooks.world.advance(Period::seconds(2 * 3_600));
    assert!(!hooks.takes(SECRET).await, "it ends when it was said to end");
    assert!(hooks.takes(&lost.secret).await);
}

#[tokio::test]
async fn the_number_of_valid_secrets_is_bounded() {
    let hooks = Hooks::start().await;
    for _ in 0..3 {
        hooks.rotate(None).await;
    }
    let body = RotateConnection { secret: None, overlap_hours: None };
    let call = hooks.operator().call(&routes::ROTATE_CONNECTION, &["github"]).json(&body);
    call.await.problem(ProblemKind::Conflict);
    assert!(hooks.takes(SECRET).await);
    hooks.rotate(Some(0)).await;
    assert_eq!(hooks.detail().await.connection.active_secrets, 1);
}

#[tokio::test]
async fn mistakes_are_told_and_change_nothing() {
    let hooks = Hooks::start().await;
    let put = async |body: PutConnection| {
        let call = hooks.operator().call(&routes::PUT_CONNECTION, &["github"]).json(&body);
        let problem = call.await.problem(ProblemKind::InvalidRequest);
        format!("{}: {}", problem.errors[0].pointer, problem.errors[0].detail)
    };
    assert_snapshot!(put(github(Some("short"))).await, @"/secret: use 16 to 255 ASCII characters without a space at either end, or leave the secret out and Keelson makes a good one");
    for secret in [" padded with spaces ", "with a\nline break!", "ünïcode is not pasted safely"] {
        put(github(Some(secret))).await;
    }
    let long = RotateConnection { secret: None, overlap_hours: Some(169) };
    let call = hooks.operator().call(&routes::ROTATE_CONNECTION, &["github"]).json(&long);
    assert_snapshot!(call.await.problem(ProblemKind::InvalidRequest).errors[0].detail, @"use 0 to 168 hours, not 169");
    let missing = hooks.operator().call(&routes::ROTATE_CONNECTION, &["gitlab"]);
    let body = RotateConnection { secret: None, overlap_hours: None };
    missing.json(&body).await.problem(ProblemKind::NotFound);
    assert!(hooks.takes(SECRET).await);
}

#[tokio::test]
async fn connections_are_changed_by_operators_and_seen_by_everybody() {
    let hooks = Hooks::start().await;
    let developer = hooks.client.as_user("dora", Role::Developer);
    developer.call(&routes::PUT_CONNECTION, &["x"]).json(&github(None)).await.problem(ProblemKind::Forbidden);
    let viewer = hooks.client.as_user("vera", Role::Viewer);
    assert_eq!(viewer.call(&routes::LIST_CONNECTIONS, &[]).await.ok().len(), 1);
    hooks.client.call(&routes::LIST_CONNECTIONS, &[]).await.problem(ProblemKind::Unauthenticated);
    viewer.call(&routes::GET_CONNECTION, &["gitlab"]).await.problem(ProblemKind::NotFound);
}

#[tokio::test]
async fn a_connection_that_changed_since_it_was_read_is_not_replaced() {
    let hooks = Hooks::start().await;
    let read = hooks.operator().call(&routes::GET_CONNECTION, &["github"]).await;
    let tag = read.header("etag").unwrap().to_owned();
    hooks.rotate(None).await;
    let before = hooks.detail().await.connection;
    hooks.world.new_events().await;
    let put = hooks.operator().call(&routes::PUT_CONNECTION, &["github"]).header("if-match", &tag);
    put.json(&github(None)).await.problem(ProblemKind::PreconditionFailed);
    assert_eq!(hooks.detail().await.connection, before);
    assert!(hooks.takes(SECRET).await, "the secrets are as they were");

    let read = hooks.operator().call(&routes::GET_CONNECTION, &["github"]).await;
    let tag = read.header("etag").unwrap().to_owned();
    let put = hooks.operator().call(&routes::PUT_CONNECTION, &["github"]).header("if-match", &tag);
    put.json(&github(None)).await.ok();
    assert!(!hooks.takes(SECRET).await);
}
