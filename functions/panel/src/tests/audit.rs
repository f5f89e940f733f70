use api::{ProblemKind, routes};
use domain::access::{Actor, Grant, Role};
use domain::event::EventBody;
use edge::RequestContext;
use testkit::World;

use super::world;

async fn write(world: &World, bodies: impl IntoIterator<Item = EventBody>) {
    for body in bodies {
        world.put(&world.core.event(&RequestContext::internal(), &Actor::Keelson, body)).await;
    }
}

fn hold(service: &str) -> EventBody {
    EventBody::HoldLifted { service: service.parse().unwrap(), environment: "staging".parse().unwrap() }
}

fn signed_in(login: &str) -> EventBody {
    EventBody::SignedIn { login: login.parse().unwrap() }
}

#[tokio::test]
async fn the_log_is_shown_newest_first_a_page_at_a_time() {
    let (world, client) = world().await;
    write(&world, [signed_in("one"), hold("storefront"), signed_in("two")]).await;
    let ada = client.as_user("ada", Role::Developer);
    let first = ada.call(&routes::GET_AUDIT, &[]).query("limit", 2).await;
    insta::assert_json_snapshot!(first.json()["items"], { "[].id" => "[id]" }, @r#"
    [
      {
        "actor": {
          "kind": "keelson"
        },
        "at": "2026-11-23T09:00:00Z",
        "body": {
          "kind": "signed_in",
          "login": "two"
        },
        "id": "[id]",
        "kind": "signed_in",
        "title": "two signed in"
      },
      {
        "actor": {
          "kind": "keelson"
        },
        "at": "2026-11-23T09:00:00Z",
        "body": {
          "environment": "staging",
          "kind": "hold_lifted",
          "service": "storefront"
        },
        "id": "[id]",
        "kind": "hold_lifted",
        "service": "storefront",
        "title": "staging resumed"
      }
    ]
    "#);
    let after = first.ok().next.unwrap();
    let second = ada.call(&routes::GET_AUDIT, &[]).query("limit", 2).query("after", after).await.ok();
    assert_eq!(second.items.iter().map(|event| event.title.as_str()).collect::<Vec<_>>(), ["one signed in"]);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn one_kind_of_event_is_found_however_deep_it_lies() {
    let (world, client) = world().await;
    write(&world, [hold("storefront")]).await;
    write(&world, (0..120).map(|_| signed_in("ada"))).await;
    let ada = client.as_user("ada", Role::Developer);
    let found = ada.call(&routes::GET_AUDIT, &[]).query("kind", "hold_lifted").await.ok();
    assert_eq!(found.items.iter().map(|event| event.title.as_str()).collect::<Vec<_>>(), ["staging resumed"]);
    ada.call(&routes::GET_AUDIT, &[]).query("kind", "nothing").await.problem(ProblemKind::InvalidRequest);
}

#[tokio::test]
async fn a_developer_of_one_team_sees_the_log_of_its_services_only() {
    let (world, client) = world().await;
    world.service(&testkit::manifest("storefront")).await;
    write(&world, [hold("storefront"), signed_in("ada")]).await;
    let mut grace = testkit::user("grace", Role::Viewer);
    grace.grants = vec![Grant { team: Some("shop".parse().unwrap()), ..Grant::everywhere(Role::Developer) }];
    let grace = client.as_person(grace);
    grace.call(&routes::GET_AUDIT, &[]).await.problem(ProblemKind::Forbidden);
    let seen = grace.call(&routes::GET_AUDIT, &[]).query("service", "storefront").await.ok();
    assert_eq!(seen.items.len(), 1);
    grace.call(&routes::GET_AUDIT, &[]).query("service", "nothing").await.problem(ProblemKind::NotFound);
}
