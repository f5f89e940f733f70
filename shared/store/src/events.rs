//! The event log: the outbox of every change, and the audit log.

use domain::event::Event;
use domain::{EventId, ServiceName};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record, Row};
use crate::{Page, PageRequest, Store, StoreError, Table};

impl Record for Event {
    const KIND: Kind = Kind::Event;
    const TABLE: Table = Table::Events;

    fn key(&self) -> Key {
        Key::event(&self.id)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        Entries {
            list: Some(Key::event_of_all(&self.id)),
            within: self.body.service().map(|service| Key::event_of_service(service, &self.id)),
            due: None,
        }
    }
}

/// The event in a stream record's new image, given as DynamoDB JSON (`{"pk": {"S": "…"}, …}`): how Lambda,
/// EventBridge Pipes and the embedded store hand it over.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is not an event's row.
pub fn event_of_image(image: serde_json::Value) -> Result<Event, StoreError> {
    let item: serde_dynamo::Item = serde_json::from_value(image)
        .map_err(|error| StoreError::Corrupt { at: "a stream record".to_owned(), source: Box::new(error) })?;
    Ok(Row::<Event>::from_item(item.into())?.body)
}

impl Store {
    /// An event.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn event(&self, id: &EventId) -> Result<Option<Event>, StoreError> {
        Ok(self.lasting_row(Key::event(id)).await?.map(|row| row.value))
    }

    /// What happened, newest first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn events(&self, page: &PageRequest) -> Result<Page<Event>, StoreError> {
        let page = self.page::<Event>(&Listing::events(), page, Timestamp::MIN).await?;
        Ok(page.map(|row| row.value))
    }

    /// What happened after an event, oldest first, up to so many.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn events_after(&self, after: &EventId, limit: usize) -> Result<Vec<Event>, StoreError> {
        let listing = Listing::events_after(Some(after));
        let page = self.page::<Event>(&listing, &PageRequest::first(limit), Timestamp::MIN).await?;
        Ok(page.items.into_iter().map(|row| row.value).collect())
    }

    /// What happened to a service, newest first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn events_of_service(
        &self,
        service: &ServiceName,
        page: &PageRequest,
    ) -> Result<Page<Event>, StoreError> {
        let page = self.page::<Event>(&Listing::events_of(service), page, Timestamp::MIN).await?;
        Ok(page.map(|row| row.value))
    }
}
