//! Services as they are declared.

use domain::ServiceName;
use domain::manifest::RepositoryRef;
use domain::service::Service;
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::page::Position;
use crate::row::{Entries, Kind, Record};
use crate::{Cursor, Page, PageRequest, Store, StoreError, Table, Versioned};

impl Record for Service {
    const KIND: Kind = Kind::Service;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::service(self.name())
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let section = &self.manifest.service;
        let list = Key::service_of_branch(&section.repository, &section.branch, &section.name);
        let within = Key::service_of_repository(&section.repository, &section.name);
        Entries { list: Some(list), within: Some(within), due: None }
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

    /// Where a page of the services goes on that begins behind one of them.
    pub fn after_service(name: &ServiceName) -> Cursor {
        let position = Position { sk: Key::service(name).into_parts().1, row: None };
        Cursor::at(&Listing::services(), position)
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

    /// Several services, in that order; those that do not exist are left out.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn services_named(&self, names: &[ServiceName]) -> Result<Vec<Versioned<Service>>, StoreError> {
        self.rows(names.iter().map(Key::service).collect(), Timestamp::MIN).await
    }

    /// The services of a repository, whatever branch they ship from, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn services_of_repository(
        &self,
        repository: &RepositoryRef,
    ) -> Result<Vec<Versioned<Service>>, StoreError> {
        self.all(&Listing::services_within(repository)).await
    }
}
