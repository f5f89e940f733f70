use api::routes;
use domain::access::{Grant, Role};

use super::{happened, world};
use crate::{App, bootstrap};

#[tokio::test]
async fn anybody_may_ask_whether_it_runs_and_for_the_schema() {
    let (_world, client) = world().await;
    assert_eq!(client.call(&routes::HEALTHZ, &[]).await.status(), 204);
    assert_eq!(client.call(&routes::READYZ, &[]).await.status(), 204);
    let schema = client.call(&routes::GET_MANIFEST_SCHEMA, &[]).await.ok();
    assert_eq!(schema, domain::manifest::json_schema().to_value());
    assert_eq!(client.call(&routes::GET_OPENAPI, &[]).await.ok(), api::openapi::document());
}

#[tokio::test]
async fn the_first_start_makes_an_admin_and_later_ones_find_them() {
    let (world, client) = world().await;
    let app = App::new(world.core.clone()).unwrap();
    let owner = bootstrap::owner(&app, "Ada Lovelace").await.unwrap();
    assert_eq!(owner.as_str(), "ada-lovelace");
    let token = bootstrap::machine_token(&app, owner, "machine").await.unwrap();
    assert!(bootstrap::is_valid(&app, &token).await.unwrap());
    let me = client.as_token(&token).call(&routes::GET_ME, &[]).await.ok();
    assert_eq!((me.grants, me.expires_at), (vec![Grant::everywhere(Role::Admin)], None));
    happened(&world).await;
    assert_eq!(bootstrap::owner(&app, "Grace").await.unwrap().as_str(), "ada-lovelace");
    assert!(happened(&world).await.is_empty());
}
