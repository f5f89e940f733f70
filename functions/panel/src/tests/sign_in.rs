use api::access::{Me, SignIn, SignInLink};
use api::{ProblemKind, routes};
use domain::Period;
use domain::access::Role;
use testkit::{Answer, Client};

use super::{happened, world};

async fn link(client: &Client, login: &str) -> SignInLink {
    client.as_user("ada", Role::Admin).call(&routes::CREATE_SIGN_IN_LINK, &[login]).await.ok()
}

async fn follow(client: &Client, link: &SignInLink) -> Answer<Me> {
    let secret = link.url.split_once('#').unwrap().1.to_owned();
    client.anonymous().call(&routes::SIGN_IN, &[]).json(&SignIn { secret }).await
}

#[tokio::test]
async fn a_link_signs_somebody_in_once() {
    let (world, client) = world().await;
    client.as_user("grace", Role::Developer).call(&routes::GET_ME, &[]).await.ok();
    let link = link(&client, "grace").await;
    assert!(
        link.url.starts_with("http://keelson.test/sign-in#"),
        "the secret is in the fragment: {}",
        link.url
    );
    let signed_in = follow(&client, &link).await;
    insta::assert_json_snapshot!(signed_in.json(), @r#"
    {
      "expires_at": "2026-11-23T21:00:00Z",
      "grants": [
        {
          "role": "developer"
        }
      ],
      "login": "grace",
      "name": "grace",
      "teams": []
    }
    "#);
    let again = follow(&client, &link).await.problem(ProblemKind::Unauthenticated);
    insta::assert_snapshot!(again.detail, @"This sign-in link is not valid: it works once, and only for a quarter of an hour. Ask an admin for a new one, who makes it with `keelson user link LOGIN`; whoever starts Keelson on a machine has one printed.");
    insta::assert_debug_snapshot!(happened(&world).await, @r#"
    [
        "ada: sign-in link made for grace",
        "grace: grace signed in",
    ]
    "#);
}

#[tokio::test]
async fn of_two_browsers_with_the_same_link_one_is_signed_in() {
    let (_world, client) = world().await;
    let link = link(&client, "ada").await;
    let tries = tokio::join!(follow(&client, &link), follow(&client, &link), follow(&client, &link));
    let mut statuses = [tries.0.status(), tries.1.status(), tries.2.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401]);
}

#[tokio::test]
async fn a_link_that_is_too_old_or_made_up_signs_nobody_in() {
    let (world, client) = world().await;
    let old = link(&client, "ada").await;
    world.advance(Period::seconds(15 * 60));
    let made_up = SignInLink { url: "http://keelson.test/sign-in#guess".to_owned(), ..old.clone() };
    let details = [old, made_up].map(|link| {
        let client = client.clone();
        async move { follow(&client, &link).await.problem(ProblemKind::Unauthenticated).detail }
    });
    let [old, made_up] = details;
    assert_eq!(old.await, made_up.await, "a guess learns nothing");
}

/// The cookie of somebody who has just signed in.
async fn cookie(client: &Client) -> String {
    let signed_in = follow(client, &link(client, "ada").await).await;
    signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_ends_after_half_a_day() {
    let (world, client) = world().await;
    let cookie = cookie(&client).await;
    let status = async || client.call(&routes::GET_ME, &[]).header("cookie", &cookie).await.status();
    assert_eq!(status().await, 200);
    world.advance(Period::seconds(12 * 60 * 60));
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn a_session_ends_when_it_is_signed_out() {
    let (world, client) = world().await;
    let (one, other) = (cookie(&client).await, cookie(&client).await);
    let status =
        async |cookie: &str| client.call(&routes::GET_ME, &[]).header("cookie", cookie).await.status();
    let sign_out = async |cookie: &str| {
        let call = client.call(&routes::SIGN_OUT, &[]).header("cookie", cookie);
        call.header("sec-fetch-site", "same-origin").await
    };
    happened(&world).await;
    let answer = sign_out(&one).await;
    assert_eq!(answer.status(), 204);
    insta::assert_snapshot!(answer.header("set-cookie").unwrap(), @"keelson_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    assert_eq!((status(&one).await, status(&other).await), (401, 200));
    assert_eq!(happened(&world).await, ["ada: ada signed out"]);
    sign_out(&one).await.problem(ProblemKind::Unauthenticated);
}

#[tokio::test]
async fn a_token_is_not_signed_out() {
    let (world, client) = world().await;
    client.as_user("ada", Role::Admin).call(&routes::GET_ME, &[]).await.ok();
    let token = client.as_token(&world.token("ada", Default::default()).await);
    token.call(&routes::SIGN_OUT, &[]).await.problem(ProblemKind::InvalidRequest);
    token.call(&routes::GET_ME, &[]).await.ok();
}

#[tokio::test]
async fn nobody_gets_a_link_for_somebody_who_is_not_there_or_without_being_an_admin() {
    let (_world, client) = world().await;
    let ada = client.as_user("ada", Role::Admin);
    ada.call(&routes::CREATE_SIGN_IN_LINK, &["nobody"]).await.problem(ProblemKind::NotFound);
    let grace = client.as_user("grace", Role::Operator);
    grace.call(&routes::CREATE_SIGN_IN_LINK, &["ada"]).await.problem(ProblemKind::Forbidden);
}
