//! Artifacts: what was built, from which commit. Their bytes are elsewhere.

use domain::artifact::Artifact;
use domain::{CommitSha, Digest, ServiceName};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table, Versioned};

impl Record for Artifact {
    const KIND: Kind = Kind::Artifact;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::artifact(&self.service, &self.digest)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let Self { service, commit, announced_at, digest, .. } = self;
        Entries {
            list: Some(Key::artifact_of_service(service, *announced_at, digest)),
            within: Some(Key::artifact_of_commit(service, commit, *announced_at, digest)),
            due: None,
        }
    }
}

impl Store {
    /// An artifact of a service.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn artifact(
        &self,
        service: &ServiceName,
        digest: &Digest,
    ) -> Result<Option<Versioned<Artifact>>, StoreError> {
        self.lasting_row(Key::artifact(service, digest)).await
    }

    /// The artifacts of a service, the newest announced first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn artifacts(
        &self,
        service: &ServiceName,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Artifact>>, StoreError> {
        self.page(&Listing::artifacts_of(service), page, Timestamp::MIN).await
    }

    /// What was built for a service from one commit, the newest announced first.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn artifacts_of_commit(
        &self,
        service: &ServiceName,
        commit: &CommitSha,
    ) -> Result<Vec<Versioned<Artifact>>, StoreError> {
        self.all(&Listing::artifacts_of_commit(service, commit)).await
    }
}
