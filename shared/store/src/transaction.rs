//! Writing: several rows at once, all of them or none.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};
use domain::event::Event;
use jiff::Timestamp;

use crate::StoreError;
use crate::connect::{Store, refused};
use crate::error::transaction_failed;
use crate::key::Key;
use crate::read::key_attributes;
use crate::row::{Record, Row, Version, Versioned};
use crate::table::{EXPIRES_AT, PRIMARY, Table};

/// How many writes DynamoDB takes in one transaction.
pub const MOST_WRITES: usize = 100;

/// Writes that happen together or not at all.
///
/// What must follow from a change is written with it, as events: see [`Transaction::event`].
/// A row can be named once only.
#[must_use = "nothing is written until `commit`"]
#[derive(Debug)]
pub struct Transaction {
    store: Store,
    now: Timestamp,
    /// What cannot be written is told at the end, so that writes can be listed without an error each.
    writes: Result<Vec<TransactWriteItem>, StoreError>,
}

impl Transaction {
    pub(crate) fn new(store: Store, now: Timestamp) -> Self {
        Self { store, now, writes: Ok(Vec::new()) }
    }

    /// Writes a row that must not be there yet, or have expired.
    pub fn put_new<T: Record>(&mut self, value: &T) -> &mut Self {
        self.put(value, Version::FIRST, Condition::Absent)
    }

    /// Replaces a row that must still have that version.
    pub fn replace<T: Record>(&mut self, value: &T, version: Version) -> &mut Self {
        self.put(value, version.next(), Condition::Unchanged(version))
    }

    /// Writes a row that was absent when it was looked for, or replaces the version that was found.
    pub fn save<T: Record>(&mut self, value: &T, known: Option<Version>) -> &mut Self {
        match known {
            None => self.put_new(value),
            Some(version) => self.replace(value, version),
        }
    }

    /// Writes a row whatever is there: for facts that are the same however often they are told, and that nobody
    /// replaces by version, because this starts the versions anew.
    pub fn overwrite<T: Record>(&mut self, value: &T) -> &mut Self {
        self.put(value, Version::FIRST, Condition::None)
    }

    /// Deletes a row that must still be as it was read. So of two that take it, one fails.
    pub fn take<T: Record>(&mut self, read: &Versioned<T>) -> &mut Self {
        let condition = Condition::Unchanged(read.version);
        self.delete(&read.value, condition)
    }

    /// Deletes a row, if it is there.
    pub fn remove<T: Record>(&mut self, value: &T) -> &mut Self {
        self.delete(value, Condition::None)
    }

