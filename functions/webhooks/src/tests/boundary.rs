//! What nobody can do who has not the secret.

use api::{ProblemKind, routes};
use insta::assert_snapshot;
use testkit::github;

use super::{Hooks, SECRET, push};

impl Hooks {
    /// Everything that a webhook could have written.
    async fn everything(&self) -> String {
        let connection = "github".parse().unwrap();
        let activity = self.store().connection_activity(&connection).await.unwrap();
        let deliveries = self.detail().await.deliveries;
        let events = self.world.all_events().await;
        let row = self.store().connection(&connection).await.unwrap();
        format!("{activity:?} {deliveries:?} {events:?} {row:?} {:?}", self.pushes().await)
    }
}

#[tokio::test]
async fn a_wrong_or_missing_signature_is_refused_and_nothing_is_written() {
    let hooks = Hooks::start().await;
    let before = hooks.everything().await;
    let body = push(0, 1);
    let right = github::sign(SECRET, &body);
    let wrong: Vec<Vec<(&str, String)>> = vec![
        vec![],
        vec![("x-hub-signature-256", github::sign("another secret, also long", &body))],
        vec![("x-hub-signature-256", github::sign(SECRET, b"another body"))],
        vec![("x-hub-signature-256", github::sign("", &body))],
        vec![("x-hub-signature-256", right.replace("sha256=", "sha1="))],
        vec![("x-hub-signature-256", right[..right.len() - 2].to_owned())],
        // Right, but in the header of SHA-1, of Gitea and of Bitbucket; and a secret as GitLab sends it.
        vec![("x-hub-signature", right.clone())],
        vec![("x-gitea-signature", right.replace("sha256=", ""))],
        vec![("x-gitlab-token", SECRET.to_owned()), ("x-gitlab-event", "Push Hook".to_owned())],
    ];
    let n_wrong = wrong.len() as u64;
    for signature in wrong {
        let event = [("x-github-event", "push".to_owned()), ("x-github-delivery", "d-1".to_owned())];
        let call = hooks.client.call(&routes::RECEIVE_HOOK, &["github"]).headers(event).headers(signature);
        call.bytes(body.clone()).await.problem(ProblemKind::Unauthenticated);
    }
    assert_eq!(before, hooks.everything().await);
    assert_eq!(hooks.detail().await.connection.rejected, n_wrong, "shown all the same");
    Hooks::accepted(&hooks.deliver("push", "d-1", &body).await);
}

#[tokio::test]
async fn the_refusal_says_what_to_do() {
    let hooks = Hooks::start().await;
    let answer = hooks.deliver_signed("push", "d-1", b"{}", "another secret, also long").await;
    assert_snapshot!(answer.problem(ProblemKind::Unauthenticated).detail, @"The webhook was not taken: the signature does not fit the body and the connection's secret. Enter the connection's secret on the git host again, or make a new one.");
    let answer = hooks.client.call(&routes::RECEIVE_HOOK, &["github"]).await;
    assert_snapshot!(answer.problem(ProblemKind::Unauthenticated).detail, @"The webhook was not taken: the request has no X-Hub-Signature-256 header.");
}

#[tokio::test]
async fn an_unknown_connection_is_not_there_whatever_its_name() {
    let hooks = Hooks::start().await;
    let before = hooks.everything().await;
    for name in ["gitlab", "GitHub", "git hub", "../api", &"a".repeat(500)] {
        let headers = github::headers("push", "d-1", SECRET, b"{}");
        let call = hooks.client.call(&routes::RECEIVE_HOOK, &[name]).headers(headers).bytes("{}");
        call.await.problem(ProblemKind::NotFound);
    }
    assert_eq!(before, hooks.everything().await);
}

#[tokio::test]
async fn what_is_too_large_is_not_read_but_shown_once_a_minute() {
    let hooks = Hooks::start().await;
    let large = vec![b' '; crate::MOST_BYTES + 1];
    for id in ["d-1", "d-2"] {
        let call = hooks.client.call(&routes::RECEIVE_HOOK, &["github"]);
        let call = call.header("x-github-delivery", id).header("x-hub-signature-256", "sha256=00");
        call.bytes(large.clone()).await.problem(ProblemKind::TooLarge);
    }
    let deliveries = hooks.detail().await.deliveries;
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].outcome, "rejected");
    assert_snapshot!(deliveries[0].detail.as_ref().unwrap(), @"the body was larger than 25 MiB and was not read, so it is not known who sent it");
    assert_eq!(hooks.counts().await, (0, 0, 0, 1));
    Hooks::accepted(&hooks.deliver("push", "d-1", &push(0, 1)).await);
}

#[tokio::test]
async fn a_delivery_without_a_name_is_named_by_its_body_and_without_an_event_is_not_read() {
    let hooks = Hooks::start().await;
    let body = push(0, 1);
    let without = async |missing: &str| {
        let headers = github::headers("push", "d-1", SECRET, &body);
        let headers = headers.into_iter().filter(|(name, _)| *name != missing);
        let call = hooks.client.call(&routes::RECEIVE_HOOK, &["github"]).headers(headers);
        Hooks::accepted(&call.bytes(body.clone()).await);
    };
    without("x-github-event").await;
    let delivery = hooks.detail().await.deliveries.remove(0);
    assert_eq!((delivery.id.as_str(), delivery.outcome.as_str()), ("d-1", "rejected"));
    assert_snapshot!(delivery.detail.unwrap(), @"the request has no usable X-GitHub-Event header");
    assert_eq!(hooks.pushes().await, []);
    without("x-github-delivery").await;
    without("x-github-delivery").await;
    assert_eq!(hooks.counts().await, (1, 0, 1, 1));
}

#[tokio::test]
async fn no_secret_is_stored_or_told_in_clear() {
    let hooks = Hooks::start().await;
    hooks.deliver("push", "d-1", &push(0, 1)).await;
    let told = hooks.operator().call(&routes::GET_CONNECTION, &["github"]).await.text();
    assert!(!told.contains(SECRET));
    assert!(!format!("{:?}", hooks.world.all_events().await).contains(SECRET));
}
