//! Token buckets that every process of an installation takes from.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Period;
use domain::rate::Limit;
use jiff::Timestamp;

use crate::error::failed;
use crate::key::Key;
use crate::read::key_attributes;
use crate::table::{EXPIRES_AT, PRIMARY};
use crate::{Store, StoreError, Table};

/// The attribute that says when the bucket is full again, in milliseconds since 1970.
const FULL_AT: &str = "full_at";

impl Store {
    /// Takes one from a bucket, unless it is empty: then one period, which is how long whoever comes first has to wait.
    ///
    /// One conditional write from a bucket that is full, two from one that is not, and nothing else is read or kept:
    /// the rule is that of [`Limit::admit`], spelled as conditions. The row is gone when the bucket is full again.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn take_from_bucket(
        &self,
        name: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<Result<(), Period>, StoreError> {
        let (now, every) = (now.as_millisecond(), limit.every.as_millis());
        let idle = format!("attribute_not_exists({FULL_AT}) OR {FULL_AT} <= :bound");
        if self.move_bucket(name, limit, &format!("SET {FULL_AT} = :by"), (now + every, now), &idle).await? {
            return Ok(Ok(()));
        }
        let latest = now + limit.span().as_millis() - every;
        let not_empty = format!("{FULL_AT} <= :bound");
        if self
            .move_bucket(
                name,
                limit,
                &format!("SET {FULL_AT} = {FULL_AT} + :by"),
                (every, latest),
                &not_empty,
            )
            .await?
        {
            return Ok(Ok(()));
        }
        // How long exactly is in the row; one period is right for whoever comes first.
        Ok(Err(limit.every))
    }

    async fn move_bucket(
        &self,
        name: &str,
        limit: Limit,
        update: &str,
        (by, bound): (i64, i64),
        condition: &str,
    ) -> Result<bool, StoreError> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let end = (bound + 2 * limit.span().as_millis()) / 1_000 + 1;
        let request = self
            .client
            .update_item()
            .table_name(self.table_name(Table::Access))
            .set_key(Some(key_attributes(PRIMARY, Key::bucket(name))))
            .update_expression(format!("{update}, {EXPIRES_AT} = :end"))
            .condition_expression(condition)
            .expression_attribute_values(":by", number(by))
            .expression_attribute_values(":bound", number(bound))
            .expression_attribute_values(":end", number(end));
        match request.send().await.map_err(failed) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
