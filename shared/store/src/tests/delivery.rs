use domain::connection::{Delivery, DeliveryCounts, DeliveryOutcome};

use super::samples::{connection, connection_name, delivery, later, now};
use super::{assert_conflict, world};
use crate::PageRequest;

const NINETY_DAYS: i64 = 90 * 24 * 60 * 60;

#[tokio::test]
async fn a_connection_is_found_by_name_and_listed() {
    let world = world().await;
    world.put([connection()]).await;
    assert_eq!(world.store.connection(&connection_name()).await.unwrap().unwrap().value, connection());
    assert_eq!(world.store.connections().await.unwrap().len(), 1);
    assert_eq!(world.store.connection(&"gitlab".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_repeated_delivery_is_a_conflict_for_as_long_as_it_is_remembered() {
    let world = world().await;
    world.put([delivery("d-1")]).await;
    assert_conflict(world.commit(|tx| tx.put_new(&delivery("d-1"))).await);
    let known = world.store.delivery(&connection_name(), "d-1", now()).await.unwrap();
    assert_eq!(known.map(|row| row.value), Some(delivery("d-1")));

    // Nothing has swept the row, but its time is over.
    let much_later = later(NINETY_DAYS);
    assert_eq!(world.store.delivery(&connection_name(), "d-1", much_later).await.unwrap(), None);
    let mut transaction = world.store.transaction(much_later);
    transaction.put_new(&Delivery { at: much_later, ..delivery("d-1") });
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn of_two_equal_deliveries_that_arrive_together_one_is_taken() {
    let world = world().await;
    let (one, other) = tokio::join!(
        world.commit(|tx| tx.put_new(&delivery("d-1"))),
        world.commit(|tx| tx.put_new(&delivery("d-1"))),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_without_those_that_expired() {
    let world = world().await;
    let at = |id: &str, seconds| Delivery { at: later(seconds), ..delivery(id) };
    world.put([at("a", 0), at("b", 2), at("c", 1)]).await;
    let listed = async |now| {
        let page = world.store.deliveries(&connection_name(), &PageRequest::first(10), now).await.unwrap();
        page.items.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(now()).await, ["b", "c", "a"]);
    assert_eq!(listed(later(NINETY_DAYS + 1)).await, ["b"]);
}

#[tokio::test]
async fn deliveries_that_arrive_together_are_all_counted() {
    let world = world().await;
    let count = |event: &'static str, outcome, seconds| {
        let store = world.store.clone();
        async move { store.count_delivery(&connection_name(), event, outcome, later(seconds)).await.unwrap() }
    };
    let together: Vec<_> =
        (0..20).map(|_| tokio::spawn(count("push", DeliveryOutcome::Accepted, 1))).collect();
    for counted in together {
        counted.await.unwrap();
    }
    count("ping", DeliveryOutcome::Accepted, 2).await;
    count("push", DeliveryOutcome::Rejected, 3).await;
    count("push", DeliveryOutcome::Repeated, 3).await;
    count("odd#name", DeliveryOutcome::Ignored, 4).await;

    let activity = world.store.connection_activity(&connection_name()).await.unwrap();
    assert_eq!(activity.last_delivery_at, Some(later(4)));
    assert_eq!(activity.last_ping_at, Some(later(2)));
    assert_eq!(
        activity.counts["push"],
        DeliveryCounts { accepted: 20, ignored: 0, rejected: 1, repeated: 1 }
    );
    assert_eq!(activity.counts["push"].received(), 22);
    assert_eq!(activity.counts["odd#name"].ignored, 1);
    let silent = world.store.connection_activity(&"gitlab".parse().unwrap()).await.unwrap();
    assert_eq!(silent, domain::connection::ConnectionActivity::default());
}
