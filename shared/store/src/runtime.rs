//! Where the bus of one machine is: how far each subscriber has read, and what must be handed over again.

use domain::EventId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table, Versioned};

/// How far a subscriber has read the stream of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Who.
    pub subscriber: String,
    /// The last place in the stream that is done with, as the stream spells it.
    pub position: String,
    /// Since when.
    pub at: Timestamp,
}

impl Record for Checkpoint {
    const KIND: Kind = Kind::Checkpoint;
    const TABLE: Table = Table::Runtime;

    fn key(&self) -> Key {
        Key::checkpoint(&self.subscriber)
    }
}

/// An event that a subscriber could not handle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Who could not.
    pub subscriber: String,
    /// What.
    pub event: EventId,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// Why the last try failed.
    pub last_error: String,
    /// Whether nobody tries any more: a dead letter, until a person sends it again.
    pub dead: bool,
}

impl Record for Retry {
    const KIND: Kind = Kind::Retry;
    const TABLE: Table = Table::Runtime;

    fn key(&self) -> Key {
        Key::retry(&self.subscriber, &self.event)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let dead = self.dead.then(|| Key::dead_letter(&self.subscriber, &self.event));
        let due = (!self.dead).then(|| Key::retry_due(self.next_at));
        Entries { list: dead, within: None, due }
    }
}

impl Store {
    /// How far a subscriber has read; absent before its first event.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn checkpoint(&self, subscriber: &str) -> Result<Option<Checkpoint>, StoreError> {
        Ok(self.lasting_row(Key::checkpoint(subscriber)).await?.map(|row| row.value))
    }

    /// An event that a subscriber could not handle.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn retry(
        &self,
        subscriber: &str,
        event: &EventId,
    ) -> Result<Option<Versioned<Retry>>, StoreError> {
        self.lasting_row(Key::retry(subscriber, event)).await
    }

    /// What must be tried again now, the longest overdue first.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn due_retries(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<Retry>>, StoreError> {
        let keys = self.keys(&Listing::retries_due(now), limit).await?;
        self.rows(keys, now).await
    }

    /// What nobody tries any more, the newest event first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn dead_letters(&self, page: &PageRequest) -> Result<Page<Versioned<Retry>>, StoreError> {
        self.page(&Listing::dead_letters(), page, Timestamp::MIN).await
    }

    /// How many events nobody tries any more, up to `most`: none of them is read.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn dead_letter_count(&self, most: usize) -> Result<usize, StoreError> {
        Ok(self.keys(&Listing::dead_letters(), most).await?.len())
    }
}

impl Retry {
    /// The dead letter as it is tried again at once, from the first attempt.
    pub fn redriven(self, now: Timestamp) -> Self {
        Self { attempts: 0, next_at: now, dead: false, ..self }
    }
}
