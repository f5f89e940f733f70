//! The stream of the events table, the bus, and the dead letters.

use std::collections::BTreeSet;

use domain::EventId;
use domain::event::{Event, EventBody};
use serde_json::{Value, json};
use store::{PageRequest, Retry, Table};
use testkit::CapturedLog;

use super::{Stack, batch, envelope, failures, fixture, message, record};

async fn signed_in(stack: &Stack, login: &str) -> Event {
    stack.happen(EventBody::SignedIn { login: login.parse().unwrap() }).await
}

/// An event of at least so many bytes.
async fn held(stack: &Stack, bytes: usize) -> Event {
    let (service, environment) = ("storefront".parse().unwrap(), "staging".parse().unwrap());
    stack.happen(EventBody::HoldSet { service, environment, reason: "x".repeat(bytes) }).await
}

/// The events in the audit log's chain, and in how many blocks.
async fn chained(stack: &Stack) -> (Vec<EventId>, usize) {
    let blocks = stack.world.core.store.audit_blocks(0, 100).await.unwrap();
    let links = blocks.values().flat_map(|block| &block.links);
    let events: Vec<EventId> = links.clone().map(|link| link.event).collect();
    let rows = stack.world.core.store.event_rows(&events).await.unwrap();
    assert!(links.clone().all(|link| rows[&link.event] == link.row), "what was chained is what is stored");
    (events, blocks.len())
}

#[tokio::test]
async fn what_happened_is_chained_and_put_on_the_bus_and_twice_it_is_chained_once() {
    let stack = Stack::new().await;
    let relay = stack.relay();
    let (ada, bob) = (signed_in(&stack, "ada").await, signed_in(&stack, "bob").await);
    let records = batch(&[record(1, &ada), record(2, &bob)]);
    assert_eq!(stack.invoke(&relay, &records).await.unwrap(), json!({"batchItemFailures": []}));
    let put = stack.aws.put();
    assert_eq!(put.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["signed_in", "signed_in"]);
    assert_eq!(put[0].1, serde_json::to_value(&ada).unwrap());
    assert_eq!(chained(&stack).await, (vec![ada.id, bob.id], 1));
    stack.invoke(&relay, &records).await.unwrap();
    assert_eq!(stack.aws.put(), put, "the bus is told again: at least once");
    assert_eq!(chained(&stack).await, (vec![ada.id, bob.id], 1));
}

#[tokio::test]
async fn many_events_go_ten_at_a_time() {
    let stack = Stack::new().await;
    let mut records = Vec::new();
    for place in 0..23 {
        records.push(record(place, &signed_in(&stack, "ada").await));
    }
    assert!(failures(&stack.invoke(&stack.relay(), &batch(&records)).await.unwrap()).is_empty());
    assert_eq!(stack.aws.put().len(), 23);
}

#[tokio::test]
async fn an_event_that_the_bus_does_not_take_comes_again_and_the_others_do_not_wait() {
    let stack = Stack::new().await;
    let relay = stack.relay();
    let events =
        [signed_in(&stack, "ada").await, signed_in(&stack, "bob").await, signed_in(&stack, "cara").await];
    let records: Vec<Value> = (1..).zip(&events).map(|(place, event)| record(place, event)).collect();
    stack.aws.refuse("bob");
    let answer = stack.invoke(&relay, &batch(&records)).await.unwrap();
    assert_eq!(failures(&answer), ["2"]);
    assert_eq!(stack.aws.put().len(), 2);
    stack.aws.set_down(true);
    let answer = stack.invoke(&relay, &batch(&records)).await.unwrap();
    assert_eq!(failures(&answer), ["1", "2", "3"], "nothing was taken at all");
    stack.aws.set_down(false);
    let answer = stack.invoke(&relay, &batch(&records[1..])).await.unwrap();
    assert!(failures(&answer).is_empty());
    assert_eq!(stack.aws.put().len(), 2);
    assert_eq!(chained(&stack).await.0.len(), 3);
}

