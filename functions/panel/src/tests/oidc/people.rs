//! Who somebody of the provider is here, and what they may do.

use api::ProblemKind;
use api::access::{LinkIdentity, PutUser};
use domain::Period;
use domain::access::{Grant, Role};

use super::*;

fn link(subject: &str) -> LinkIdentity {
    LinkIdentity { subject: subject.to_owned(), issuer: None }
}

fn person(grants: Vec<Grant>) -> PutUser {
    PutUser { name: "Somebody".to_owned(), git_login: None, emails: Vec::new(), teams: Vec::new(), grants }
}

#[tokio::test]
async fn a_name_or_an_address_that_somebody_here_has_makes_nobody_them() {
    let scene = Scene::new().await;
    scene.world.put(&testkit::user("ada", Role::Admin)).await;
    let (browser, _) = scene.sign_in().await;
    assert_eq!(browser.me().await, "ada-2: developer", "the same name and address as the admin's");
    let admin = scene.world.core.store.user(&"ada".parse().unwrap()).await.unwrap().unwrap().value;
    assert_eq!(admin, testkit::user("ada", Role::Admin), "who is as before");
}

#[tokio::test]
async fn an_admin_says_who_somebody_of_the_provider_is() {
    let scene = Scene::new().await;
    let grace = scene.client.as_user("grace", Role::Admin);
    scene.world.put(&testkit::user("ada", Role::Operator)).await;
    let (before, _) = scene.sign_in().await;
    assert_eq!(before.me().await, "ada-2: developer");
    happened(&scene.world).await;
    scene.world.advance(Period::seconds(1));
    for _ in 0..2 {
        let linked = grace.call(&routes::LINK_IDENTITY, &["ada"]).json(&link("1001")).await.ok();
        assert_eq!(linked.identities[0].subject, "1001");
    }
    let events = happened(&scene.world).await.join("\n").replace(scene.issuer.url(), "ISSUER");
    insta::assert_snapshot!(events, @"grace: 1001 of ISSUER is ada, no longer ada-2");
    assert_eq!(before.me().await, "401", "the session of whom it was is over");
    let left = grace.call(&routes::GET_USER, &["ada-2"]).await.ok();
    assert!(left.identities.is_empty() && left.group_grants.is_empty());
    let (browser, _) = scene.sign_in().await;
    assert_eq!(
        browser.me().await,
        "ada: operator, developer",
        "what an admin gave, and what the groups give"
    );
    let ada = grace.call(&routes::GET_USER, &["ada"]).await.ok();
    assert_eq!(
        (ada.grants, ada.group_grants),
        (vec![Grant::everywhere(Role::Operator)], vec![Grant::everywhere(Role::Developer)])
    );
}

