//! What a function is invoked with, told apart by its shape.

use std::collections::{BTreeMap, BTreeSet};

use domain::Login;
use lambda_http::request::LambdaRequest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// What a function is invoked with.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// A request that came in through the HTTP API, in version 2.0 of its format.
    Request(Box<LambdaRequest>),
    /// Messages of one queue.
    Messages(Vec<Message>),
    /// What was written to the table of events.
    Records(Vec<StreamRecord>),
    /// Something that only whoever may invoke the function can ask for.
    Order(Order),
}

/// Something that only whoever may invoke the function can ask for: the account's own rules decide who that is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "keelson", rename_all = "snake_case")]
pub enum Order {
    /// Time has passed.
    Tick,
    /// Make a link that signs somebody in, once; the first admin, if there is none yet.
    SignInLink {
        /// Whom.
        login: Login,
    },
}

/// A message of a queue, as Lambda hands it over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// What it is called in the answer if it could not be handled.
    #[serde(rename = "messageId")]
    pub id: String,
    /// What it says.
    pub body: String,
    /// The ARN of its queue.
    #[serde(rename = "eventSourceARN")]
    pub queue: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl Message {
    /// The queue's name: the last part of its ARN.
    pub fn queue_name(&self) -> &str {
        self.queue.rsplit(':').next().unwrap_or_default()
    }

    /// How often it was handed over, this time included. Roughly: the queue counts in several places.
    pub fn receives(&self) -> u32 {
        let count = self.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        count.unwrap_or(1)
    }
}

/// A record of a table's stream, as Lambda hands it over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StreamRecord {
    /// What was done to the row: `INSERT`, `MODIFY` or `REMOVE`.
    #[serde(rename = "eventName")]
    pub what: String,
    /// The row.
    pub dynamodb: StreamedRow,
}

/// A row in a table's stream.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamedRow {
    /// The record's place in the stream.
    pub sequence_number: String,
    /// The row as it is now, as DynamoDB's JSON.
    pub new_image: Option<serde_json::Value>,
}

/// Why an invocation is none that Keelson knows.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    /// Nothing that Keelson takes looks like it.
    #[error(
        "this is neither a request of an HTTP API (payload format 2.0), nor messages of a queue, nor records of a \
         table's stream, nor an order (`{{\"keelson\": …}}`)"
    )]
    Unknown,
    /// Records of something else, or of several things at once.
    #[error("these are records of {0}, and not of one queue or one table's stream")]
    Sources(String),
    /// It looks like one of them, and is not.
    #[error("{what}: {error}")]
    Part {
        /// What it looks like.
        what: &'static str,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

/// As much as it takes to tell shapes apart.
#[derive(Deserialize)]
struct Outline {
    #[serde(rename = "requestContext")]
    request: Option<RequestOutline>,
    #[serde(rename = "Records")]
    records: Option<Vec<RecordOutline>>,
    keelson: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct RequestOutline {
    http: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct RecordOutline {
    #[serde(rename = "eventSource")]
    source: Option<String>,
}

#[derive(Deserialize)]
struct Records<T> {
    #[serde(rename = "Records")]
    records: Vec<T>,
}

impl Invocation {
    /// Tells what a payload is.
    ///
    /// # Errors
    /// [`Malformed`], if it is nothing that Keelson takes.
    pub(crate) fn read(payload: &RawValue) -> Result<Self, Malformed> {
        let text = payload.get();
        let outline: Outline = serde_json::from_str(text).map_err(|_| Malformed::Unknown)?;
        match outline {
            Outline { keelson: Some(_), .. } => read("an order", text).map(Self::Order),
            Outline { request: Some(RequestOutline { http: Some(_) }), .. } => {
                read("a request of an HTTP API", text).map(|request| Self::Request(Box::new(request)))
            }
            Outline { records: Some(records), .. } => Self::of_records(&records, text),
            Outline { .. } => Err(Malformed::Unknown),
        }
    }

    fn of_records(outline: &[RecordOutline], text: &str) -> Result<Self, Malformed> {
        let sources: BTreeSet<&str> =
            outline.iter().map(|record| record.source.as_deref().unwrap_or("nothing")).collect();
        match sources.iter().copied().collect::<Vec<_>>().as_slice() {
            ["aws:sqs"] => {
                read("messages of a queue", text).map(|Records { records }| Self::Messages(records))
            }
            ["aws:dynamodb"] => {
                read("records of a stream", text).map(|Records { records }| Self::Records(records))
            }
            [] => Err(Malformed::Sources("nothing".to_owned())),
            several => Err(Malformed::Sources(several.join(" and "))),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Malformed> {
    serde_json::from_str(text).map_err(|error| Malformed::Part { what, error })
}
