//! Single values: texts, numbers, names, moments, and lists of them.

use domain::access::{Actor, Grant, Permission, Role};
use domain::analysis::Verdict;
use domain::check::CheckState;
use domain::event::EventKind;
use domain::gates::Diff;
use domain::health::HealthState;
use domain::{
    CommitSha, ConnectionName, Digest, EnvironmentName, EventId, Login, Period, PromotionId, ServiceName,
    TeamName, TokenId, TrainId, Weight,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde_json::Value;

use crate::format;
use crate::wire::Wire;

/// Where in an answer something is not what it should be: the names of the fields on the way there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mismatch(Vec<&'static str>);

impl Mismatch {
    /// Here.
    pub(crate) const HERE: Self = Self(Vec::new());

    /// The way there: `services.environments.health`.
    pub(crate) fn way(&self) -> String {
        self.0.iter().rev().copied().collect::<Vec<_>>().join(".")
    }
}

/// Reads the text of an answer; no text is nothing.
///
/// # Errors
/// What cannot be read, in words.
pub(crate) fn read_text<T: Wire>(text: &str) -> Result<T, String> {
    let value = json(text)?;
    T::read(&value).map_err(|mismatch| format!("`{}` is not what it should be", mismatch.way()))
}

fn json(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// A field of an object. One that is absent is read as null.
pub(super) fn field<T: Wire>(object: &Value, name: &'static str) -> Result<T, Mismatch> {
    T::read(object.get(name).unwrap_or(&Value::Null)).map_err(|mut mismatch| {
        mismatch.0.push(name);
        mismatch
    })
}

/// Values that are read where they are: a type, and how it is made of a JSON value.
macro_rules! values {
    ($($type:ty: |$value:ident| $read:expr;)*) => {$(
        impl Wire for $type {
            type Api = $type;

            fn read($value: &Value) -> Result<Self, Mismatch> {
                $read.ok_or(Mismatch::HERE)
            }
        }
    )*};
}

values! {
    Value: |value| Some(value.clone());
    String: |value| value.as_str().map(str::to_owned);
    bool: |value| value.as_bool();
    u64: |value| value.as_u64();
    usize: |value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    u32: |value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    u16: |value| value.as_u64().and_then(|number| u16::try_from(number).ok());
    f64: |value| value.as_f64();
    i32: |value| value.as_i64().and_then(|number| i32::try_from(number).ok());
    (): |_value| Some(());
    (usize, usize): |value| Some((usize::read(value.get(0).ok_or(Mismatch::HERE)?)?, usize::read(value.get(1).ok_or(Mismatch::HERE)?)?));
    Timestamp: |value| value.as_str().and_then(format::moment);
    Diff: |value| Diff::try_from(String::read(value)?).ok();
    Weight: |value| value.as_i64().and_then(|percent| Weight::try_from(percent).ok());
    CommitSha: |value| value.as_str().and_then(|text| text.parse().ok());
    ConnectionName: |value| value.as_str().and_then(|text| text.parse().ok());
    Digest: |value| value.as_str().and_then(|text| text.parse().ok());
    EnvironmentName: |value| value.as_str().and_then(|text| text.parse().ok());
    EventId: |value| value.as_str().and_then(|text| text.parse().ok());
    Login: |value| value.as_str().and_then(|text| text.parse().ok());
    Period: |value| value.as_str().and_then(|text| text.parse().ok());
    PromotionId: |value| value.as_str().and_then(|text| text.parse().ok());
    ServiceName: |value| value.as_str().and_then(|text| text.parse().ok());
    TeamName: |value| value.as_str().and_then(|text| text.parse().ok());
    TokenId: |value| value.as_str().and_then(|text| text.parse().ok());
    TrainId: |value| value.as_str().and_then(|text| text.parse().ok());
    CheckState: |value| word(value);
    EventKind: |value| word(value);
    HealthState: |value| word(value);
    Permission: |value| word(value);
    Role: |value| word(value);
    api::promotion::Phase: |value| word(value);
    api::promotion::Origin: |value| word(value);
    api::train::CarPhase: |value| word(value);
    api::train::TrainPhase: |value| word(value);
    Actor: |value| actor(value)?;
    Grant: |value| Some(Self {
        role: field(value, "role")?,
        team: field(value, "team")?,
        environment: field(value, "environment")?,
    });
    Verdict: |value| verdict(value)?;
}

/// A word that stands for one of several things.
fn word<'a, T: Deserialize<'a>>(value: &'a Value) -> Option<T> {
    let word: StrDeserializer<'_, WordError> = value.as_str()?.into_deserializer();
    T::deserialize(word).ok()
}

fn actor(value: &Value) -> Result<Option<Actor>, Mismatch> {
    Ok(Some(match value.get("kind").and_then(Value::as_str) {
        Some("person") => Actor::Person { login: field(value, "login")? },
        Some("token") => Actor::Token {
            id: field(value, "id")?,
            name: field(value, "name")?,
            owner: field(value, "owner")?,
        },
        Some("workflow") => Actor::Workflow {
            repository: field(value, "repository")?,
            run_id: field(value, "run_id")?,
            started_by: field(value, "started_by")?,
        },
        Some("connection") => Actor::Connection { connection: field(value, "connection")? },
        Some("keelson") => Actor::Keelson,
        _ => return Ok(None),
    }))
}

fn verdict(value: &Value) -> Result<Option<Verdict>, Mismatch> {
    Ok(Some(match value.get("verdict").and_then(Value::as_str) {
        Some("pass") => Verdict::Pass,
        Some("fail") => Verdict::Fail { reason: field(value, "reason")? },
        Some("not_enough_data") => {
            Verdict::NotEnoughData { requests: field(value, "requests")?, needed: field(value, "needed")? }
        }
        Some("could_not_measure") => Verdict::CouldNotMeasure { reason: field(value, "reason")? },
        _ => return Ok(None),
    }))
}

impl<T: Wire> Wire for Option<T> {
    type Api = Option<T::Api>;

    fn read(value: &Value) -> Result<Self, Mismatch> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    type Api = Vec<T::Api>;

    /// A list that is absent is empty: the API leaves out some that are.
    fn read(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Array(items) => items.iter().map(T::read).collect(),
            Value::Null => Ok(Self::new()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Err(Mismatch::HERE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Release;

    #[test]
    fn what_cannot_be_read_is_named_with_the_way_there() {
        let text = r#"[{"artifact": "sha256:7", "commit": "a"}]"#;
        assert_eq!(read_text::<Vec<Release>>(text).unwrap_err(), "`artifact` is not what it should be");
        assert!(read_text::<u64>("{").unwrap_err().contains("EOF"));
    }

    #[test]
    fn what_is_absent_is_nothing() {
        assert_eq!(read_text::<Option<u64>>(""), Ok(None));
        assert_eq!(read_text::<Vec<u64>>("null"), Ok(Vec::new()));
        assert_eq!(read_text::<()>(""), Ok(()));
    }

    #[test]
    fn a_word_of_a_newer_server_is_not_taken_for_another() {
        assert!(read_text::<HealthState>(r#""splendid""#).is_err());
        assert_eq!(read_text::<HealthState>(r#""healthy""#), Ok(HealthState::Healthy));
    }
}
