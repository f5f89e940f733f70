//! Trains: several services that promote together.

use domain::TrainId;
use domain::train::Train;
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table, Versioned};

impl Record for Train {
    const KIND: Kind = Kind::Train;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::train(&self.id)
    }

    fn entries(&self, now: Timestamp) -> Entries {
        let list = Some(Key::train_of_all(&self.id));
        Entries { list, within: None, due: self.due(now).map(Key::due) }
    }
}

impl Store {
    /// A train.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn train(&self, id: &TrainId) -> Result<Option<Versioned<Train>>, StoreError> {
        self.lasting_row(Key::train(id)).await
    }

    /// Every train, newest first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn trains(&self, page: &PageRequest) -> Result<Page<Versioned<Train>>, StoreError> {
        self.page(&Listing::trains(), page, Timestamp::MIN).await
    }
}
