//! The shape of every row, and what a type needs to be stored as one.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::key::Key;
use crate::table::Table;

/// A row as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is named as the type it holds")]
pub enum Kind {
    Connection,
    Delivery,
    Push,
    PullRequest,
    Check,
    Service,
    Artifact,
    Lane,
    Promotion,
    Deployment,
    CiRun,
    JobSteps,
    Train,
    User,
    Session,
    Token,
    SignInLink,
    PendingSignIn,
    LinkedIdentity,
    Event,
    Checkpoint,
    Retry,
    ConnectionWatch,
    RepositoryWatch,
    Report,
    AuditBlock,
    AuditHead,
    KeptAnswer,
    Standing,
    Sweep,
}

/// How often a row was written. A write that replaces a row names the version it saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    pub(crate) const FIRST: Self = Self(1);

    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The version of a row that was written in place of that one; of a new one if there was none.
    pub const fn written_over(known: Option<Self>) -> Self {
        match known {
            Some(known) => known.next(),
            None => Self::FIRST,
        }
    }

    /// The number, from 1: for an `ETag`.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value and the version of the row it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The version to name when it is replaced.
    pub version: Version,
}

/// What a type needs to be stored: where it belongs, and under which lists it is found.
///
/// Implemented in this crate alone, because only here keys can be spelled.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// What the row holds.
    const KIND: Kind;
    /// The table it is in.
    const TABLE: Table;

    /// Where it is in its table.
    fn key(&self) -> Key;

    /// Its entries in the indexes.
    fn entries(&self, _now: Timestamp) -> Entries {
        Entries::default()
    }

    /// When it is there no more.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// A row's entries in the indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    pub(crate) list: Option<Key>,
    pub(crate) within: Option<Key>,
    pub(crate) due: Option<Key>,
}

/// A row. The value is kept apart in `body`, so that none of its fields can collide with the store's own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row<T> {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) kind: Kind,
    pub(crate) version: Version,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) list_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) list_sk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) within_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) within_sk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) due_sk: Option<String>,
    /// In seconds since 1970, rounded up, as DynamoDB's expiry wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<i64>,
    pub(crate) body: T,
}

impl<'a, T: Record> Row<&'a T> {
    /// The row that holds the value.
    pub(crate) fn of(value: &'a T, version: Version, now: Timestamp) -> Self {
        let Key { pk, sk } = value.key();
        let Entries { list, within, due } = value.entries(now);
        let (list_pk, list_sk) = list.map(Key::into_parts).unzip();
        let (within_pk, within_sk) = within.map(Key::into_parts).unzip();
        let (due_pk, due_sk) = due.map(Key::into_parts).unzip();
        let expires_at = value.expires_at().map(seconds_rounded_up);
        Self {
            pk,
            sk,
            kind: T::KIND,
            version,
            list_pk,
            list_sk,
            within_pk,
            within_sk,
            due_pk,
            due_sk,
            expires_at,
            body: value,
        }
    }

    /// The row as the SDK wants it.
    pub(crate) fn into_item(self) -> Result<Item, StoreError> {
        serde_dynamo::to_item(self).map_err(|error| StoreError::Refused(Box::new(error)))
    }
}

/// The row that holds a value, new, as DynamoDB JSON (`{"pk": {"S": "…"}, …}`): for filling a table from outside.
///
/// # Errors
/// [`StoreError::Refused`] for a value that no row can hold.
pub fn image_of<T: Record>(value: &T, now: Timestamp) -> Result<serde_json::Value, StoreError> {
    let item: serde_dynamo::Item = serde_dynamo::to_item(Row::of(value, Version::FIRST, now))
        .map_err(|error| StoreError::Refused(Box::new(error)))?;
    serde_json::to_value(item).map_err(|error| StoreError::Refused(Box::new(error)))
}

impl<T: Record> Row<T> {
    /// The row that the SDK read.
    pub(crate) fn from_item(item: Item) -> Result<Self, StoreError> {
        let at = address(&item);
        let row: Self = serde_dynamo::from_item(item)
            .map_err(|error| StoreError::Corrupt { at: at.clone(), source: Box::new(error) })?;
        if row.kind != T::KIND {
            let source = format!("expected {:?}, found {:?}", T::KIND, row.kind).into();
            return Err(StoreError::Corrupt { at, source });
        }
        Ok(row)
    }

    /// Whether the row is there no more, although nobody has swept it yet.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now.as_second())
    }

    pub(crate) fn into_versioned(self) -> Versioned<T> {
        Versioned { value: self.body, version: self.version }
    }
}

fn seconds_rounded_up(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

fn address(item: &Item) -> String {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("?", String::as_str);
    format!("{} / {}", part("pk"), part("sk"))
}
