use api::endpoint::Endpoint;
use api::routes::{self, ALL};
use api::{ProblemKind, Route};
use domain::access::{Grant, Permission, Role, TokenScope};
use domain::access_records::User;
use edge::{Caller, Json, NoContent, Routes};
use testkit::{Client, World, manifest, user};

use crate::PUSH;

fn endpoint(route: &Route) -> Endpoint<(), ()> {
    Endpoint::new(route.name, route.method, route.path, route.access)
}

/// Every endpoint of the product, with handlers that answer whoever gets through.
fn everything(world: &World) -> Client {
    let routes = ALL.iter().fold(Routes::<()>::new(&world.core), |routes, route| {
        routes.on(&endpoint(route), || async { NoContent })
    });
    world.client(routes.build(()))
}

fn of_team(login: &str, role: Role, team: &str) -> User {
    let grant = Grant { team: Some(team.parse().unwrap()), ..Grant::everywhere(role) };
    User { grants: vec![grant], ..user(login, role) }
}

fn in_staging(login: &str, role: Role) -> User {
    let grant = Grant { environment: Some("staging".parse().unwrap()), ..Grant::everywhere(role) };
    User { grants: vec![grant], ..user(login, role) }
}

#[tokio::test]
async fn every_route_lets_through_whom_it_should() {
    let world = World::new().await;
    world.service(&manifest("storefront")).await;
    let client = everything(&world);
    let callers = [
        ("public", client.anonymous()),
        ("viewer", client.as_user("vic", Role::Viewer)),
        ("developer", client.as_user("dee", Role::Developer)),
        ("operator", client.as_user("oli", Role::Operator)),
        ("admin", client.as_user("ada", Role::Admin)),
        ("own team", client.as_person(of_team("tim", Role::Admin, "shop"))),
        ("other team", client.as_person(of_team("bob", Role::Admin, "bank"))),
        ("staging", client.as_person(in_staging("sam", Role::Developer))),
    ];
    let mut table = format!("{:<75}", "storefront of team shop, in production");
    callers.iter().for_each(|(name, _)| table.push_str(&format!(" {name:<10}")));
    for route in ALL {
        let parameters: Vec<&str> = route.path.split('/').filter_map(|segment| parameter(segment)).collect();
        table.push_str(&format!("\n{:<75}", format!("{} {}", route.method, route.path)));
        for (_, caller) in &callers {
            let cell = match caller.call(&endpoint(route), &parameters).await.status() {
                204 => "yes".to_owned(),
                refused => refused.to_string(),
            };
            table.push_str(&format!(" {cell:<10}"));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"));
}

fn parameter(segment: &str) -> Option<&'static str> {
    match segment {
        "{service}" => Some("storefront"),
        "{environment}" => Some("production"),
        other => other.starts_with('{').then_some("x"),
    }
}

#[tokio::test]
async fn a_refusal_says_what_it_would_take() {
    let world = World::new().await;
    world.service(&manifest("storefront")).await;
    let client = everything(&world);
    let roll_back = endpoint(&routes::ROLL_BACK.route);
    let place = ["storefront", "production"];
    let refusal =
        async |client: Client| client.call(&roll_back, &place).await.problem(ProblemKind::Forbidden).detail;
    insta::assert_snapshot!(refusal(client.as_user("vic", Role::Viewer)).await, @"You may not roll back in production of storefront. It takes the role developer for team shop; an admin can grant it.");
    insta::assert_snapshot!(refusal(client.as_person(in_staging("sam", Role::Developer))).await, @"You may not roll back in production of storefront. It takes the role developer for team shop; an admin can grant it.");

    world.put(&user("dee", Role::Developer)).await;
    let scope = TokenScope { permissions: vec![Permission::PushArtifact], ..TokenScope::default() };
    let secret = world.token("dee", scope).await;
    insta::assert_snapshot!(refusal(client.as_token(&secret)).await, @"This token may not roll back in production of storefront: its scope leaves that out. You may, without it.");
}

#[tokio::test]
async fn a_token_for_one_service_reaches_no_other() {
    let world = World::new().await;
    world.put(&user("dee", Role::Developer)).await;
    world.service(&manifest("storefront")).await;
    world.service(&manifest("payments")).await;
    let scope = TokenScope { service: Some("storefront".parse().unwrap()), ..TokenScope::default() };
    let client = everything(&world).as_token(&world.token("dee", scope).await);
    assert_eq!(client.call(&PUSH, &["storefront"]).await.status(), 204);
    client.call(&PUSH, &["payments"]).await.problem(ProblemKind::Forbidden);
    client.call(&PUSH, &["unknown"]).await.problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn an_unknown_service_is_told_only_to_who_could_see_any() {
    let world = World::new().await;
    let client = everything(&world);
    let get = endpoint(&routes::GET_SERVICE.route);
    assert_eq!(
        client.as_user("vic", Role::Viewer).call(&get, &["unknown"]).await.status(),
        204,
        "the handler decides"
    );
    client
        .as_person(of_team("tim", Role::Admin, "shop"))
        .call(&get, &["unknown"])
        .await
        .problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn a_team_may_declare_a_service_that_is_not_there_yet() {
    let world = World::new().await;
    let client = everything(&world);
    let put = endpoint(&routes::PUT_SERVICE.route);
    assert_eq!(
        client.as_person(of_team("tim", Role::Developer, "shop")).call(&put, &["new"]).await.status(),
        204
    );
    client
        .as_person(of_team("vic", Role::Viewer, "shop"))
        .call(&put, &["new"])
        .await
        .problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn a_place_that_cannot_be_is_refused_before_its_handler() {
    let world = World::new().await;
    let client = everything(&world).as_user("ada", Role::Admin);
    let get = endpoint(&routes::GET_SERVICE.route);
    let detail = client.call(&get, &["No Service"]).await.problem(ProblemKind::InvalidRequest).detail;
    insta::assert_snapshot!(detail, @"`No Service` is not a service name: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter.");
}

#[tokio::test]
async fn a_public_route_has_no_caller() {
    async fn asks(caller: Caller) -> Json<String> {
        Json(caller.actor.label())
    }
    let world = World::new().await;
    let router = Routes::<()>::new(&world.core).on(&crate::OPEN, asks).build(());
    world
        .client(router)
        .as_user("ada", Role::Admin)
        .call(&crate::OPEN, &[])
        .await
        .problem(ProblemKind::Internal);
}
