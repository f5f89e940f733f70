use super::samples::{checkpoint, event_id, later, now, retry};
use super::{World, world};
use crate::{Checkpoint, PageRequest, Retry};

async fn due(world: &World, seconds: i64) -> Vec<Retry> {
    let rows = world.store.due_retries(later(seconds), 10).await.unwrap();
    rows.into_iter().map(|row| row.value).collect()
}

async fn dead(world: &World) -> Vec<Retry> {
    let page = world.store.dead_letters(&PageRequest::first(10)).await.unwrap();
    page.items.into_iter().map(|row| row.value).collect()
}

#[tokio::test]
async fn a_checkpoint_moves_on() {
    let world = world().await;
    assert_eq!(world.store.checkpoint("promotions").await.unwrap(), None);
    let ahead = Checkpoint { position: "43".to_owned(), ..checkpoint() };
    for reached in [checkpoint(), ahead.clone()] {
        world.commit(|tx| tx.overwrite(&reached)).await.unwrap();
    }
    assert_eq!(world.store.checkpoint("promotions").await.unwrap(), Some(ahead));
    assert_eq!(world.store.checkpoint("flags").await.unwrap(), None);
}

#[tokio::test]
async fn a_retry_is_due_in_its_time_until_it_is_done() {
    let world = world().await;
    world.put([retry(2), retry(1)]).await;
    assert!(due(&world, 0).await.is_empty());
    assert_eq!(due(&world, 1).await, [retry(1)]);
    assert_eq!(due(&world, 2).await, [retry(1), retry(2)]);
    world.commit(|tx| tx.remove(&retry(1))).await.unwrap();
    assert_eq!(due(&world, 2).await, [retry(2)]);
}

#[tokio::test]
async fn a_dead_letter_is_listed_until_it_is_sent_again() {
    let world = world().await;
    let given_up = Retry { dead: true, attempts: 8, ..retry(1) };
    world.put([given_up.clone(), retry(2)]).await;
    assert_eq!(dead(&world).await, [given_up]);
    assert_eq!(due(&world, 60).await, [retry(2)]);

    let letter = world.store.retry("promotions", &event_id(1)).await.unwrap().unwrap();
    let again = letter.value.redriven(now());
    world.commit(|tx| tx.replace(&again, letter.version)).await.unwrap();
    assert!(dead(&world).await.is_empty());
    assert_eq!(due(&world, 0).await, [Retry { attempts: 0, next_at: now(), ..retry(1) }]);
}
