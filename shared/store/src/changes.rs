//! What changed in repositories: pushes and merged pull requests.

use domain::change::{Commit, PullRequest, Push};
use domain::manifest::RepositoryRef;
use domain::{CommitPrefix, CommitSha};
use jiff::{SignedDuration, Timestamp};
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

/// How many bytes of commits one row takes. DynamoDB's limit is 400 KB for all of a row, names of fields included.
const MOST_COMMIT_BYTES: usize = 200_000;

impl RecordedPush {
    /// The same push as one or more that fit into a row each.
    ///
    /// A push of thousands of commits becomes a chain of pushes, each starting where the one before ended, which is
    /// the same history.
    pub fn into_parts(self) -> Vec<Self> {
        let Self { repository, branch, push } = self;
        let chunks = split_by_size(push.commits);
        let last = chunks.len() - 1;
        let mut before = push.before;
        let mut at = push.at;
        let part = |(index, commits): (usize, Vec<Commit>)| {
            let end =
                commits.last().filter(|_| index < last).map_or(&push.after, |commit| &commit.sha).clone();
            let part = Push {
                before: std::mem::replace(&mut before, end.clone()),
                after: end,
                commits,
                pusher: push.pusher.clone(),
                forced: push.forced,
                at,
                truncated: push.truncated && index == 0,
            };
            // A nanosecond later, so that the part with the branch's new end stays the newest.
            at = at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(at);
            Self { repository: repository.clone(), branch: branch.clone(), push: part }
        };
        chunks.into_iter().enumerate().map(part).collect()
    }
}

/// Chunks of commits, each small enough for a row; one empty chunk if there are no commits.
fn split_by_size(commits: Vec<Commit>) -> Vec<Vec<Commit>> {
    let mut chunks = vec![Vec::new()];
    let mut room = MOST_COMMIT_BYTES;
    for commit in commits {
        let size = serde_json::to_vec(&commit).map_or(0, |text| text.len());
        if size > room && room < MOST_COMMIT_BYTES {
            chunks.push(Vec::new());
            room = MOST_COMMIT_BYTES;
        }
        room = room.saturating_sub(size);
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(commit);
        }
    }
    chunks
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
        // Most hosts write the whole hash, and one cuts it.
        for prefix in [CommitPrefix::from(merge_commit.clone()), CommitPrefix::cut(merge_commit)] {
            let key = Key::pull_request(repository, &prefix);
            if let Some(row) = self.lasting_row::<RecordedPullRequest>(key).await? {
                return Ok(Some(row.value.pull_request));
            }
        }
        Ok(None)
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