#[tokio::test]
async fn only_an_admin_links_and_only_what_is_an_identity() {
    let scene = Scene::new().await;
    let grace = scene.client.as_user("grace", Role::Admin);
    grace.call(&routes::LINK_IDENTITY, &["nobody"]).json(&link("1")).await.problem(ProblemKind::NotFound);
    let wrong = LinkIdentity { subject: " ".to_owned(), issuer: Some(String::new()) };
    let problem = grace
        .call(&routes::LINK_IDENTITY, &["grace"])
        .json(&wrong)
        .await
        .problem(ProblemKind::InvalidRequest);
    assert_eq!(
        problem.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(),
        ["/subject", "/issuer"]
    );
    let dan = scene.client.as_user("dan", Role::Operator);
    dan.call(&routes::LINK_IDENTITY, &["dan"]).json(&link("1001")).await.problem(ProblemKind::Forbidden);
    dan.call(&routes::DISABLE_USER, &["grace"]).await.problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn rights_by_groups_are_those_of_the_last_sign_in() {
    let scene = Scene::new().await;
    scene.issuer.person(ada(&["platform", "shop", "unknown"]));
    let (first, _) = scene.sign_in().await;
    assert_eq!(first.me().await, "ada: developer@shop, admin");
    scene.issuer.person(ada(&["shop"]));
    scene.sign_in().await;
    assert_eq!(first.me().await, "ada: developer@shop", "in every session, at once");
    let put = scene.client.as_user("grace", Role::Admin).call(&routes::PUT_USER, &["ada"]);
    put.json(&person(vec![Grant::everywhere(Role::Viewer)])).await.ok();
    assert_eq!(
        first.me().await,
        "ada: viewer, developer@shop",
        "an admin decides only what is theirs to decide"
    );
}

#[tokio::test]
async fn whoever_is_in_no_group_with_a_role_is_told_their_groups_and_loses_what_they_had() {
    let scene = Scene::new().await;
    let (first, _) = scene.sign_in().await;
    let token = scene.world.token("ada", Default::default()).await;
    let token = scene.client.as_token(&token);
    scene.issuer.person(ada(&["sales", "munich"]));
    let browser = scene.browser();
    let back = browser.begin(&scene.issuer, "?next=/audit").await;
    assert_eq!(browser.finish(&back).await, "/sign-in?problem=no_role&next=%2Faudit");
    insta::assert_json_snapshot!(browser.methods().await, @r#"
    {
      "provider": "Acme",
      "refused": {
        "problem": "no_role",
        "groups": [
          "sales",
          "munich"
        ]
      }
    }
    "#);
    assert_eq!(scene.browser().methods().await.refused, None, "nobody else is told");
    assert_eq!(browser.me().await, "401");
    assert_eq!(first.me().await, "ada: ", "the session from before may do nothing");
    assert!(token.call(&routes::GET_ME, &[]).await.ok().grants.is_empty(), "nor may a token");
    let last = happened(&scene.world).await.pop().unwrap();
    assert_eq!(last, "Keelson: 1001 was not signed in: none of their groups has a role");
}

#[tokio::test]
async fn nobody_new_is_added_who_may_do_nothing() {
    let scene = Scene::new().await;
    scene.issuer.person(ada(&["sales"]));
    assert_eq!(scene.sign_in().await.1, "/sign-in?problem=no_role");
    assert!(scene.world.core.store.users().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_admin_by_groups_is_not_the_admin_who_must_remain() {
    let scene = Scene::new().await;
    scene.issuer.person(ada(&["platform"]));
    let (ada, _) = scene.sign_in().await;
    assert_eq!(ada.me().await, "ada: admin");
    let grace = scene.client.as_user("grace", Role::Admin);
    let demoted = person(vec![Grant::everywhere(Role::Viewer)]);
    grace.call(&routes::PUT_USER, &["grace"]).json(&demoted).await.problem(ProblemKind::Conflict);
    grace.call(&routes::DISABLE_USER, &["grace"]).await.problem(ProblemKind::Conflict);
}

#[tokio::test]
async fn whoever_is_disabled_may_do_nothing_at_once() {
    let scene = Scene::new().await;
    let grace = scene.client.as_user("grace", Role::Admin);
    let (browser, _) = scene.sign_in().await;
    let token = scene.client.as_token(&scene.world.token("ada", Default::default()).await);
    token.call(&routes::GET_ME, &[]).await.ok();
    happened(&scene.world).await;
    for _ in 0..2 {
        assert!(grace.call(&routes::DISABLE_USER, &["ada"]).await.ok().disabled_at.is_some());
    }
    assert_eq!(browser.me().await, "401");
    let refused = token.call(&routes::GET_ME, &[]).await.problem(ProblemKind::Unauthenticated);
    insta::assert_snapshot!(refused.detail, @"`ada` is disabled in this installation. An admin can enable them again, by `keelson user enable ada`.");
    grace.call(&routes::CREATE_SIGN_IN_LINK, &["ada"]).await.problem(ProblemKind::Conflict);
    assert_eq!(scene.sign_in().await.1, "/sign-in?problem=disabled");
    scene.world.advance(Period::seconds(1));
    for _ in 0..2 {
        assert_eq!(grace.call(&routes::ENABLE_USER, &["ada"]).await.ok().disabled_at, None);
    }
    assert_eq!(browser.me().await, "401", "the session stays over");
    token.call(&routes::GET_ME, &[]).await.ok();
    scene.world.advance(Period::seconds(1));
    assert_eq!(scene.sign_in().await.0.me().await, "ada: developer");
    insta::assert_snapshot!(happened(&scene.world).await.join("\n").replace(scene.issuer.url(), "ISSUER"), @r"
    grace: user ada disabled
    Keelson: 1001 was not signed in: they are disabled
    grace: user ada enabled
    ada: ada signed in by ISSUER
    ");
}

#[tokio::test]
async fn the_only_admin_is_not_disabled() {
    let scene = Scene::new().await;
    let grace = scene.client.as_user("grace", Role::Admin);
    grace.call(&routes::DISABLE_USER, &["grace"]).await.problem(ProblemKind::Conflict);
    scene.world.put(&testkit::user("ada", Role::Admin)).await;
    grace.call(&routes::DISABLE_USER, &["grace"]).await.ok();
    grace.call(&routes::LIST_USERS, &[]).await.problem(ProblemKind::Unauthenticated);
}
