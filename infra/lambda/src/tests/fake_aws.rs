//! As much of AWS as the functions themselves talk to: a bus, queues and secrets, over the protocol of their SDKs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws::Connection;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

/// A fake of AWS on loopback.
pub(super) struct FakeAws {
    pub(super) connection: Connection,
    state: Arc<Mutex<Services>>,
}

#[derive(Default)]
struct Services {
    put: Vec<Value>,
    sent: Vec<(String, String)>,
    secrets: BTreeMap<String, String>,
    /// Words in events that the bus does not take.
    refused: Vec<String>,
    is_down: bool,
}

impl FakeAws {
    pub(super) async fn start() -> Self {
        let state: Arc<Mutex<Services>> = Arc::default();
        let router = Router::new().route("/", routing::post(answer)).with_state(state.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let credentials = Credentials::new("test", "test", None, None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(endpoint)
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self { connection: Connection::new(sdk), state }
    }

    fn services(&self) -> std::sync::MutexGuard<'_, Services> {
        self.state.lock().unwrap()
    }

    /// What the bus was told since this was asked last: each event's kind and what was said of it.
    pub(super) fn put(&self) -> Vec<(String, Value)> {
        let put = std::mem::take(&mut self.services().put);
        let told = put.into_iter().map(|entry| {
            let detail = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
            assert_eq!((&entry["Source"], &entry["EventBusName"]), (&json!("keelson"), &json!("keelson")));
            (entry["DetailType"].as_str().unwrap().to_owned(), detail)
        });
        told.collect()
    }

    /// What was sent to queues since this was asked last: each with its address.
    pub(super) fn sent(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.services().sent)
    }

    /// From now on the bus takes no events with that word in them.
    pub(super) fn refuse(&self, word: &str) {
        self.services().refused.push(word.to_owned());
    }

    /// From now on nothing is taken, or all is again.
    pub(super) fn set_down(&self, is_down: bool) {
        self.services().is_down = is_down;
        self.services().refused.clear();
    }

    pub(super) fn add_secret(&self, arn: &str, value: &str) {
        self.services().secrets.insert(arn.to_owned(), value.to_owned());
    }
}

async fn answer(
    State(state): State<Arc<Mutex<Services>>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Json<Value>) {
    let mut services = state.lock().unwrap();
    let asked: Value = serde_json::from_str(&body).unwrap();
    let said = match headers["x-amz-target"].to_str().unwrap() {
        // No such error is tried again by an SDK.
        _ if services.is_down => Err(json!({"__type": "AccessDeniedException", "message": "not today"})),
        "AWSEvents.PutEvents" => Ok(services.put_events(&asked)),
        "AmazonSQS.SendMessage" => {
            let text = |name: &str| asked[name].as_str().unwrap().to_owned();
            let sent = (text("QueueUrl"), text("MessageBody"));
            services.sent.push(sent);
            Ok(json!({"MessageId": "one"}))
        }
        "secretsmanager.GetSecretValue" => {
            let value = services.secrets.get(asked["SecretId"].as_str().unwrap());
            value.map(|value| json!({ "SecretString": value })).ok_or_else(
                || json!({"__type": "ResourceNotFoundException", "message": "there is no such secret"}),
            )
        }
        other => panic!("nobody here answers {other}"),
    };
    match said {
        Ok(said) => (StatusCode::OK, Json(said)),
        Err(error) => (StatusCode::BAD_REQUEST, Json(error)),
    }
}

impl Services {
    /// As EventBridge does: all of a request or none of it for its size, then each event for itself.
    fn put_events(&mut self, asked: &Value) -> Value {
        let entries = asked["Entries"].as_array().unwrap();
        let size = |entry: &Value| {
            ["Source", "DetailType", "Detail"]
                .iter()
                .map(|name| entry[name].as_str().unwrap().len())
                .sum::<usize>()
        };
        assert!(entries.len() <= 10 && entries.iter().map(size).sum::<usize>() <= 256 * 1024);
        let mut answers = Vec::new();
        let mut failed = 0;
        for entry in entries {
            let detail = entry["Detail"].as_str().unwrap();
            if self.refused.iter().any(|word| detail.contains(word)) {
                failed += 1;
                answers.push(json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "later"}));
            } else {
                self.put.push(entry.clone());
                answers.push(json!({"EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860"}));
            }
        }
        json!({"FailedEntryCount": failed, "Entries": answers})
    }
}
