//! What one webhook says becomes rows and events, all of them or none.

use domain::ConnectionName;
use domain::access::Actor;
use domain::change::Push;
use domain::connection::Delivery;
use domain::event::{Event, EventBody};
use domain::manifest::RepositoryRef;
use edge::RequestContext;
use integrations::git_host::Fact;
use jiff::Timestamp;
use store::{
    PageRequest, RecordedCheck, RecordedPullRequest, RecordedPush, RecordedSteps, StoreError, Transaction,
    Version,
};

use crate::App;
use crate::reconcile;
use crate::split::split;

/// How many rows of a push go into one transaction: DynamoDB takes 4 MB, and a row has up to 200 KB.
const MOST_PUSH_ROWS: usize = 12;

/// What became of a fact.
pub(crate) enum Recorded {
    /// It is in the transaction.
    Written,
    /// It is known already, or older than what is known.
    NothingNew(&'static str),
}

/// The writes of one webhook.
pub(crate) struct Record<'a> {
    app: &'a App,
    request: &'a RequestContext,
    connection: &'a ConnectionName,
    now: Timestamp,
    transaction: Transaction,
}

impl<'a> Record<'a> {
    pub(crate) fn begin(
        app: &'a App,
        request: &'a RequestContext,
        connection: &'a ConnectionName,
        now: Timestamp,
    ) -> Self {
        Self { app, request, connection, now, transaction: app.core.store.transaction(now) }
    }

    /// Adds a fact. Nothing is final before [`Record::end_with`].
    pub(crate) async fn add(&mut self, fact: &Fact) -> Result<Recorded, StoreError> {
        match fact {
            Fact::Ping => {
                self.event(EventBody::ConnectionPinged { connection: self.connection.clone() });
            }
            Fact::Push { repository, branch, push } => return self.push(repository, branch, push).await,
            Fact::PullRequestMerged { repository, pull_request } => {
                let (repository, pull_request) = (repository.clone(), pull_request.clone());
                self.event(EventBody::PullRequestMerged {
                    repository: repository.clone(),
                    number: pull_request.number,
                    merge_commit: pull_request.merge_commit.clone(),
                });
                self.transaction.overwrite(&RecordedPullRequest { repository, pull_request });
            }
            Fact::Check { repository, commit, check } => {
                let recorded = RecordedCheck {
                    repository: repository.clone(),
                    commit: commit.clone(),
                    check: check.clone(),
                };
                return self.check(recorded).await;
            }
            Fact::Steps { repository, commit, steps } => {
                let (repository, commit) = (repository.clone(), commit.clone());
                self.steps(RecordedSteps { repository, commit, steps: steps.clone() }).await?;
            }
            // Kept in the delivery itself.
            Fact::Note(_) => {}
        }
        Ok(Recorded::Written)
    }

    /// Writes it all, and the delivery with it, so that a delivery that is known was written as a whole.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the delivery, or a check it reports on, was written in the meantime.
    pub(crate) async fn end_with(
        mut self,
        delivery: &Delivery,
        known: Option<Version>,
    ) -> Result<(), StoreError> {
        self.transaction.save(delivery, known);
        self.transaction.commit().await
    }

    /// Writes it all, of what did not come with a delivery.
    pub(crate) async fn end(self) -> Result<(), StoreError> {
        self.transaction.commit().await
    }

    /// Writes something else with it.
    pub(crate) fn also<T: store::Record>(&mut self, value: &T, known: Option<Version>) {
        self.transaction.save(value, known);
    }

    /// Tells something else with it.
    pub(crate) fn also_event(&mut self, event: &Event) {
        self.transaction.event(event);
    }

    async fn push(
        &mut self,
        repository: &RepositoryRef,
        branch: &str,
        push: &Push,
    ) -> Result<Recorded, StoreError> {
        if self.was_read(repository, branch, push).await? {
            return Ok(Recorded::NothingNew("what it tells was read from the git host already"));
        }
        self.rows(repository, branch, push).await?;
        self.event(EventBody::PushRecorded {
            repository: repository.clone(),
            branch: branch.to_owned(),
            after: push.after.clone(),
            commits: push.commits.len(),
        });
        Ok(Recorded::Written)
    }

    /// Whether the push comes late: its commits were missed once, and read from the host. Where nothing was ever read,
    /// that is no question, and costs one row; where the push goes on from the newest one, it is news, and costs two.
    async fn was_read(
        &self,
        repository: &RepositoryRef,
        branch: &str,
        push: &Push,
    ) -> Result<bool, StoreError> {
        let watch = self.app.core.store.repository_watch(repository).await?;
        let branch_watch = watch.as_ref().and_then(|watch| watch.value.branches.get(branch));
        if branch_watch.is_none_or(|watch| watch.repaired_at.is_none()) {
            return Ok(false);
        }
        let newest = self.app.core.store.pushes(repository, branch, &PageRequest::first(1)).await?.items;
        if newest.first().is_none_or(|newest| newest.after == push.before) {
            return Ok(false);
        }
        let recording = reconcile::recorded(self.app, repository, branch).await?;
        Ok(recording.head.is_some_and(|head| recording.history.tells(push, &head)))
    }

    /// A push may be too large for one transaction. Then its older parts are written before: they are the same
    /// however often they are written, nothing is told of them, and without the delivery they are written again.
    pub(crate) async fn rows(
        &mut self,
        repository: &RepositoryRef,
        branch: &str,
        push: &Push,
    ) -> Result<(), StoreError> {
        let row = |push| RecordedPush { repository: repository.clone(), branch: branch.to_owned(), push };
        let rows: Vec<RecordedPush> = split(push).into_iter().map(row).collect();
        let (before, last) = rows.split_at(rows.len().saturating_sub(MOST_PUSH_ROWS));
        for some in before.chunks(MOST_PUSH_ROWS) {
            let mut transaction = self.app.core.store.transaction(self.now);
            for row in some {
                transaction.overwrite(row);
            }
            transaction.commit().await?;
        }
        for row in last {
            self.transaction.overwrite(row);
        }
        Ok(())
    }

    async fn check(&mut self, recorded: RecordedCheck) -> Result<Recorded, StoreError> {
        let RecordedCheck { repository, commit, check } = &recorded;
        let workflow = check.workflow.as_deref();
        let known =
            self.app.core.store.check(repository, commit, check.source, &check.name, workflow).await?;
        if known.as_ref().is_some_and(|known| !check.replaces(&known.value.check)) {
            return Ok(Recorded::NothingNew("this report of the check, or a later one, is known already"));
        }
        self.event(EventBody::CheckRecorded {
            repository: repository.clone(),
            commit: commit.clone(),
            name: check.name.clone(),
            state: check.state,
        });
        self.transaction.save(&recorded, known.map(|known| known.version));
        Ok(Recorded::Written)
    }

    /// The steps come with their job's report, which says whether it is late.
    async fn steps(&mut self, recorded: RecordedSteps) -> Result<(), StoreError> {
        let RecordedSteps { repository, commit, steps } = &recorded;
        let store = &self.app.core.store;
        let known = store.steps_of_job(repository, commit, &steps.job, steps.order).await?;
        if known.as_ref().is_none_or(|known| steps.replaces(&known.value.steps)) {
            self.transaction.save(&recorded, known.map(|known| known.version));
        }
        Ok(())
    }

    fn event(&mut self, body: EventBody) {
        let actor = Actor::Connection { connection: self.connection.clone() };
        let event = self.app.core.event(self.request, &actor, body);
        self.transaction.event(&event);
    }
}