    /// Writes nothing, but fails if the row is no longer as it was read.
    pub fn check<T: Record>(&mut self, read: &Versioned<T>) -> &mut Self {
        let table = self.store.table_name(T::TABLE);
        let (expression, values) = Condition::Unchanged(read.version).spelled(self.now);
        let check = ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(key_attributes(PRIMARY, read.value.key())))
            .set_condition_expression(expression)
            .set_expression_attribute_values(values)
            .build();
        self.push(
            check.map_err(refused).map(|check| TransactWriteItem::builder().condition_check(check).build()),
        )
    }

    /// Writes what happened, for the audit log and for whoever subscribes to it.
    pub fn event(&mut self, event: &Event) -> &mut Self {
        self.put_new(event)
    }

    /// Writes it all. A transaction without writes does nothing.
    ///
    /// A try that is repeated because its answer was lost is recognized, and happens once.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if any row is not as the transaction demands; then nothing was written.
    /// [`StoreError::Refused`] if it has more than [`MOST_WRITES`] writes, or names a row twice.
    pub async fn commit(self) -> Result<(), StoreError> {
        let writes = self.writes?;
        if writes.is_empty() {
            return Ok(());
        }
        if writes.len() > MOST_WRITES {
            return Err(refused(format!("{} writes in one transaction", writes.len())));
        }
        // The SDK makes the idempotency token, and keeps it over its own retries.
        let request = self.store.client.transact_write_items().set_transact_items(Some(writes));
        request.send().await.map(drop).map_err(transaction_failed)
    }

    fn put<T: Record>(&mut self, value: &T, version: Version, condition: Condition) -> &mut Self {
        let table = self.store.table_name(T::TABLE);
        let (expression, values) = condition.spelled(self.now);
        let write = Row::of(value, version, self.now).into_item().and_then(|item| {
            let put = Put::builder()
                .table_name(table)
                .set_item(Some(item))
                .set_condition_expression(expression)
                .set_expression_attribute_values(values)
                .build();
            Ok(TransactWriteItem::builder().put(put.map_err(refused)?).build())
        });
        self.push(write)
    }

    fn delete<T: Record>(&mut self, value: &T, condition: Condition) -> &mut Self {
        let (expression, values) = condition.spelled(self.now);
        let delete = Delete::builder()
            .table_name(self.store.table_name(T::TABLE))
            .set_key(Some(key_attributes(PRIMARY, value.key())))
            .set_condition_expression(expression)
            .set_expression_attribute_values(values)
            .build();
        self.push(delete.map_err(refused).map(|delete| TransactWriteItem::builder().delete(delete).build()))
    }

    /// Adds to numbers of a row that holds nothing else, and makes it if it is not there; nothing if there is nothing
    /// to add.
    pub(crate) fn add(
        &mut self,
        table: Table,
        key: Key,
        parts: Vec<(&'static str, i64)>,
        expires_at: Option<i64>,
    ) -> &mut Self {
        if parts.is_empty() {
            return self;
        }
        let number = |number: i64| AttributeValue::N(number.to_string());
        let mut update = Update::builder()
            .table_name(self.store.table_name(table))
            .set_key(Some(key_attributes(PRIMARY, key)));
        let mut sums = Vec::new();
        for (name, by) in parts {
            sums.push(format!("#{name} :{name}"));
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), number(by));
        }
        let mut expression = format!("ADD {}", sums.join(", "));
        if let Some(end) = expires_at {
            expression += &format!(" SET {EXPIRES_AT} = :end");
            update = update.expression_attribute_values(":end", number(end));
        }
        let update = update.update_expression(expression).build().map_err(refused);
        self.push(update.map(|update| TransactWriteItem::builder().update(update).build()))
    }

    /// Writes a row that says something by being there, whether it is there or not.
    pub(crate) fn mark(&mut self, table: Table, key: Key) -> &mut Self {
        let put = Put::builder()
            .table_name(self.store.table_name(table))
            .set_item(Some(key_attributes(PRIMARY, key)))
            .build();
        self.push(put.map_err(refused).map(|put| TransactWriteItem::builder().put(put).build()))
    }

    fn push(&mut self, write: Result<TransactWriteItem, StoreError>) -> &mut Self {
        match (&mut self.writes, write) {
            (Ok(writes), Ok(write)) => writes.push(write),
            (Ok(_), Err(error)) => self.writes = Err(error),
            (Err(_), _) => {}
        }
        self
    }
}

/// What must be true of a row for a write to happen.
enum Condition {
    None,
    Absent,
    Unchanged(Version),
}

type Spelled = (Option<String>, Option<std::collections::HashMap<String, AttributeValue>>);

impl Condition {
    fn spelled(self, now: Timestamp) -> Spelled {
        let number = |name: &str, value: String| Some([(name.to_owned(), AttributeValue::N(value))].into());
        match self {
            Self::None => (None, None),
            Self::Absent => (
                Some(format!("attribute_not_exists(pk) OR {EXPIRES_AT} <= :now")),
                number(":now", now.as_second().to_string()),
            ),
            Self::Unchanged(version) => {
                (Some("version = :version".to_owned()), number(":version", version.to_string()))
            }
        }
    }
}
