use domain::promotion::Promotion;
use domain::{EnvironmentName, PromotionId};

use super::samples::{
    self, environment, finished, later, now, promotion, promotion_id, service_name, waiting,
};
use super::{World, assert_conflict, world};
use crate::{Due, PageRequest, Versioned};

async fn due(world: &World, seconds: i64) -> Vec<PromotionId> {
    let due = world.store.due(later(seconds), 10).await.unwrap();
    due.into_iter().map(|due| if let Due::Promotion(id) = due { id } else { panic!("{due:?}") }).collect()
}

async fn read(world: &World, n: u8) -> Versioned<Promotion> {
    world.store.promotion(&promotion_id(n)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_promotion_is_due_once_its_time_has_come_and_never_when_it_is_over() {
    let world = world().await;
    world.put([waiting(1), promotion(2), finished(3)]).await;
    assert!(due(&world, 0).await.is_empty());
    assert_eq!(due(&world, 1).await, [promotion_id(2)], "a rollout is watched every second");
    assert_eq!(due(&world, 60).await, [promotion_id(2), promotion_id(1)], "the longest overdue first");
    assert_eq!(world.store.due(later(60), 1).await.unwrap(), [Due::Promotion(promotion_id(2))]);
}

#[tokio::test]
async fn a_due_promotion_that_is_taken_up_twice_moves_on_once() {
    let world = world().await;
    world.put([promotion(1)]).await;
    let (one, other) = (read(&world, 1).await, read(&world, 1).await);
    let (first, second) = tokio::join!(
        world.commit(|tx| tx.replace(&finished(1), one.version).event(&samples::event(1))),
        world.commit(|tx| tx.replace(&finished(1), other.version).event(&samples::event(2))),
    );
    assert_eq!([&first, &second].iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_conflict(if first.is_ok() { second } else { first });
    assert!(due(&world, 60).await.is_empty());
    assert_eq!(world.store.events(&PageRequest::first(10)).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn the_due_time_moves_with_every_write() {
    let world = world().await;
    world.put([promotion(1)]).await;
    let mut transaction = world.store.transaction(later(100));
    transaction.replace(&promotion(1), read(&world, 1).await.version);
    transaction.commit().await.unwrap();
    assert!(due(&world, 100).await.is_empty());
    assert_eq!(due(&world, 101).await, [promotion_id(1)]);
}

#[tokio::test]
async fn promotions_are_listed_by_service_and_by_environment() {
    let world = world().await;
    let staging: EnvironmentName = "staging".parse().unwrap();
    let elsewhere = Promotion { environment: staging.clone(), ..promotion(2) };
    world.put([promotion(1), elsewhere, promotion(3)]).await;
    let page = PageRequest::first(10);
    let ids = |rows: Vec<Versioned<Promotion>>| rows.into_iter().map(|row| row.value.id).collect::<Vec<_>>();

    let all = world.store.promotions_of_service(&service_name(), &page).await.unwrap();
    assert_eq!(ids(all.items), [promotion_id(3), promotion_id(2), promotion_id(1)]);
    let production =
        world.store.promotions_of_environment(&service_name(), &environment(), &page).await.unwrap();
    assert_eq!(ids(production.items), [promotion_id(3), promotion_id(1)]);
    let of_staging = world.store.promotions_of_environment(&service_name(), &staging, &page).await.unwrap();
    assert_eq!(ids(of_staging.items), [promotion_id(2)]);
}

#[tokio::test]
async fn several_are_read_in_the_order_asked_for_without_those_that_are_missing() {
    let world = world().await;
    world.put((0..120).map(promotion)).await;
    let mut ids: Vec<PromotionId> = (0..130).rev().map(promotion_id).collect();
    ids.push(promotion_id(5));
    let rows = world.store.promotions(&ids).await.unwrap();
    let read: Vec<PromotionId> = rows.iter().map(|row| row.value.id).collect();
    assert_eq!(read, (0..120).rev().map(promotion_id).collect::<Vec<_>>());
    assert!(world.store.promotions(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn lanes_are_found_by_service_and_all_together() {
    let world = world().await;
    let mut of_other = samples::lane();
    of_other.service = "checkout".parse().unwrap();
    let mut staging = samples::lane();
    staging.environment = "staging".parse().unwrap();
    world.put([samples::lane(), staging.clone(), of_other.clone()]).await;
    // Rows that live in the same partition.
    world.put([samples::artifact(1)]).await;

    let lanes = world.store.lanes(&service_name()).await.unwrap();
    let values: Vec<_> = lanes.into_iter().map(|row| row.value).collect();
    assert_eq!(values, [samples::lane(), staging.clone()]);
    let all = world.store.all_lanes().await.unwrap();
    let values: Vec<_> = all.into_iter().map(|row| row.value).collect();
    assert_eq!(values, [of_other, samples::lane(), staging]);
}

#[tokio::test]
async fn a_promotion_is_the_same_after_it_was_stored() {
    let world = world().await;
    for stored in [promotion(1), waiting(2), finished(3)] {
        world.put([stored.clone()]).await;
        let read = world.store.promotion(&stored.id).await.unwrap().unwrap();
        assert_eq!(read.value, stored);
        assert_eq!(read.value.due(now()), stored.due(now()));
    }
}
