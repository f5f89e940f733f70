//! Connections to git hosts, and what came through them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ConnectionName;
use domain::connection::{Connection, ConnectionActivity, DeliveryOutcome};
use jiff::Timestamp;

use crate::error::failed;
use crate::key::{Key, Listing};
use crate::read::key_attributes;
use crate::row::{Item, Kind, Record};
use crate::table::PRIMARY;
use crate::{Store, StoreError, Table, Versioned};

impl Record for Connection {
    const KIND: Kind = Kind::Connection;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::connection(&self.name)
    }
}

/// What an attribute of the counters' row begins with; the outcome and the host's word for the event follow.
const COUNT: &str = "count";
const ACCEPTED: &str = "accepted";
const IGNORED: &str = "ignored";
const REJECTED: &str = "rejected";
const REPEATED: &str = "repeated";
const LAST_DELIVERY: &str = "last_delivery_at";
const LAST_PING: &str = "last_ping_at";
/// How much of an event's name is told from others. Names come from outside.
const LONGEST_NAME: usize = 64;

impl Store {
    /// A connection.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn connection(
        &self,
        name: &ConnectionName,
    ) -> Result<Option<Versioned<Connection>>, StoreError> {
        self.lasting_row(Key::connection(name)).await
    }

    /// Every connection, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn connections(&self) -> Result<Vec<Versioned<Connection>>, StoreError> {
        self.all(&Listing::connections()).await
    }

    /// How alive a connection is.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn connection_activity(&self, name: &ConnectionName) -> Result<ConnectionActivity, StoreError> {
        let counters = self.item(Table::Delivery, Key::connection_counters(name)).await?;
        Ok(counters.map(activity).unwrap_or_default())
    }

    /// Counts one delivery. `event` is the host's word for its kind.
    ///
    /// One atomic addition outside of any transaction, so that deliveries that arrive together do not get in each
    /// other's way.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn count_delivery(
        &self,
        name: &ConnectionName,
        event: &str,
        outcome: DeliveryOutcome,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let event: String = event.chars().take(LONGEST_NAME).collect();
        let mut set = format!("{LAST_DELIVERY} = :at");
        if event == "ping" {
            set += &format!(", {LAST_PING} = :at");
        }
        let request = self
            .client
            .update_item()
            .table_name(self.table_name(Table::Delivery))
            .set_key(Some(key_attributes(PRIMARY, Key::connection_counters(name))))
            .update_expression(format!("ADD #count :one SET {set}"))
            .expression_attribute_names("#count", format!("{COUNT}#{}#{event}", outcome_word(outcome)))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":at", AttributeValue::S(at.to_string()));
        request.send().await.map(drop).map_err(failed)
    }
}

/// Reads the counters' row, which has an attribute for each event and outcome because those can be added to alone.
fn activity(row: Item) -> ConnectionActivity {
    let mut activity = ConnectionActivity {
        last_delivery_at: moment(&row, LAST_DELIVERY),
        last_ping_at: moment(&row, LAST_PING),
        counts: BTreeMap::new(),
    };
    for (attribute, value) in &row {
        let mut parts = attribute.splitn(3, '#');
        let (Some(COUNT), Some(outcome), Some(event)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let count = value.as_n().ok().and_then(|number| number.parse().ok()).unwrap_or(0);
        let counts = activity.counts.entry(event.to_owned()).or_default();
        match outcome {
            ACCEPTED => counts.accepted = count,
            IGNORED => counts.ignored = count,
            REPEATED => counts.repeated = count,
            _ => counts.rejected = count,
        }
    }
    activity
}

fn moment(row: &Item, attribute: &str) -> Option<Timestamp> {
    row.get(attribute)?.as_s().ok()?.parse().ok()
}

fn outcome_word(outcome: DeliveryOutcome) -> &'static str {
    match outcome {
        DeliveryOutcome::Accepted => ACCEPTED,
        DeliveryOutcome::Ignored => IGNORED,
        DeliveryOutcome::Rejected => REJECTED,
        DeliveryOutcome::Repeated => REPEATED,
    }
}
