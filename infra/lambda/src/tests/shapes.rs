//! What is nothing that a function takes.

use serde_json::{Value, json};

use super::{Stack, batch, fixture, message};

async fn refusals(stack: &Stack, payload: &Value) -> [Result<Value, String>; 4] {
    [
        stack.invoke(&stack.webhooks(), payload).await,
        stack.invoke(&stack.promotions(), payload).await,
        stack.invoke(&stack.panel(), payload).await,
        stack.invoke(&stack.relay(), payload).await,
    ]
}

#[tokio::test]
async fn what_is_of_no_shape_that_is_known_is_refused_by_all() {
    let stack = Stack::new().await;
    for (payload, why) in [
        (json!({}), "this is neither a request"),
        (json!(null), "this is neither a request"),
        (json!([1, 2]), "this is neither a request"),
        (json!({"requestContext": {"elb": {}}}), "this is neither a request"),
        (json!({"requestContext": {"http": 1}}), "a request of an HTTP API: "),
        (json!({"Records": []}), "these are records of nothing"),
        (json!({"Records": [{"eventSource": "aws:s3"}]}), "these are records of aws:s3,"),
        (json!({"Records": [{"eventSource": "aws:sqs"}, {}]}), "these are records of aws:sqs and nothing,"),
        (json!({"Records": [{"eventSource": "aws:sqs"}]}), "messages of a queue: missing field `messageId`"),
        (
            json!({"Records": [{"eventSource": "aws:dynamodb"}]}),
            "records of a stream: missing field `eventName`",
        ),
        (json!({"keelson": "tock"}), "an order: unknown variant `tock`"),
        (json!({"keelson": "sign_in_link"}), "an order: missing field `login`"),
        (json!({"keelson": "sign_in_link", "login": "Not A Login"}), "an order: "),
    ] {
        for answer in refusals(&stack, &payload).await {
            let refusal = answer.unwrap_err();
            assert!(refusal.starts_with(why), "{payload}: {refusal}");
        }
    }
    assert!(stack.happened().await.is_empty());
}

#[tokio::test]
async fn each_function_refuses_what_belongs_to_another() {
    let stack = Stack::new().await;
    let request = fixture(include_str!("fixtures/request.json"));
    let records = fixture(include_str!("fixtures/records.json"));
    let messages = batch(&[message("one", "keelson-promotions", "{}")]);
    let (tick, link) = (json!({"keelson": "tick"}), json!({"keelson": "sign_in_link", "login": "ada"}));
    let taken = |answers: [Result<Value, String>; 4]| {
        for refusal in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert!(refusal.contains("takes no such thing"), "{refusal}");
        }
        answers.map(|answer| answer.is_ok())
    };
    assert_eq!(taken(refusals(&stack, &request).await), [true, true, true, false]);
    assert_eq!(taken(refusals(&stack, &messages).await), [true, true, false, true]);
    assert_eq!(taken(refusals(&stack, &records).await), [false, false, false, true]);
    assert_eq!(taken(refusals(&stack, &tick).await), [true, true, false, false]);
    assert_eq!(taken(refusals(&stack, &link).await), [false, false, true, false]);
}
