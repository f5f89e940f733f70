//! Setting and removing a token, and that it is nowhere but where it must be.

use api::connection::{PutConnection, SetApiAccess};
use api::{ProblemKind, routes};
use domain::access::Role;
use domain::connection::HostKind;
use insta::assert_snapshot;
use testkit::CapturedLog;
use testkit::hosts::TOKEN;

use super::Watched;

#[tokio::test]
async fn without_a_token_nothing_is_asked_and_the_view_says_so() {
    let watched = Watched::without_token(HostKind::GitHub).await;
    watched.push(&[1]);
    assert_eq!(watched.tick().await, 0);
    assert!(watched.detail().await.connection.api.is_none());
    assert!(watched.host.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_is_removed_is_used_no_more() {
    let watched = Watched::of(HostKind::GitHub).await;
    let before = watched.host.requests().len();
    let view = watched.hooks.operator().call(&routes::REMOVE_API_ACCESS, &["github"]).await.ok();
    assert!(view.api.is_none());
    watched.push(&[2]);
    for _ in 0..3 {
        watched.advance(180);
        watched.tick().await;
    }
    assert_eq!(watched.host.requests().len(), before);
    let events = watched.hooks.world.new_events().await;
    assert_snapshot!(events[0].body.sentence(), @"connection github: API access removed");
}

#[tokio::test]
async fn a_token_can_come_with_the_connection_and_stays_when_its_secret_is_replaced() {
    let watched = Watched::without_token(HostKind::GitHub).await;
    let api = SetApiAccess { url: Some(watched.host.api_url().to_owned()), token: TOKEN.to_owned() };
    let body = PutConnection { api: Some(api), ..PutConnection::of_kind("github") };
    let operator = watched.hooks.operator();
    let put = operator.call(&routes::PUT_CONNECTION, &["github"]).json(&body).await.ok();
    assert_eq!(put.connection.api.unwrap().url, watched.host.api_url());
    let again = PutConnection::of_kind("github");
    let put = operator.call(&routes::PUT_CONNECTION, &["github"]).json(&again).await.ok();
    assert!(put.connection.api.is_some());
    assert_eq!(watched.tick().await, 1);
    assert!(watched.api().await.trouble.is_none());
    // Another kind of host has another API.
    let other = PutConnection::of_kind("gitlab");
    let put = operator.call(&routes::PUT_CONNECTION, &["github"]).json(&other).await.ok();
    assert!(put.connection.api.is_none());
}

#[tokio::test]
async fn mistakes_are_told_and_change_nothing() {
    let watched = Watched::without_token(HostKind::Gitea).await;
    let told = async |url: Option<&str>, token: &str| {
        let body = SetApiAccess { url: url.map(str::to_owned), token: token.to_owned() };
        let call = watched.hooks.operator().call(&routes::SET_API_ACCESS, &["gitea"]).json(&body);
        let problem = call.await.problem(ProblemKind::InvalidRequest);
        format!("{}: {}", problem.errors[0].pointer, problem.errors[0].detail)
    };
    let mistakes = [
        told(None, "t").await,
        told(Some("git.example.com"), "t").await,
        told(Some("http://git.example.com/api/v1"), "t").await,
        told(Some("https://10.0.0.7/api/v1"), "t").await,
        told(Some("https://169.254.169.254/latest"), "t").await,
        told(Some("https://git.example.com/api/v1?token=1"), "t").await,
        told(Some("https://git.example.com/api/v1"), "two words").await,
        told(Some("https://git.example.com/api/v1"), "").await,
    ];
    assert_snapshot!(mistakes.join("\n"), @r#"
    /url: say where the API is, such as `https://git.example.com/api/v1`: every server is its own
    /url: `git.example.com` is not an address like https://host/path
    /url: `http://git.example.com/api/v1` must begin with https://; plain http:// is for this machine alone
    /url: `https://10.0.0.7/api/v1` is not an address on the internet
    /url: `https://169.254.169.254/latest` is not an address on the internet
    /url: use an address without a user, `?` and `#`, of at most 500 characters
    /token: use the token alone: 1 to 4096 ASCII characters without spaces
    /token: use the token alone: 1 to 4096 ASCII characters without spaces
    "#);
    assert!(watched.detail().await.connection.api.is_none());
    let developer = watched.hooks.client.as_user("dora", Role::Developer);
    let body = SetApiAccess { url: None, token: "t".to_owned() };
    developer.call(&routes::SET_API_ACCESS, &["gitea"]).json(&body).await.problem(ProblemKind::Forbidden);
    developer.call(&routes::REMOVE_API_ACCESS, &["gitea"]).await.problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn a_token_is_in_no_log_row_event_address_or_answer() {
    let log = CapturedLog::begin();
    let watched = Watched::of(HostKind::GitHub).await;
    watched.push(&[2]);
    for refused in [None, Some((401, Vec::new())), Some((502, Vec::new()))] {
        watched.host.answer_with(refused);
        watched.advance(15 * 60);
        watched.tick().await;
    }
    let told = serde_json::to_string(&watched.detail().await).unwrap();
    let events = format!("{:?}", watched.hooks.world.all_events().await);
    let requests = watched.host.requests().join("\n");
    let rows = format!("{:?}", watched.hooks.world.rows());
    for (place, text) in
        [("log", log.text()), ("answer", told), ("events", events), ("addresses", requests), ("rows", rows)]
    {
        assert!(!text.is_empty() && !text.contains(TOKEN), "{place}");
    }
}