#[tokio::test]
async fn an_event_that_is_too_large_for_the_bus_is_named_on_it() {
    let stack = Stack::new().await;
    let large = held(&stack, 250_000).await;
    let small = signed_in(&stack, "ada").await;
    let records = batch(&[record(1, &large), record(2, &small)]);
    assert!(failures(&stack.invoke(&stack.relay(), &records).await.unwrap()).is_empty());
    let put = stack.aws.put();
    assert_eq!(put[0], ("hold_set".to_owned(), json!({ "reference": large.id })));
    assert_eq!(chained(&stack).await.0, [large.id, small.id]);
}

#[tokio::test]
async fn events_that_are_large_together_go_apart() {
    let stack = Stack::new().await;
    let mut records = Vec::new();
    for place in 0..3 {
        records.push(record(place, &held(&stack, 150_000).await));
    }
    assert!(failures(&stack.invoke(&stack.relay(), &batch(&records)).await.unwrap()).is_empty());
    assert_eq!(stack.aws.put().len(), 3, "the fake takes no more than EventBridge does");
}

#[tokio::test]
async fn what_is_no_new_event_is_told_to_nobody_and_stops_nothing() {
    let stack = Stack::new().await;
    let event = signed_in(&stack, "ada").await;
    let mut changed = record(1, &event);
    changed["eventName"] = "MODIFY".into();
    let mut later = record(2, &event);
    later["dynamodb"]["NewImage"]["body"]["M"]["body"]["M"]["kind"]["S"] = "of_a_later_version".into();
    let mut keys_only = record(3, &event);
    keys_only["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    let log = CapturedLog::begin();
    let relay = stack.relay();
    let answer = stack.invoke(&relay, &batch(&[changed, keys_only])).await.unwrap();
    assert!(failures(&answer).is_empty());
    assert_eq!(chained(&stack).await.0.len(), 0);
    assert!(failures(&stack.invoke(&relay, &batch(&[later])).await.unwrap()).is_empty());
    assert!(stack.aws.put().is_empty());
    let foreign = fixture(include_str!("fixtures/records.json"));
    assert!(failures(&stack.invoke(&relay, &foreign).await.unwrap()).is_empty());
    assert!(stack.aws.put().is_empty());
    for told in ["somebody changed an event", "it must have the view NEW_IMAGE", "an event cannot be read"] {
        assert!(log.text().contains(told), "{told}: {}", log.text());
    }
}

#[tokio::test]
async fn while_the_store_does_not_chain_the_batch_comes_again_and_the_bus_goes_on() {
    let stack = Stack::new().await;
    let event = signed_in(&stack, "ada").await;
    let core = &stack.world.core;
    let mut relay = stack.relay();
    // A store without its tables refuses everything.
    relay.program_mut().core.store = store::Store::connect(&store::StoreConfig {
        endpoint: "http://127.0.0.1:1".to_owned(),
        region: "eu-central-1".to_owned(),
        table_prefix: "none".to_owned(),
    });
    let answer = stack.invoke(&relay, &batch(&[record(7, &event)])).await.unwrap();
    assert_eq!(failures(&answer), ["7"]);
    assert_eq!(stack.aws.put().len(), 1);
    assert!(core.store.audit_head().await.unwrap().is_none());
}

/// The dead letters: whose, how often tried, and which event.
async fn dead(stack: &Stack) -> Vec<(String, u32, EventId)> {
    let letters = stack.world.core.store.dead_letters(&PageRequest::first(10)).await.unwrap();
    letters
        .items
        .into_iter()
        .map(|letter| letter.value)
        .map(|Retry { subscriber, attempts, event, .. }| (subscriber, attempts, event))
        .collect()
}

#[tokio::test]
async fn what_a_queue_gave_up_is_a_dead_letter_however_often_it_is_told() {
    let stack = Stack::new().await;
    let relay = stack.relay();
    let (ada, bob) = (signed_in(&stack, "ada").await, signed_in(&stack, "bob").await);
    let whole = envelope("keelson", "signed_in", &serde_json::to_value(&ada).unwrap());
    let named = envelope("keelson", "signed_in", &json!({ "reference": bob.id }));
    let deployment = envelope("aws.codedeploy", "x", &json!({"application": "a", "deploymentGroup": "g"}));
    let messages = batch(&[
        message("one", "keelson-promotions-dead", &whole),
        message("two", "keelson-webhooks-dead", &named),
        message("three", "keelson-promotions-dead", &deployment),
        message("four", "keelson-promotions-dead", "nothing at all"),
        message("five", "keelson-promotions", &whole),
    ]);
    for _ in 0..2 {
        let answer = stack.invoke(&relay, &messages).await.unwrap();
        assert_eq!(failures(&answer), ["five"], "that one is alive, and not the relay's");
        let kept: BTreeSet<_> = dead(&stack).await.into_iter().collect();
        let expected = [("promotions".to_owned(), 2, ada.id), ("webhooks".to_owned(), 2, bob.id)];
        assert_eq!(kept, expected.into());
    }
}

/// A dead letter of a subscriber that somebody had sent again, as the stream tells it.
async fn redriven(stack: &Stack, subscriber: &str) -> (Event, Value) {
    let event = signed_in(stack, "ada").await;
    let row = Retry {
        subscriber: subscriber.to_owned(),
        event: event.id,
        attempts: 0,
        next_at: stack.world.core.now(),
        last_error: "the target does not answer".to_owned(),
        dead: false,
    };
    stack.world.put(&row).await;
    let body = EventBody::DeadLetterRedriven { event: event.id, subscriber: subscriber.to_owned() };
    let told = stack.happen(body).await;
    (event, batch(&[record(1, &told)]))
}

#[tokio::test]
async fn a_dead_letter_is_sent_to_its_subscriber_alone_and_once() {
    let stack = Stack::new().await;
    let relay = stack.relay();
    let (event, told) = redriven(&stack, "promotions").await;
    for round in 0..2 {
        assert!(failures(&stack.invoke(&relay, &told).await.unwrap()).is_empty());
        let sent = stack.aws.sent();
        assert_eq!(sent.len(), 1 - round, "told twice, sent once");
        for (queue, body) in sent {
            assert_eq!(queue, "https://sqs.test/promotions");
            let again = batch(&[message("one", "keelson-promotions", &body)]);
            assert!(failures(&stack.invoke(&stack.promotions(), &again).await.unwrap()).is_empty());
            assert_eq!(crate::envelope::event_id(&body), Some(event.id));
        }
    }
    assert!(stack.world.rows()[&Table::Runtime.name("test")].is_empty());
}

#[tokio::test]
async fn a_dead_letter_whose_queue_is_away_is_sent_later() {
    let stack = Stack::new().await;
    let relay = stack.relay();
    let (_, told) = redriven(&stack, "webhooks").await;
    stack.aws.set_down(true);
    assert_eq!(failures(&stack.invoke(&relay, &told).await.unwrap()), ["1"]);
    stack.aws.set_down(false);
    assert!(failures(&stack.invoke(&relay, &told).await.unwrap()).is_empty());
    assert_eq!(stack.aws.sent().len(), 1);
}

#[tokio::test]
async fn a_dead_letter_of_nobody_stays_one_and_says_why() {
    let stack = Stack::new().await;
    let (event, told) = redriven(&stack, "nobody").await;
    assert!(failures(&stack.invoke(&stack.relay(), &told).await.unwrap()).is_empty());
    assert_eq!(dead(&stack).await, [("nobody".to_owned(), 0, event.id)]);
    let letter = stack.world.core.store.retry("nobody", &event.id).await.unwrap().unwrap();
    assert_eq!(letter.value.last_error, "nothing here is called `nobody` any more");
}
