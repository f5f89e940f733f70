//! Deleting what has expired, for a runtime whose store does not do so by itself.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::error::failed;
use crate::key::Key;
use crate::read::key_attributes;
use crate::table::{EXPIRES_AT, PRIMARY};
use crate::{Store, StoreError, Table};

impl Store {
    /// Deletes the row at a place of a table, a partition and a sort key, if it has expired, and answers whether it
    /// was.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn remove_expired(
        &self,
        table: Table,
        (pk, sk): (String, String),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(self.table_name(table))
            .set_key(Some(key_attributes(PRIMARY, Key { pk, sk })))
            // It may have been written again since somebody found that it has expired.
            .condition_expression(format!("{EXPIRES_AT} <= :now"))
            .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()));
        match request.send().await.map_err(failed) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
