//! How git hosts are looked after: connections, repositories, and what was told of promotions.

use domain::manifest::RepositoryRef;
use domain::report::Report;
use domain::watch::{ConnectionWatch, RepositoryWatch};
use domain::{ConnectionName, PromotionId};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Store, StoreError, Table, Versioned};

impl Record for ConnectionWatch {
    const KIND: Kind = Kind::ConnectionWatch;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::connection_watch(&self.connection)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        Entries { due: Some(Key::watch_due(self.next_at)), ..Entries::default() }
    }
}

impl Record for RepositoryWatch {
    const KIND: Kind = Kind::RepositoryWatch;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::repository_watch(&self.repository)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        Entries { list: Some(Key::repository_of_connection(&self.repository)), ..Entries::default() }
    }
}

impl Record for Report {
    const KIND: Kind = Kind::Report;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::report(&self.promotion)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let untold = Key::untold_report(&self.repository.connection, &self.promotion);
        Entries { list: self.problem.is_some().then_some(untold), ..Entries::default() }
    }
}

impl Store {
    /// How a connection is looked after; absent if nobody gave it a token.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn connection_watch(
        &self,
        connection: &ConnectionName,
    ) -> Result<Option<Versioned<ConnectionWatch>>, StoreError> {
        self.lasting_row(Key::connection_watch(connection)).await
    }

    /// The connections that must be looked at now, the longest overdue first.
    ///
    /// Looking at one begins with a write that names the version read, so two do not look at once.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn due_watches(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Versioned<ConnectionWatch>>, StoreError> {
        let keys = self.keys(&Listing::watches_due(now), limit).await?;
        let watches: Vec<Versioned<ConnectionWatch>> = self.rows(keys, now).await?;
        // The index may be a moment behind the rows.
        Ok(watches.into_iter().filter(|watch| watch.value.next_at <= now).collect())
    }

    /// How far a repository was looked at; absent if it never was.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn repository_watch(
        &self,
        repository: &RepositoryRef,
    ) -> Result<Option<Versioned<RepositoryWatch>>, StoreError> {
        self.lasting_row(Key::repository_watch(repository)).await
    }

    /// The repositories of a connection that were looked at, by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn repository_watches(
        &self,
        connection: &ConnectionName,
    ) -> Result<Vec<Versioned<RepositoryWatch>>, StoreError> {
        self.all(&Listing::repositories_of(connection)).await
    }

    /// What a git host could not be told, the oldest promotions first.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn untold_reports(
        &self,
        connection: &ConnectionName,
        limit: usize,
    ) -> Result<Vec<Versioned<Report>>, StoreError> {
        let keys = self.keys(&Listing::untold_of(connection), limit).await?;
        self.rows(keys, Timestamp::MIN).await
    }

    /// What a git host was told of a promotion; absent if nothing was.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn report(&self, promotion: &PromotionId) -> Result<Option<Versioned<Report>>, StoreError> {
        self.lasting_row(Key::report(promotion)).await
    }
}
