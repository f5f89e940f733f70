use api::access::{CreateToken, CreatedToken};
use api::{ProblemKind, routes};
use domain::Period;
use domain::access::{Grant, Permission, Role, TokenScope};
use testkit::{Client, World};

use super::{happened, world};

fn wanted(name: &str) -> CreateToken {
    CreateToken {
        name: name.to_owned(),
        grants: Vec::new(),
        permissions: Vec::new(),
        service: None,
        days: None,
    }
}

async fn create(client: &Client, wanted: &CreateToken) -> CreatedToken {
    client.call(&routes::CREATE_TOKEN, &[]).json(wanted).await.ok()
}

#[tokio::test]
async fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let (world, client) = world().await;
    let ada = client.as_user("ada", Role::Developer);
    let created =
        create(&ada, &CreateToken { permissions: vec![Permission::PushArtifact], ..wanted(" CI ") }).await;
    insta::assert_json_snapshot!(created.token, { ".id" => "[id]" }, @r#"
    {
      "id": "[id]",
      "name": "CI",
      "owner": "ada",
      "grants": [],
      "permissions": [
        "push_artifact"
      ],
      "created_at": "2026-11-23T09:00:00Z",
      "expires_at": "2027-02-21T09:00:00Z"
    }
    "#);
    assert!(created.secret.starts_with("kls_") && created.secret.len() == 47, "{}", created.secret);
    let listed = ada.call(&routes::LIST_TOKENS, &[]).await;
    assert!(!listed.text().contains(&created.secret));
    assert_eq!(listed.ok(), [created.token]);
    let kept = world.core.store.tokens_of(&"ada".parse().unwrap()).await.unwrap();
    assert_eq!(kept[0].value.hash, edge::credentials::secret_hash(&created.secret));
    assert_eq!(happened(&world).await, ["ada: token CI made"]);
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked_or_expires() {
    let (world, client) = world().await;
    let ada = client.as_user("ada", Role::Developer);
    let (short, long) = (
        create(&ada, &CreateToken { days: Some(1), ..wanted("short") }).await,
        create(&ada, &CreateToken { days: Some(366), ..wanted("long") }).await,
    );
    world.advance(Period::seconds(24 * 60 * 60));
    let status = async |secret: &str| client.as_token(secret).call(&routes::GET_ME, &[]).await.status();
    assert_eq!((status(&short.secret).await, status(&long.secret).await), (401, 200));

    let ada = client.as_user("ada", Role::Developer);
    let id = long.token.id.to_string();
    happened(&world).await;
    for _ in 0..2 {
        ada.call(&routes::REVOKE_TOKEN, &[&id]).await.ok();
    }
    assert_eq!(status(&long.secret).await, 401);
    assert_eq!(happened(&world).await, [format!("ada: token {id} revoked")], "once");
    let left = ada.call(&routes::LIST_TOKENS, &[]).await.ok();
    assert_eq!(left.iter().map(|token| token.name.as_str()).collect::<Vec<_>>(), ["short"]);
}

#[tokio::test]
async fn nobody_makes_a_token_that_carries_more_than_they_have() {
    let (world, client) = world().await;
    let ada = client.as_user("ada", Role::Developer);
    let beyond = CreateToken {
        grants: vec![Grant::everywhere(Role::Viewer), Grant::everywhere(Role::Operator)],
        days: Some(367),
        ..wanted("")
    };
    let problem =
        ada.call(&routes::CREATE_TOKEN, &[]).json(&beyond).await.problem(ProblemKind::InvalidRequest);
    insta::assert_json_snapshot!(problem.errors, @r#"
    [
      {
        "pointer": "/name",
        "detail": "write 1 to 100 characters, on one line, that tell what the token is for"
      },
      {
        "pointer": "/days",
        "detail": "give 1 to 366 days"
      },
      {
        "pointer": "/grants/1",
        "detail": "this is more than you have yourself"
      }
    ]
    "#);
    assert!(happened(&world).await.is_empty());
}

/// A token of Ada's that may read, and no more.
async fn reader(world: &World, client: &Client) -> Client {
    client.as_user("ada", Role::Developer).call(&routes::GET_ME, &[]).await.ok();
    let scope = TokenScope { permissions: vec![Permission::Read], ..TokenScope::default() };
    client.as_token(&world.token("ada", scope).await)
}

#[tokio::test]
async fn a_token_hands_on_no_more_than_itself_and_is_outlived_by_none_it_made() {
    let (world, client) = world().await;
    let reader = reader(&world, &client).await;
    let child = create(&reader, &CreateToken { days: Some(1), ..wanted("child") }).await;
    assert_eq!(child.token.permissions, [Permission::Read]);
    let grandchild =
        create(&client.as_token(&child.secret), &CreateToken { days: Some(366), ..wanted("more") }).await;
    assert_eq!(grandchild.token.expires_at, child.token.expires_at);
}

#[tokio::test]
async fn a_narrowed_token_revokes_itself_and_no_other() {
    let (world, client) = world().await;
    let reader = reader(&world, &client).await;
    let ada = client.as_user("ada", Role::Developer);
    let other = create(&ada, &wanted("other")).await.token.id.to_string();
    reader.call(&routes::REVOKE_TOKEN, &[&other]).await.problem(ProblemKind::Forbidden);
    let tokens = ada.call(&routes::LIST_TOKENS, &[]).await.ok();
    let own = tokens.iter().find(|token| token.name == "test").unwrap().id.to_string();
    reader.call(&routes::REVOKE_TOKEN, &[&own]).await.ok();
    assert_eq!(reader.call(&routes::GET_ME, &[]).await.status(), 401);
}

#[tokio::test]
async fn an_admin_sees_and_revokes_everybodys_tokens_and_others_their_own() {
    let (_world, client) = world().await;
    let (ada, grace) = (client.as_user("ada", Role::Admin), client.as_user("grace", Role::Viewer));
    let of_ada = create(&ada, &wanted("one")).await.token.id.to_string();
    let of_grace = create(&grace, &wanted("two")).await.token.id.to_string();
    let names = async |client: &Client| {
        let tokens = client.call(&routes::LIST_TOKENS, &[]).await.ok();
        tokens.into_iter().map(|token| token.name).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(&ada).await, names(&grace).await),
        (vec!["two".into(), "one".into()], vec!["two".into()])
    );
    grace.call(&routes::REVOKE_TOKEN, &[&of_ada]).await.problem(ProblemKind::NotFound);
    ada.call(&routes::REVOKE_TOKEN, &[&of_grace]).await.ok();
    assert!(names(&grace).await.is_empty());
}

#[tokio::test]
async fn a_token_says_what_is_left_of_it_after_its_owner_lost_a_role() {
    let (world, client) = world().await;
    client.as_user("ada", Role::Developer).call(&routes::GET_ME, &[]).await.ok();
    let scope = TokenScope {
        grants: vec![Grant::everywhere(Role::Developer), Grant::everywhere(Role::Viewer)],
        ..TokenScope::default()
    };
    let token = client.as_token(&world.token("ada", scope).await);
    client.as_user("ada", Role::Viewer).call(&routes::GET_ME, &[]).await.ok();
    assert_eq!(token.call(&routes::GET_ME, &[]).await.ok().grants, [Grant::everywhere(Role::Viewer)]);
}
