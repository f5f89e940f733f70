use domain::event::{Event, EventBody};
use dynoxide::Database;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::samples::{self, event, event_id, later, service_name};
use super::{assert_conflict, world};
use crate::{PageRequest, StoreError, Table, event_of_image};

fn signed_in(n: u8) -> Event {
    Event { body: EventBody::SignedIn { login: samples::login() }, ..event(n) }
}

#[tokio::test]
async fn the_log_is_read_newest_first_over_midnight_and_by_service() {
    let world = world().await;
    let tomorrow = domain::EventId::new(later(24 * 60 * 60), [0; 10]);
    let next_day = Event { id: tomorrow, ..event(9) };
    world.put([event(1), signed_in(2), event(3), next_day]).await;

    let first = world.store.events(&PageRequest::first(2)).await.unwrap();
    let second = world.store.events(&PageRequest { limit: 2, after: first.next }).await.unwrap();
    let ids: Vec<_> = first.items.iter().chain(&second.items).map(|event| event.id).collect();
    assert_eq!(ids, [tomorrow, event_id(3), event_id(2), event_id(1)]);
    assert_eq!(second.next, None);

    let of_service = world.store.events_of_service(&service_name(), &PageRequest::first(10)).await.unwrap();
    let ids: Vec<_> = of_service.items.iter().map(|event| event.id).collect();
    assert_eq!(ids, [tomorrow, event_id(3), event_id(1)]);
}

#[tokio::test]
async fn what_happened_cannot_be_told_otherwise_later() {
    let world = world().await;
    world.put([event(1)]).await;
    assert_conflict(world.commit(|tx| tx.event(&signed_in(1))).await);
    assert_eq!(world.store.event(&event_id(1)).await.unwrap(), Some(event(1)));
}

/// Every new image in the stream of a table, oldest first.
fn images(database: &Database, table: &str) -> Vec<Value> {
    let table = answer(database.describe_table(request(json!({ "TableName": table }))));
    let stream = &table["Table"]["LatestStreamArn"];
    let description = answer(database.describe_stream(request(json!({ "StreamArn": stream }))));
    let shard = &description["StreamDescription"]["Shards"][0]["ShardId"];
    let from_the_start =
        json!({ "StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = answer(database.get_shard_iterator(request(from_the_start)));
    let records =
        answer(database.get_records(request(json!({ "ShardIterator": iterator["ShardIterator"] }))));
    records["Records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["dynamodb"]["NewImage"].clone())
        .collect()
}

fn request<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn answer<T: Serialize>(result: dynoxide::Result<T>) -> Value {
    serde_json::to_value(result.unwrap()).unwrap()
}

#[tokio::test]
async fn the_stream_carries_every_event_whole() {
    let world = world().await;
    world.put([event(1), signed_in(2)]).await;
    let images = images(&world.database, &world.store.table_name(Table::Events));
    let events: Vec<_> = images.into_iter().map(|image| event_of_image(image).unwrap()).collect();
    assert_eq!(events, [event(1), signed_in(2)]);
}

#[tokio::test]
async fn what_is_not_an_event_is_told_apart() {
    for image in [json!(null), json!({}), json!({ "pk": { "S": "x" } }), json!({ "pk": "x" })] {
        assert!(matches!(event_of_image(image), Err(StoreError::Corrupt { .. })));
    }
}
