//! How commits went through CI, and the steps of its jobs.

use domain::ci_path::{JobSteps, Run};
use domain::manifest::RepositoryRef;
use domain::{CommitSha, ServiceName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::{Key, Listing};
use crate::read::Newest;
use crate::row::{Kind, Record};
use crate::{Store, StoreError, Table, Versioned};

impl Record for Run {
    const KIND: Kind = Kind::CiRun;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::ci_run(&self.service, self.registered_at, &self.commit)
    }
}

/// The longest steps of a job, and the commit it ran for.
///
/// Recorded as a check is; see [`RecordedCheck`](crate::RecordedCheck).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedSteps {
    /// The repository.
    pub repository: RepositoryRef,
    /// The commit.
    pub commit: CommitSha,
    /// The steps.
    pub steps: JobSteps,
}

impl Record for RecordedSteps {
    const KIND: Kind = Kind::JobSteps;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::job_steps(&self.repository, &self.commit, &self.steps.job, self.steps.order)
    }
}

impl Store {
    /// A commit's way through CI, by the moment at which its first artifact was registered.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn ci_run(
        &self,
        service: &ServiceName,
        registered_at: Timestamp,
        commit: &CommitSha,
    ) -> Result<Option<Versioned<Run>>, StoreError> {
        self.lasting_row(Key::ci_run(service, registered_at, commit)).await
    }

    /// The runs of a service whose artifacts were registered from a moment on, newest first, up to so many.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn ci_runs_since(
        &self,
        service: &ServiceName,
        since: Timestamp,
        most: usize,
    ) -> Result<Newest<Run>, StoreError> {
        self.newest(&Listing::ci_runs_since(service, since), most).await
    }

    /// The steps of the job of that name in that run of a workflow.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn steps_of_job(
        &self,
        repository: &RepositoryRef,
        commit: &CommitSha,
        job: &str,
        order: u64,
    ) -> Result<Option<Versioned<RecordedSteps>>, StoreError> {
        self.lasting_row(Key::job_steps(repository, commit, job, order)).await
    }

    /// The steps of every job that ran for a commit.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn job_steps(
        &self,
        repository: &RepositoryRef,
        commit: &CommitSha,
    ) -> Result<Vec<JobSteps>, StoreError> {
        let rows = self.all::<RecordedSteps>(&Listing::job_steps_of(repository, commit)).await?;
        Ok(rows.into_iter().map(|row| row.value.steps).collect())
    }
}
