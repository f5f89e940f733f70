use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::audit::{Batch, Block, Head, Link, append};
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;

use super::{World, assert_conflict, samples, world};
use crate::{Table, link_of_image};

/// The links that a consumer of the stream sees.
fn streamed(world: &World) -> Vec<Link> {
    let request = ListStreamsRequest {
        table_name: Some(world.store.table_name(Table::Events)),
        ..ListStreamsRequest::default()
    };
    let stream_arn = world.database.list_streams(request).unwrap().streams[0].stream_arn.clone();
    let describe = dynoxide::actions::describe_stream::DescribeStreamRequest {
        stream_arn: stream_arn.clone(),
        ..Default::default()
    };
    let shard =
        world.database.describe_stream(describe).unwrap().stream_description.shards[0].shard_id.clone();
    let request = GetShardIteratorRequest {
        stream_arn,
        shard_id: shard,
        shard_iterator_type: "TRIM_HORIZON".to_owned(),
        sequence_number: None,
    };
    let shard_iterator = world.database.get_shard_iterator(request).unwrap().shard_iterator.unwrap();
    let read = world.database.get_records(GetRecordsRequest { shard_iterator, limit: None }).unwrap();
    let images = read.records.into_iter().map(|record| record.dynamodb.new_image.unwrap());
    images.map(|image| link_of_image(serde_json::to_value(image).unwrap()).unwrap()).collect()
}

/// An event's row with numbers that can be written in several ways.
async fn put_with_numbers(world: &World) {
    let number = |text: &str| AttributeValue::N(text.to_owned());
    let text = |text: String| AttributeValue::S(text);
    let id = samples::event(9).id;
    let numbers = ["0.10", "1e-7", "100.00", "-0", "1E+2"].map(number).to_vec();
    world
        .store
        .client
        .put_item()
        .table_name(world.store.table_name(Table::Events))
        .item("pk", text(format!("event#{id}")))
        .item("sk", text("event".to_owned()))
        .item("list_pk", text("events".to_owned()))
        .item("list_sk", text(id.to_string()))
        .item("body", AttributeValue::L(numbers))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_row_has_the_same_hash_in_the_stream_and_where_it_is_read() {
    let world = world().await;
    world.put((1..=3).map(samples::event)).await;
    put_with_numbers(&world).await;
    let streamed = streamed(&world);
    assert_eq!(streamed.len(), 4);
    let ids: Vec<_> = streamed.iter().map(|link| link.event).collect();
    let read = world.store.event_rows(&ids).await.unwrap();
    let in_stream: BTreeSet<_> = streamed.iter().map(|link| (link.event, link.row)).collect();
    assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), in_stream);
    assert_eq!(world.store.listed_events(None, 10).await.unwrap().len(), 4);
    let first = &samples::event(1).id;
    assert_eq!(world.store.listed_events(Some(first), 1).await.unwrap(), [samples::event(2).id]);
}

fn next(head: Option<&Head>, event: u8) -> (Block, Head) {
    let link = Link { event: samples::event(event).id, row: samples::digest(1) };
    let batch = Batch { links: vec![link], position: None };
    append(head, batch, &BTreeSet::new(), None, samples::now()).unwrap()
}

#[tokio::test]
async fn of_two_who_append_at_once_one_does() {
    let world = world().await;
    let (first, head) = next(None, 1);
    world.commit(|write| write.append_block(&first, &head, None)).await.unwrap();
    assert_conflict(world.commit(|write| write.append_block(&first, &head, None)).await);
    let known = world.store.audit_head().await.unwrap().unwrap();
    let (one, one_head) = next(Some(&known.value), 2);
    let (other, other_head) = next(Some(&known.value), 3);
    world.commit(|write| write.append_block(&one, &one_head, Some(known.version))).await.unwrap();
    assert_conflict(world.commit(|write| write.append_block(&other, &other_head, Some(known.version))).await);
    let blocks = world.store.audit_blocks(0, 100).await.unwrap();
    assert_eq!(blocks.into_values().collect::<Vec<_>>(), [first, one]);
}
