//! Holds the browser tests' fixtures against the types of the API, so that they cannot tell of another one.

use std::fs;
use std::path::Path;

use api::access::{CreatedToken, Me, SignInLink, TokenView, UserView};
use api::connection::{ConnectionDetail, ConnectionSecret, ConnectionView};
use api::overview::{DeadLetterView, EventView, Overview, ServiceRow};
use api::promotion::{PromotionSummary, PromotionView};
use api::service::{ArtifactView, ChangeView, Logs, ServiceView, Ships, Traffic};
use api::{Page, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is left of a value after it has been read as a `T`: all of it, if it is one.
fn read_as<T: Serialize + DeserializeOwned>(value: Value) -> Result<Value, String> {
    let read: T = serde_json::from_value(value).map_err(|error| error.to_string())?;
    serde_json::to_value(read).map_err(|error| error.to_string())
}

fn read(name: &str, value: Value) -> Result<Value, String> {
    match name {
        "overview" => read_as::<Overview>(value),
        "services" => read_as::<Vec<ServiceRow>>(value),
        "service" => read_as::<ServiceView>(value),
        "changes" => read_as::<Page<ChangeView>>(value),
        "ships" | "ships-back" => read_as::<Ships>(value),
        "promotions" => read_as::<Page<PromotionSummary>>(value),
        "promotion-baking" | "promotion-waiting" | "promotion-failed" | "promotion-crashed" => {
            read_as::<PromotionView>(value)
        }
        "promotion-summary" => read_as::<PromotionSummary>(value),
        "timeline" | "audit" => read_as::<Page<EventView>>(value),
        "logs" => read_as::<Logs>(value),
        "traffic" => read_as::<Traffic>(value),
        "artifacts" => read_as::<Page<ArtifactView>>(value),
        "connections" => read_as::<Vec<ConnectionView>>(value),
        "connection" | "connection-fresh" | "connection-pinged" => read_as::<ConnectionDetail>(value),
        "connection-secret" => read_as::<ConnectionSecret>(value),
        "me" => read_as::<Me>(value),
        "tokens" => read_as::<Vec<TokenView>>(value),
        "created-token" => read_as::<CreatedToken>(value),
        "users" => read_as::<Vec<UserView>>(value),
        "user" => read_as::<UserView>(value),
        "sign-in-link" => read_as::<SignInLink>(value),
        "dead-letters" => read_as::<Vec<DeadLetterView>>(value),
        "problem" => read_as::<Problem>(value),
        _ => Err("nobody knows what it is: add it to this list".to_owned()),
    }
}

/// `null` and absent mean the same on the wire.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[test]
fn every_fixture_of_the_browser_tests_is_what_the_api_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser/fixtures");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let read = read(&name, value.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (read, given) = (without_nulls(read), without_nulls(value));
        assert!(read == given, "{name} is read as another:\n{read:#}\ninstead of\n{given:#}");
        seen += 1;
    }
    assert!(seen >= 25, "only {seen} fixtures were found");
}
