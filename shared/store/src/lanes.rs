//! The environments of services, and what runs there.

use domain::lane::Lane;
use domain::{EnvironmentName, ServiceName};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Store, StoreError, Table, Versioned};

impl Record for Lane {
    const KIND: Kind = Kind::Lane;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::lane(&self.service, &self.environment)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let list = Key::lane_of_all(&self.service, &self.environment);
        // A lock that ends by itself is the only clock of an environment; its promotions have their own.
        let due = self.lock.as_ref().and_then(|lock| lock.until).map(Key::due);
        Entries { list: Some(list), due, ..Entries::default() }
    }
}

impl Store {
    /// One environment of a service; absent before anything was proposed for it.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn lane(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<Versioned<Lane>>, StoreError> {
        self.lasting_row(Key::lane(service, environment)).await
    }

    /// The environments of a service, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn lanes(&self, service: &ServiceName) -> Result<Vec<Versioned<Lane>>, StoreError> {
        self.all(&Listing::lanes_of(service)).await
    }

    /// The environments of every service, by service and name: for an overview, in few requests.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn all_lanes(&self) -> Result<Vec<Versioned<Lane>>, StoreError> {
        self.all(&Listing::lanes()).await
    }
}
