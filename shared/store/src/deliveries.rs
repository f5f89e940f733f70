//! Webhook deliveries: each is taken once, and the newest are shown.

use domain::ConnectionName;
use domain::connection::Delivery;
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table, Versioned};

/// Putting a delivery as new is what makes a repeated one a [`StoreError::Conflict`].
impl Record for Delivery {
    const KIND: Kind = Kind::Delivery;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::delivery(&self.connection, &self.id)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let list = Key::delivery_of_connection(&self.connection, self.at, &self.id);
        Entries { list: Some(list), ..Entries::default() }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(Self::KEPT.after(self.at))
    }
}

impl Store {
    /// A delivery that was taken before, by the host's own id.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn delivery(
        &self,
        connection: &ConnectionName,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Versioned<Delivery>>, StoreError> {
        self.row(Key::delivery(connection, id), now).await
    }

    /// What came through a connection, newest first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn deliveries(
        &self,
        connection: &ConnectionName,
        page: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Delivery>, StoreError> {
        let page = self.page::<Delivery>(&Listing::deliveries_of(connection), page, now).await?;
        Ok(page.map(|Versioned { value, .. }| value))
    }
}
