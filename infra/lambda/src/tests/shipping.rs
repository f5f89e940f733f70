//! Messages of the bus.

use domain::access::Actor;
use domain::event::EventBody;
use domain::rollout::{Release, Share, TargetRequest};
use domain::{Period, Weight};
use serde_json::{Value, json};
use testkit::{CapturedLog, digest, manifest, sha};

use super::{Stack, batch, envelope, failures, message, told};

/// An order to run something in staging.
async fn requested(stack: &Stack, sequence: u64) -> domain::event::Event {
    let core = &stack.world.core;
    let service: domain::ServiceName = "storefront".parse().unwrap();
    let service = match core.store.service(&service).await.unwrap() {
        Some(service) => service.value,
        None => stack.world.service(&manifest("storefront")).await,
    };
    let environment = &service.manifest.environments[0];
    let release = Release { artifact: digest(1), commit: sha(1) };
    let request = TargetRequest {
        service: service.name().clone(),
        environment: environment.name.clone(),
        sequence,
        target: environment.target.clone(),
        shares: vec![Share { release, weight: Weight::ALL }],
    };
    stack.happen(EventBody::TargetRequested { request }).await
}

#[tokio::test]
async fn an_order_reaches_the_target_and_what_became_of_it_is_told() {
    let stack = Stack::new().await;
    let order = requested(&stack, 1).await;
    stack.happened().await;
    let promotions = stack.promotions();
    let answer = stack.invoke(&promotions, &batch(&[told("one", &order)])).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!(stack.world.deployer.requests().len(), 1);
    assert_eq!(stack.happened().await, ["storefront in staging reports a change"]);
    stack.invoke(&promotions, &batch(&[told("again", &order)])).await.unwrap();
    assert_eq!(stack.world.deployer.requests().len(), 1, "asked twice, done once");
}

#[tokio::test]
async fn of_a_batch_only_what_could_not_be_handled_comes_again() {
    let stack = Stack::new().await;
    let promotions = stack.promotions();
    let changed = EventBody::TargetChanged {
        service: "nobody".parse().unwrap(),
        environment: "staging".parse().unwrap(),
    };
    let unknown = stack.happen(changed).await;
    let good = requested(&stack, 1).await;
    let log = CapturedLog::begin();
    let records = [
        message("no JSON", "keelson-promotions", "Hello"),
        told("unknown service", &unknown),
        told("good", &good),
        message("no event", "keelson-promotions", &envelope("keelson", "target_changed", &json!({"id": 1}))),
        message("not for us", "keelson-promotions", &envelope("aws.ec2", "x", &json!({}))),
        message(
            "never was",
            "keelson-promotions",
            &envelope("keelson", "x", &json!({"reference": stack.world.core.ids.event()})),
        ),
    ];
    let answer = stack.invoke(&promotions, &batch(&records)).await.unwrap();
    assert_eq!(failures(&answer), ["no JSON", "no event", "not for us", "never was", "unknown service"]);
    assert_eq!(stack.world.deployer.requests().len(), 1);
    assert!(log.text().contains("service nobody is not known"), "{}", log.text());
}

#[tokio::test]
async fn a_target_that_does_not_answer_is_asked_again_and_nothing_is_told_before() {
    let stack = Stack::new().await;
    let order = requested(&stack, 1).await;
    stack.happened().await;
    let promotions = stack.promotions();
    stack.world.deployer.set_outage(Some("away"));
    let answer = stack.invoke(&promotions, &batch(&[told("one", &order)])).await.unwrap();
    assert_eq!(failures(&answer), ["one"]);
    assert!(stack.happened().await.is_empty());
    stack.world.deployer.set_outage(None);
    let answer = stack.invoke(&promotions, &batch(&[told("one", &order)])).await.unwrap();
    assert!(failures(&answer).is_empty());
    assert_eq!(stack.happened().await, ["storefront in staging reports a change"]);
}

#[tokio::test]
async fn without_time_left_nothing_is_begun() {
    let stack = Stack::new().await;
    let order = requested(&stack, 1).await;
    let promotions = stack.promotions();
    for millis in [0, 2_500] {
        let answer = stack.invoke_for(&promotions, &batch(&[told("one", &order)]), millis).await.unwrap();
        assert_eq!(failures(&answer), ["one"]);
    }
    assert!(stack.world.deployer.requests().is_empty());
}

#[tokio::test]
async fn an_event_that_is_only_named_is_read() {
    let stack = Stack::new().await;
    let order = requested(&stack, 1).await;
    let body = envelope("keelson", "target_requested", &json!({ "reference": order.id }));
    let answer =
        stack.invoke(&stack.promotions(), &batch(&[message("one", "keelson-promotions", &body)])).await;
    assert!(failures(&answer.unwrap()).is_empty());
    assert_eq!(stack.world.deployer.requests().len(), 1);
}

#[tokio::test]
async fn what_nobody_acts_on_is_done_with() {
    let stack = Stack::new().await;
    let event = stack.happen(EventBody::SignedIn { login: "ada".parse().unwrap() }).await;
    stack.world.advance(Period::seconds(1));
    stack.happened().await;
    for answer in [
        stack.invoke(&stack.webhooks(), &batch(&[told("one", &event)])).await,
        stack.invoke(&stack.promotions(), &batch(&[told("one", &event)])).await,
    ] {
        assert_eq!(answer.unwrap(), json!({"batchItemFailures": []}));
    }
    assert!(stack.happened().await.is_empty());
}

#[tokio::test]
async fn a_deployment_of_codedeploy_is_told_of_the_environments_that_it_serves() {
    let stack = Stack::new().await;
    let group = r#"codedeploy = { application = "shop", group = "blue", config = "CodeDeployDefault.LambdaAllAtOnce" }"#;
    let lambda = format!(r#"target = {{ kind = "lambda", function = "storefront", {group} }}"#);
    let process = r#"target = { kind = "process", command = ["./storefront"] }"#;
    stack.world.service(&manifest("storefront").replacen(process, &lambda, 1)).await;
    stack.happened().await;
    let promotions = stack.promotions();
    let deployed = |group: &str| {
        let detail = json!({
            "region": "eu-central-1", "deploymentId": "d-A1B2C3", "instanceGroupId": "9fd2fbef-2157-40d8-91e7-6845af69e2d2",
            "state": "SUCCESS", "application": "shop", "deploymentGroup": group,
        });
        let body = envelope("aws.codedeploy", "CodeDeploy Deployment State-change Notification", &detail);
        batch(&[message("one", "keelson-promotions", &body)])
    };
    for other in ["green", "blu"] {
        assert!(failures(&stack.invoke(&promotions, &deployed(other)).await.unwrap()).is_empty());
    }
    assert!(stack.happened().await.is_empty(), "other people deploy here as well");
    assert!(failures(&stack.invoke(&promotions, &deployed("blue")).await.unwrap()).is_empty());
    let events = stack.world.new_events().await;
    let told: Vec<Value> =
        events.iter().map(|event| json!([event.body.sentence(), event.actor == Actor::Keelson])).collect();
    assert_eq!(told, [json!(["storefront in staging reports a change", true])]);
}
