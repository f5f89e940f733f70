use domain::promotion::Kind;

use super::samples::{self, event, lane, now, promotion};
use super::{assert_conflict, world};
use crate::{MOST_WRITES, PageRequest, StoreError};

#[tokio::test]
async fn what_is_new_can_be_put_once() {
    let world = world().await;
    world.put([lane()]).await;
    assert_conflict(world.commit(|tx| tx.put_new(&lane())).await);
}

#[tokio::test]
async fn a_row_that_somebody_else_replaced_is_not_replaced_again() {
    let world = world().await;
    world.put([lane()]).await;
    let read = world.store.lane(&samples::service_name(), &samples::environment()).await.unwrap().unwrap();

    world.commit(|tx| tx.replace(&read.value, read.version)).await.unwrap();
    assert_conflict(world.commit(|tx| tx.replace(&read.value, read.version)).await);

    let now = world.store.lane(&samples::service_name(), &samples::environment()).await.unwrap().unwrap();
    assert_eq!(now.version.get(), 2);
    assert_eq!(now.value, read.value);
}

#[tokio::test]
async fn what_was_never_there_cannot_be_replaced() {
    let world = world().await;
    let version = {
        world.put([lane()]).await;
        world.store.lane(&samples::service_name(), &samples::environment()).await.unwrap().unwrap().version
    };
    assert_conflict(world.commit(|tx| tx.replace(&promotion(1), version)).await);
}

#[tokio::test]
async fn a_conflict_leaves_no_trace_of_the_other_writes() {
    let world = world().await;
    world.put([promotion(1)]).await;
    let outcome = world.commit(|tx| tx.put_new(&promotion(2)).event(&event(1)).put_new(&promotion(1)));
    assert_conflict(outcome.await);
    assert_eq!(world.store.promotion(&samples::promotion_id(2)).await.unwrap(), None);
    assert!(world.store.events(&PageRequest::first(10)).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn state_and_its_events_arrive_together() {
    let world = world().await;
    world.commit(|tx| tx.put_new(&promotion(1)).put_new(&lane()).event(&event(1))).await.unwrap();
    let stored = world.store.promotion(&samples::promotion_id(1)).await.unwrap().unwrap();
    assert_eq!(stored.value, promotion(1));
    assert_eq!(world.store.event(&samples::event_id(1)).await.unwrap(), Some(event(1)));
}

#[tokio::test]
async fn a_check_fails_once_the_row_has_changed() {
    let world = world().await;
    world.put([lane()]).await;
    let read = world.store.lane(&samples::service_name(), &samples::environment()).await.unwrap().unwrap();
    world.commit(|tx| tx.check(&read).put_new(&promotion(1))).await.unwrap();
    world.commit(|tx| tx.save(&read.value, Some(read.version))).await.unwrap();
    assert_conflict(world.commit(|tx| tx.check(&read).put_new(&promotion(2))).await);
}

#[tokio::test]
async fn a_transaction_without_writes_does_nothing() {
    world().await.commit(|tx| tx).await.unwrap();
}

#[tokio::test]
async fn what_dynamodb_does_not_take_is_refused_and_not_tried_again() {
    let world = world().await;
    let twice = world.commit(|tx| tx.put_new(&lane()).replace(&lane(), crate::Version::FIRST));
    assert!(matches!(twice.await, Err(StoreError::Refused(_))), "a row named twice");

    let too_many = world.commit(|tx| {
        for n in 0..=u8::try_from(MOST_WRITES).unwrap() {
            tx.event(&event(n));
        }
        tx
    });
    assert!(matches!(too_many.await, Err(StoreError::Refused(_))), "too many writes");

    let mut large = promotion(1);
    large.kind = Kind::Rollback { by: domain::access::Actor::Keelson, reason: Some("x".repeat(410_000)) };
    let too_large = world.commit(|tx| tx.put_new(&large));
    assert!(matches!(too_large.await, Err(StoreError::Refused(_))), "an item above 400 KB");
}

#[tokio::test]
async fn a_store_that_is_gone_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let config =
        crate::StoreConfig { endpoint, region: "eu-central-1".to_owned(), table_prefix: "test".to_owned() };
    let store = crate::Store::connect(&config);
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    let mut transaction = store.transaction(now());
    transaction.put_new(&lane());
    assert!(matches!(transaction.commit().await, Err(StoreError::Unavailable(_))));
}
