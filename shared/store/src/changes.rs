//! What changed in repositories: pushes and merged pull requests.

use domain::CommitSha;
use domain::change::{PullRequest, Push};
use domain::manifest::RepositoryRef;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table};

/// A push, and where it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPush {
    /// The repository.
    pub repository: RepositoryRef,
    /// The branch.
    pub branch: String,
    /// What was pushed.
    pub push: Push,
}

impl Record for RecordedPush {
    const KIND: Kind = Kind::Push;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::push(&self.repository, &self.branch, self.push.at, &self.push.after)
    }
}

/// A merged pull request, and where it was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPullRequest {
    /// The repository.
    pub repository: RepositoryRef,
    /// The pull request.
    pub pull_request: PullRequest,
}

impl Record for RecordedPullRequest {
    const KIND: Kind = Kind::PullRequest;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::pull_request(&self.repository, &self.pull_request.merge_commit)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let PullRequest { merged_at, number, .. } = self.pull_request;
        let list = Key::pull_request_of_repository(&self.repository, merged_at, number);
        Entries { list: Some(list), ..Entries::default() }
    }
}

impl Store {
    /// The pushes to a branch, the newest received first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn pushes(
        &self,
        repository: &RepositoryRef,
        branch: &str,
        page: &PageRequest,
    ) -> Result<Page<Push>, StoreError> {
        let listing = Listing::pushes_to(repository, branch);
        let page = self.page::<RecordedPush>(&listing, page, Timestamp::MIN).await?;
        Ok(page.map(|row| row.value.push))
    }

    /// The pull request whose merge made that commit.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn pull_request(
        &self,
        repository: &RepositoryRef,
        merge_commit: &CommitSha,
    ) -> Result<Option<PullRequest>, StoreError> {
        let row =
            self.lasting_row::<RecordedPullRequest>(Key::pull_request(repository, merge_commit)).await?;
        Ok(row.map(|row| row.value.pull_request))
    }

    /// The merged pull requests of a repository, the newest merged first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn pull_requests(
        &self,
        repository: &RepositoryRef,
        page: &PageRequest,
    ) -> Result<Page<PullRequest>, StoreError> {
        let listing = Listing::pull_requests_of(repository);
        let page = self.page::<RecordedPullRequest>(&listing, page, Timestamp::MIN).await?;
        Ok(page.map(|row| row.value.pull_request))
    }
}
