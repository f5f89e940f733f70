use api::endpoint::Endpoint;
use api::{Access, Method, ProblemKind};
use axum::extract::State;
use domain::access::Role;
use domain::access_records::User;
use edge::{ApiError, At, Core, IfMatch, Json, Routes};
use testkit::{Client, World, user};

const GET: Endpoint<(), String> = Endpoint::new("GET", Method::Get, "/api/thing", Access::SignedIn);
const PUT: Endpoint<(), String> = Endpoint::new("PUT", Method::Put, "/api/thing", Access::SignedIn);

fn thing(name: &str) -> User {
    User { name: name.to_owned(), ..user("thing", Role::Viewer) }
}

async fn read(State(core): State<Core>) -> Result<(At, Json<String>), ApiError> {
    let known = core.store.user(&"thing".parse().unwrap()).await?;
    let known = known.ok_or_else(|| ApiError::not_found("thing", "thing"))?;
    Ok((At(known.version), Json(format!("{} at {}", known.value.name, core.now()))))
}

async fn replace(State(core): State<Core>, expected: IfMatch) -> Result<(At, Json<String>), ApiError> {
    let known = core.store.user(&"thing".parse().unwrap()).await?.map(|known| known.version);
    expected.check("thing", known)?;
    let mut transaction = core.store.transaction(core.now());
    transaction.save(&thing("replaced"), known);
    transaction.commit().await?;
    Ok((At(store::Version::written_over(known)), Json("replaced".to_owned())))
}

fn client(world: &World) -> Client {
    let router = Routes::new(&world.core).on(&GET, read).on(&PUT, replace).build(world.core.clone());
    world.client(router).as_user("ada", Role::Developer)
}

#[tokio::test]
async fn what_somebody_else_replaced_is_not_replaced_unseen() {
    let world = World::new().await;
    world.put(&thing("first")).await;
    let client = client(&world);
    let seen = client.call(&GET, &[]).await.header("etag").unwrap().to_owned();
    assert!(seen.starts_with("\"v1."), "{seen}");
    world.advance(domain::Period::seconds(1));
    let later = client.call(&GET, &[]).await.header("etag").unwrap().to_owned();
    assert_ne!(seen, later, "what is answered has changed");
    let replaced = client.call(&PUT, &[]).header("if-match", &seen).await;
    assert_eq!(replaced.header("etag"), Some("\"v2\""), "but not what is replaced");
    let refused = client.call(&PUT, &[]).header("if-match", &later).await;
    insta::assert_snapshot!(refused.problem(ProblemKind::PreconditionFailed).detail, @r#"The thing is not as `If-Match` says: it is at "v2" now. Nothing was changed. Read it again, and decide again."#);
    for good in ["\"v2\"", "W/\"v2.abc\"", "\"other\", \"v2\"", "*"] {
        assert_eq!(client.call(&PUT, &[]).header("if-match", good).await.status(), 200, "{good}");
        reset(&world).await;
    }
    client.call(&PUT, &[]).await.ok();
}

/// Back to the second version.
async fn reset(world: &World) {
    let mut transaction = world.core.store.transaction(world.core.now());
    transaction.remove(&thing("first"));
    transaction.commit().await.unwrap();
    world.put(&thing("first")).await;
    let mut transaction = world.core.store.transaction(world.core.now());
    transaction.replace(&thing("second"), store::Version::written_over(None));
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_as_nobody_expects_it() {
    let world = World::new().await;
    let refused = client(&world).call(&PUT, &[]).header("if-match", "*").await;
    insta::assert_snapshot!(refused.problem(ProblemKind::PreconditionFailed).detail, @"The thing is not as `If-Match` says: it is not there now. Nothing was changed. Read it again, and decide again.");
}
