//! Services as they are declared.

use domain::ServiceName;
use domain::manifest::RepositoryRef;
use domain::service::Service;
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table, Versioned};

impl Record for Service {
    const KIND: Kind = Kind::Service;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::service(self.name())
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let section = &self.manifest.service;
        let list = Key::service_of_branch(&section.repository, &section.branch, &section.name);
        Entries { list: Some(list), ..Entries::default() }
    }
}

impl Store {
    /// A service.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn service(&self, name: &ServiceName) -> Result<Option<Versioned<Service>>, StoreError> {
        self.lasting_row(Key::service(name)).await
    }

    /// Every service, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn services(&self) -> Result<Vec<Versioned<Service>>, StoreError> {
        self.all(&Listing::services()).await
    }

    /// A page of the services, by name.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn services_page(&self, page: &PageRequest) -> Result<Page<Versioned<Service>>, StoreError> {
        self.page(&Listing::services(), page, Timestamp::MIN).await
    }

    /// The services that ship from a branch, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn services_of_branch(
        &self,
        repository: &RepositoryRef,
        branch: &str,
    ) -> Result<Vec<Versioned<Service>>, StoreError> {
        self.all(&Listing::services_of(repository, branch)).await
    }
}
