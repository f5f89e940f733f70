use api::{ProblemKind, routes};
use domain::access::{Actor, Role};
use domain::event::EventBody;
use edge::RequestContext;
use store::Retry;
use testkit::World;

use super::{happened, world};

/// Something that could not be handled.
async fn retry(world: &World, dead: bool) -> Retry {
    let body = EventBody::HoldLifted {
        service: "storefront".parse().unwrap(),
        environment: "staging".parse().unwrap(),
    };
    let event = world.core.event(&RequestContext::internal(), &Actor::Keelson, body);
    world.put(&event).await;
    let retry = Retry {
        subscriber: "promotions".to_owned(),
        event: event.id,
        attempts: 8,
        next_at: world.core.now(),
        last_error: "the target does not answer".to_owned(),
        dead,
    };
    world.put(&retry).await;
    retry
}

#[tokio::test]
async fn a_dead_letter_is_seen_and_sent_again_once() {
    let (world, client) = world().await;
    let retry = retry(&world, true).await;
    happened(&world).await;
    let grace = client.as_user("grace", Role::Operator);
    let list = grace.call(&routes::LIST_DEAD_LETTERS, &[]).await;
    insta::assert_json_snapshot!(list.json(), { "[].event.id" => "[id]" }, @r#"
    [
      {
        "attempts": 8,
        "event": {
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
        },
        "last_error": "the target does not answer",
        "subscriber": "promotions"
      }
    ]
    "#);
    let id = retry.event.to_string();
    let redrive = async || grace.call(&routes::REDRIVE_DEAD_LETTER, &["promotions", &id]).await;
    redrive().await.ok();
    redrive().await.problem(ProblemKind::Conflict);
    let due = world.core.store.due_retries(world.core.now(), 10).await.unwrap();
    assert_eq!((due.len(), due[0].value.attempts), (1, 0));
    assert!(grace.call(&routes::LIST_DEAD_LETTERS, &[]).await.ok().is_empty());
    assert_eq!(happened(&world).await, [format!("grace: {id} sent to promotions again")]);
}

#[tokio::test]
async fn what_is_no_dead_letter_is_not_sent_again() {
    let (world, client) = world().await;
    let id = retry(&world, false).await.event.to_string();
    let grace = client.as_user("grace", Role::Operator);
    assert!(grace.call(&routes::LIST_DEAD_LETTERS, &[]).await.ok().is_empty());
    grace.call(&routes::REDRIVE_DEAD_LETTER, &["promotions", &id]).await.problem(ProblemKind::Conflict);
    grace.call(&routes::REDRIVE_DEAD_LETTER, &["nobody", &id]).await.problem(ProblemKind::NotFound);
    let ada = client.as_user("ada", Role::Developer);
    ada.call(&routes::LIST_DEAD_LETTERS, &[]).await.problem(ProblemKind::Forbidden);
}
