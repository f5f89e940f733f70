//! Holds the browser tests' fixtures against the types of the API, so that they cannot tell of another one.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire::{self, Page, Wire};

/// What is left of a value after it has been read as the API's type: all of it, if it is one. The panel's type must be
/// able to read it too.
fn read_as<T: Wire>(value: Value) -> Result<Value, String>
where
    T::Api: Serialize + DeserializeOwned,
{
    T::read(&value).map_err(|mismatch| format!("the panel cannot read `{}`", mismatch.way()))?;
    let read: T::Api = serde_json::from_value(value).map_err(|error| error.to_string())?;
    serde_json::to_value(read).map_err(|error| error.to_string())
}

fn read(name: &str, value: Value) -> Result<Value, String> {
    match name {
        "overview" => read_as::<wire::Overview>(value),
        "services" => read_as::<Page<wire::ServiceRow>>(value),
        "service" => read_as::<wire::Service>(value),
        "changes" => read_as::<Page<wire::Change>>(value),
        "ships" | "ships-back" => read_as::<wire::Ships>(value),
        "promotions" => read_as::<Page<wire::PromotionSummary>>(value),
        "trains" => read_as::<Page<wire::Train>>(value),
        "train-waiting" | "train-going" | "train-done" | "train-back" => read_as::<wire::Train>(value),
        "service-blocked" => read_as::<wire::Service>(value),
        "promotion-blocked"
        | "promotion-overridden"
        | "promotion-baking"
        | "promotion-waiting"
        | "promotion-failed"
        | "promotion-crashed"
        | "promotion-done" => read_as::<wire::Promotion>(value),
        "promotion-summary" => read_as::<wire::PromotionSummary>(value),
        "timeline" | "audit" => read_as::<Page<wire::EventView>>(value),
        "logs" => read_as::<wire::Logs>(value),
        "traffic" | "traffic-day" => read_as::<wire::Traffic>(value),
        "artifacts" => read_as::<Page<wire::ArtifactView>>(value),
        "audit-head" => read_as::<wire::AuditHead>(value),
        "audit-check" | "audit-check-last" | "audit-findings" => read_as::<wire::AuditCheck>(value),
        "dora" => read_as::<wire::Dora>(value),
        "doras" => read_as::<Page<wire::ServiceDora>>(value),
        "dora-rows" => read_as::<wire::DoraRows>(value),
        "ci" => read_as::<wire::Ci>(value),
        "connection-watched" | "connection-unwatched" => read_as::<wire::ConnectionView>(value),
        "connections" => read_as::<Vec<wire::ConnectionView>>(value),
        "connection" | "connection-fresh" | "connection-pinged" => read_as::<wire::ConnectionDetail>(value),
        "connection-secret" => read_as::<wire::ConnectionSecret>(value),
        "me" => read_as::<wire::Me>(value),
        "tokens" => read_as::<Vec<wire::TokenView>>(value),
        "created-token" => read_as::<wire::CreatedToken>(value),
        "users" => read_as::<Vec<wire::UserView>>(value),
        "user" => read_as::<wire::UserView>(value),
        "sign-in-methods" => read_as::<wire::SignInMethods>(value),
        "sign-in-link" => read_as::<wire::SignInLink>(value),
        "dead-letters" => read_as::<Vec<wire::DeadLetterView>>(value),
        "problem" => read_as::<wire::Problem>(value),
        _ => Err("nobody knows what it is: add it to this list".to_owned()),
    }
}

/// Whether nothing of what was given is lost or another: `null` and absent mean the same on the wire, and what a
/// fixture leaves out may be filled in.
fn keeps(read: &Value, given: &Value) -> bool {
    match (read, given) {
        (Value::Object(read), Value::Object(given)) => {
            given.iter().all(|(name, value)| keeps(read.get(name).unwrap_or(&Value::Null), value))
        }
        (Value::Array(read), Value::Array(given)) => {
            read.len() == given.len() && read.iter().zip(given).all(|(read, given)| keeps(read, given))
        }
        // A whole number is written the same as a float and as an integer.
        (Value::Number(read), Value::Number(given)) => read.as_f64() == given.as_f64(),
        (read, given) => read == given,
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
        assert!(keeps(&read, &value), "{name} is read as another:\n{read:#}\ninstead of\n{value:#}");
        seen += 1;
    }
    assert!(seen >= 25, "only {seen} fixtures were found");
}
