use api::access::PutUser;
use api::{ProblemKind, routes};
use domain::access::{Grant, Role};

use super::{happened, world};

fn person(name: &str, grants: &[Grant]) -> PutUser {
    PutUser {
        name: name.to_owned(),
        git_login: None,
        emails: Vec::new(),
        teams: Vec::new(),
        grants: grants.to_vec(),
    }
}

fn shop(role: Role) -> Grant {
    Grant { team: Some("shop".parse().unwrap()), ..Grant::everywhere(role) }
}

#[tokio::test]
async fn an_admin_adds_people_and_changes_what_they_may_do() {
    let (world, client) = world().await;
    let ada = client.as_user("ada", Role::Admin);
    let grace = PutUser {
        git_login: Some(" ghopper ".to_owned()),
        emails: vec!["grace@example.org".to_owned(), "grace@example.org".to_owned()],
        teams: vec!["shop".parse().unwrap()],
        ..person("Grace Hopper", &[shop(Role::Developer)])
    };
    let put = async |grace: &PutUser| ada.call(&routes::PUT_USER, &["grace"]).json(grace).await;
    insta::assert_json_snapshot!(put(&grace).await.json(), @r#"
    {
      "created_at": "2026-11-23T09:00:00Z",
      "emails": [
        "grace@example.org"
      ],
      "git_login": "ghopper",
      "grants": [
        {
          "role": "developer",
          "team": "shop"
        }
      ],
      "login": "grace",
      "name": "Grace Hopper",
      "teams": [
        "shop"
      ]
    }
    "#);
    put(&grace).await.ok();
    assert_eq!(happened(&world).await, ["ada: user grace changed"], "the same again is no change");
    put(&person("Grace Hopper", &[])).await.ok();
    let users = ada.call(&routes::LIST_USERS, &[]).await.ok();
    let users: Vec<_> = users.iter().map(|user| (user.login.as_str(), user.grants.len())).collect();
    assert_eq!(users, [("ada", 1), ("grace", 0)]);
}

#[tokio::test]
async fn what_cannot_be_kept_is_named_field_by_field() {
    let (world, client) = world().await;
    let ada = client.as_user("ada", Role::Admin);
    let wrong = PutUser {
        git_login: Some("grace hopper".to_owned()),
        emails: vec!["grace@example.org".to_owned(), "grace".to_owned()],
        ..person(" ", &[])
    };
    let problem =
        ada.call(&routes::PUT_USER, &["grace"]).json(&wrong).await.problem(ProblemKind::InvalidRequest);
    insta::assert_json_snapshot!(problem.errors, @r#"
    [
      {
        "pointer": "/name",
        "detail": "write 1 to 200 characters, on one line"
      },
      {
        "pointer": "/git_login",
        "detail": "write the login as the git host shows it, without spaces"
      },
      {
        "pointer": "/emails/1",
        "detail": "write an address like `ada@example.org`"
      }
    ]
    "#);
    assert!(happened(&world).await.is_empty());
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let (world, client) = world().await;
    let ada = client.as_user("ada", Role::Admin);
    let demote = async |login: &str| {
        ada.call(&routes::PUT_USER, &[login]).json(&person(login, &[Grant::everywhere(Role::Viewer)])).await
    };
    let problem = demote("ada").await.problem(ProblemKind::Conflict);
    insta::assert_snapshot!(problem.detail, @"`ada` is the only admin, and without one nobody could decide who may do what. Nothing was changed. Make somebody else an admin first.");
    assert!(happened(&world).await.is_empty());
    let admin = person("grace", &[Grant::everywhere(Role::Admin)]);
    ada.call(&routes::PUT_USER, &["grace"]).json(&admin).await.ok();
    demote("ada").await.ok();
    ada.call(&routes::LIST_USERS, &[]).await.problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn two_admins_who_demote_each_other_leave_one() {
    let (world, client) = world().await;
    let (ada, grace) = (client.as_user("ada", Role::Admin), client.as_user("grace", Role::Admin));
    ada.call(&routes::GET_ME, &[]).await.ok();
    grace.call(&routes::GET_ME, &[]).await.ok();
    let viewer = person("x", &[Grant::everywhere(Role::Viewer)]);
    let (one, other) = tokio::join!(
        ada.call(&routes::PUT_USER, &["grace"]).json(&viewer),
        grace.call(&routes::PUT_USER, &["ada"]).json(&viewer),
    );
    let admins = world.core.store.users().await.unwrap();
    let admins = admins.iter().filter(|user| crate::put_user::is_admin(&user.value)).count();
    assert_eq!(admins, 1, "answered {} and {}", one.status(), other.status());
}

#[tokio::test]
async fn an_admin_of_one_team_manages_nobody() {
    let (_world, client) = world().await;
    let mut grace = testkit::user("grace", Role::Viewer);
    grace.grants = vec![shop(Role::Admin)];
    let grace = client.as_person(grace);
    grace.call(&routes::LIST_USERS, &[]).await.problem(ProblemKind::Forbidden);
    let body = person("Grace", &[Grant::everywhere(Role::Admin)]);
    grace.call(&routes::PUT_USER, &["grace"]).json(&body).await.problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn a_person_whom_somebody_else_changed_is_not_replaced_unseen() {
    let (world, client) = world().await;
    world.put(&testkit::user("grace", Role::Viewer)).await;
    let ada = client.as_user("ada", Role::Admin);
    let seen = ada.call(&routes::GET_USER, &["grace"]).await;
    assert_eq!(seen.ok().name, "grace");
    let tag = seen.header("etag").unwrap().to_owned();
    let put = |name: &str| {
        let body = PutUser {
            name: name.to_owned(),
            git_login: None,
            emails: Vec::new(),
            teams: Vec::new(),
            grants: vec![Grant::everywhere(Role::Viewer)],
        };
        ada.call(&routes::PUT_USER, &["grace"]).json(&body).header("if-match", &tag)
    };
    assert_eq!(put("Grace").await.header("etag"), Some("\"v2\""));
    put("Grace H.").await.problem(ProblemKind::PreconditionFailed);
    assert_eq!(ada.call(&routes::GET_USER, &["grace"]).await.ok().name, "Grace");
    ada.call(&routes::GET_USER, &["nobody"]).await.problem(ProblemKind::NotFound);
}
