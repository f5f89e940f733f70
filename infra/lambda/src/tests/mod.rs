//! Each function as Lambda invokes it, over the embedded store, with events in the shape in which AWS hands them over.

mod fake_aws;
mod orders;
mod relay;
mod requests;
mod routes;
mod shapes;
mod shipping;
mod stack;
mod starting;

use axum::Router;
use domain::event::{Event, EventBody};
use edge::RequestContext;
use lambda_http::lambda_runtime::{Context, Diagnostic, LambdaEvent};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use testkit::World;

use crate::function::{Function, Program};
use crate::http::OriginSecrets;
use crate::relay::{Bus, Queues, Relay};
use crate::{Panel, Ports, Promotions, Webhooks};
use fake_aws::FakeAws;

/// What CloudFront says.
const ORIGIN: &str = "only-cloudfront-knows";

/// Everything a stack has.
struct Stack {
    world: World,
    aws: FakeAws,
}

impl Stack {
    async fn new() -> Self {
        Self { world: World::new().await, aws: FakeAws::start().await }
    }

    fn origins() -> OriginSecrets {
        OriginSecrets::read(ORIGIN)
    }

    fn webhooks(&self) -> Function<Webhooks> {
        let World { core, secrets, .. } = &self.world;
        Function::new(Webhooks::of(core.clone(), secrets.clone(), Self::origins()))
    }

    fn promotions(&self) -> Function<Promotions> {
        let World { core, deployer, signals, artifacts, .. } = &self.world;
        let ports =
            Ports { deployer: deployer.clone(), signals: signals.clone(), artifacts: artifacts.clone() };
        Function::new(Promotions::new(core.clone(), ports, ORIGIN))
    }

    fn panel(&self) -> Function<Panel> {
        Function::new(Panel::of(self.world.core.clone(), Self::origins()).unwrap())
    }

    fn relay(&self) -> Function<Relay> {
        let connection = &self.aws.connection;
        let queues = "webhooks=https://sqs.test/webhooks, promotions=https://sqs.test/promotions";
        Function::new(Relay {
            core: self.world.core.clone(),
            bus: Bus::new(connection, "keelson"),
            queues: Queues::read(connection, queues).unwrap(),
        })
    }

    /// The routers of all functions that answer requests, without what lies around them.
    fn routers(&self) -> [(&'static str, Router); 3] {
        [
            (Webhooks::NAME, self.webhooks().program().router().unwrap()),
            (Promotions::NAME, self.promotions().program().router().unwrap()),
            (Panel::NAME, self.panel().program().router().unwrap()),
        ]
    }

    /// Something that happens.
    async fn happen(&self, body: EventBody) -> Event {
        let core = &self.world.core;
        let event = core.event(&RequestContext::internal(), &domain::access::Actor::Keelson, body);
        self.world.put(&event).await;
        event
    }

    /// What happened since this was asked last.
    async fn happened(&self) -> Vec<String> {
        self.world.new_events().await.iter().map(|event| event.body.sentence()).collect()
    }

    /// Invokes a function with a minute of time.
    ///
    /// # Errors
    /// What Lambda is told if it fails.
    async fn invoke<P: Program>(&self, function: &Function<P>, payload: &Value) -> Result<Value, String> {
        self.invoke_for(function, payload, 60_000).await
    }

    async fn invoke_for<P: Program>(
        &self,
        function: &Function<P>,
        payload: &Value,
        millis: u64,
    ) -> Result<Value, String> {
        let mut context = Context::default();
        let now = u64::try_from(self.world.core.now().as_millisecond()).unwrap();
        context.deadline = now + millis;
        let answer = function.handle(LambdaEvent::new(to_raw_value(payload).unwrap(), context)).await;
        let answer = answer.map_err(|failure| Diagnostic::from(failure).error_message)?;
        Ok(serde_json::from_str(answer.get()).unwrap())
    }
}

/// An event in its table's stream, at a place.
fn record(place: u32, event: &Event) -> Value {
    json!({
        "eventID": "f07f8ca4b0b26cb9c4e5e77e69f274ee",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_424_400,
            "NewImage": store::image_of(event, event.at).unwrap(),
            "SequenceNumber": place.to_string(),
            "SizeBytes": 540,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/keelson-events/stream/2026-11-23T00:00:00.000",
    })
}

/// A message of a queue with that body.
fn message(id: &str, queue: &str, body: &str) -> Value {
    let mut message = fixture(include_str!("fixtures/messages.json"))["Records"][0].take();
    message["messageId"] = id.into();
    message["body"] = body.into();
    message["eventSourceARN"] = format!("arn:aws:sqs:eu-central-1:123456789012:{queue}").into();
    message
}

/// What the bus puts around something.
fn envelope(source: &str, detail_type: &str, detail: &Value) -> String {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": "2026-11-23T09:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    })
    .to_string()
}

/// A message of the bus about an event.
fn told(id: &str, event: &Event) -> Value {
    let kind = serde_json::to_value(event.body.kind()).unwrap();
    let body = envelope("keelson", kind.as_str().unwrap(), &serde_json::to_value(event).unwrap());
    message(id, "keelson-promotions", &body)
}

fn batch(records: &[Value]) -> Value {
    json!({ "Records": records })
}

/// What Lambda is told to hand over again.
fn failures(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap()).collect()
}

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
