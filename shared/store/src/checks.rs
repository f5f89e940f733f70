//! What CI says of commits.

use domain::CommitSha;
use domain::check::{Check, CheckSource, each_once};
use domain::manifest::RepositoryRef;
use serde::{Deserialize, Serialize};

use crate::key::{Key, Listing};
use crate::row::{Kind, Record};
use crate::{Store, StoreError, Table, Versioned};

/// The newest known state of a check, and what it is about.
///
/// To record a report: read with [`Store::check`], ask [`Check::replaces`], write with
/// [`Transaction::save`](crate::Transaction::save) and the version read. A [`StoreError::Conflict`] means that
/// another report came in between: read and ask again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCheck {
    /// The repository.
    pub repository: RepositoryRef,
    /// The commit.
    pub commit: CommitSha,
    /// What CI said last.
    pub check: Check,
}

impl Record for RecordedCheck {
    const KIND: Kind = Kind::Check;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        let Check { source, name, workflow, .. } = &self.check;
        Key::check(&self.repository, &self.commit, *source, name, workflow.as_deref())
    }
}

impl Store {
    /// One check on a commit. Reports without a workflow, and those stored before workflows were told apart, are found
    /// without one.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn check(
        &self,
        repository: &RepositoryRef,
        commit: &CommitSha,
        source: CheckSource,
        name: &str,
        workflow: Option<&str>,
    ) -> Result<Option<Versioned<RecordedCheck>>, StoreError> {
        self.lasting_row(Key::check(repository, commit, source, name, workflow)).await
    }

    /// Every check seen on a commit, each run once.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn checks(
        &self,
        repository: &RepositoryRef,
        commit: &CommitSha,
    ) -> Result<Vec<Check>, StoreError> {
        let rows = self.all::<RecordedCheck>(&Listing::checks_of(repository, commit)).await?;
        Ok(each_once(rows.into_iter().map(|row| row.value.check).collect()))
    }
}
