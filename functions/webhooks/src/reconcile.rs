//! Where a branch is by the host's API is where it should be by what is recorded; if not, what lies between is read
//! and recorded as if its webhook had come.

use domain::CommitSha;
use domain::access::Actor;
use domain::change::{Author, BranchHistory, Push};
use domain::connection::{Connection, Delivery, DeliveryOutcome};
use domain::event::EventBody;
use domain::manifest::RepositoryRef;
use domain::watch::{BranchWatch, RepositoryWatch, TroubleKind};
use edge::RequestContext;
use integrations::git_api::{Between, Head};
use integrations::git_host::Fact;
use store::{PageRequest, StoreError, Version};

use crate::host::Host;
use crate::record::{Record, Recorded};
use crate::repair::{Found, Stopped};
use crate::{App, Error};

/// How a branch stands to what the host says of it.
enum Gap {
    /// It ends where the host says.
    None,
    /// Nothing is known of it yet.
    Unknown,
    /// The host is ahead, or elsewhere, of this.
    After(CommitSha),
    /// The host is at an earlier commit than this.
    Before(CommitSha),
}

/// What is recorded of a branch.
pub(crate) struct Recording {
    pub(crate) history: BranchHistory,
    /// Where the newest push ended.
    pub(crate) head: Option<CommitSha>,
}

impl Recording {
    fn gap(&self, host_is_at: &CommitSha) -> Gap {
        let newest = self.history.newest().map(|push| &push.after);
        let (Some(head), Some(newest)) = (&self.head, newest) else { return Gap::Unknown };
        if host_is_at == head || host_is_at == newest {
            return Gap::None;
        }
        match self.history.contains(host_is_at) {
            true => Gap::Before(newest.clone()),
            false => Gap::After(newest.clone()),
        }
    }
}

/// What is recorded of a branch.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn recorded(
    app: &App,
    repository: &RepositoryRef,
    branch: &str,
) -> Result<Recording, StoreError> {
    let pushes = app.core.store.pushes(repository, branch, &PageRequest::first(store::LONGEST_PAGE)).await?;
    let head = pushes.items.first().map(|push| push.after.clone());
    Ok(Recording { history: BranchHistory::new(pushes.items, Vec::new()), head })
}

/// How far a repository was looked at.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn watch_of(
    app: &App,
    repository: &RepositoryRef,
) -> Result<(RepositoryWatch, Option<Version>), Error> {
    let known = app.core.store.repository_watch(repository).await?;
    Ok(known.map_or_else(
        || (RepositoryWatch::begin(repository.clone()), None),
        |known| (known.value, Some(known.version)),
    ))
}

/// Looks where a branch is, and records what is missing.
///
/// What is recorded is read before the host is asked, so that a webhook that comes in between is no gap.
pub(crate) async fn look(
    app: &App,
    host: &Host,
    connection: &Connection,
    (repository, branch): (&RepositoryRef, &str),
) -> Result<Found, Stopped> {
    let (watch, version) = watch_of(app, repository).await?;
    let known = watch.branches.get(branch);
    let recording = recorded(app, repository, branch).await?;
    let etag = known.filter(|known| known.agrees).and_then(|known| known.etag.as_deref());
    let Head::At { commit, etag } = host.api.head(host.access(repository), branch, etag).await? else {
        return Ok(Found::default());
    };
    let seen = BranchWatch {
        head: commit.clone(),
        etag,
        seen_at: known.filter(|known| known.head == commit).map_or(app.core.now(), |known| known.seen_at),
        agrees: true,
        repaired_at: known.and_then(|known| known.repaired_at),
    };
    let look = Look { app, host, connection, repository, branch };
    match recording.gap(&commit) {
        Gap::None if known == Some(&seen) => Ok(Found::default()),
        Gap::None => look.save(watch, version, seen).await,
        Gap::Unknown => {
            let push = look.last_push(&commit).await?;
            look.record((watch, version), seen, push, Found::default()).await
        }
        Gap::After(base) => {
            let push = look.push_from(base, &commit).await?;
            look.record((watch, version), seen, push, Found { missed: 1, repaired: 1, ..Found::default() })
                .await
        }
        // A host that answers from a copy may be a moment behind. So it must say the same twice.
        Gap::Before(_) if known.is_none_or(|known| known.agrees || known.head != commit) => {
            let found = look.save(watch, version, BranchWatch { agrees: false, ..seen }).await?;
            Ok(Found { soon: true, ..found })
        }
        Gap::Before(newest) => {
            let between = Between { commits: Vec::new(), complete: true };
            let push = Push { forced: true, ..look.push(newest, &commit, between) };
            look.record((watch, version), seen, push, Found { missed: 1, repaired: 1, ..Found::default() })
                .await
        }
    }
}

/// A look at one branch.
struct Look<'a> {
    app: &'a App,
    host: &'a Host,
    connection: &'a Connection,
    repository: &'a RepositoryRef,
    branch: &'a str,
}

impl Look<'_> {
    async fn save(
        &self,
        mut watch: RepositoryWatch,
        version: Option<Version>,
        seen: BranchWatch,
    ) -> Result<Found, Stopped> {
        watch.branches.insert(self.branch.to_owned(), seen);
        let mut transaction = self.app.core.store.transaction(self.app.core.now());
        transaction.save(&watch, version);
        transaction.commit().await?;
        Ok(Found::default())
    }

    fn push(&self, before: CommitSha, after: &CommitSha, between: Between) -> Push {
        Push {
            before,
            after: after.clone(),
            commits: between.commits,
            // The API does not say who pushed.
            pusher: Author::default(),
            forced: false,
            at: self.app.core.now(),
            truncated: !between.complete,
        }
    }

    /// What the newest commit brought: with it a branch begins to be known.
    async fn last_push(&self, head: &CommitSha) -> Result<Push, Stopped> {
        let access = self.host.access(self.repository);
        let listed = self.host.api.commit(access, head).await?;
        let Some(parent) = listed.parents.first().cloned() else {
            let between = Between { commits: vec![listed.commit], complete: true };
            return Ok(self.push(head.zero(), head, between));
        };
        let between = self.host.api.between(access, Some(&parent), head).await?;
        Ok(self.push(parent, head, between))
    }

    /// What was pushed since `base`.
    async fn push_from(&self, base: CommitSha, head: &CommitSha) -> Result<Push, Stopped> {
        let access = self.host.access(self.repository);
        let between = match self.host.api.between(access, Some(&base), head).await {
            Ok(between) => between,
            // History was rewritten, and the host has forgotten what it was.
            Err(error) if matches!(error.kind, TroubleKind::NotFound | TroubleKind::Refused) => {
                let push = self.last_push(head).await?;
                return Ok(Push { before: base, forced: true, truncated: true, ..push });
            }
            Err(error) => return Err(error.into()),
        };
        let lost = self.host.api.between(access, Some(head), &base).await?;
        let push = self.push(base, head, between);
        Ok(Push { forced: !lost.commits.is_empty(), ..push })
    }

    /// Records a push on the way that webhooks go, with a delivery that stands for the one that did not come.
    async fn record(
        &self,
        (mut watch, version): (RepositoryWatch, Option<Version>),
        seen: BranchWatch,
        push: Push,
        found: Found,
    ) -> Result<Found, Stopped> {
        let (app, now, request) = (self.app, self.app.core.now(), RequestContext::internal());
        let commits = push.commits.len();
        let delivery = Delivery {
            connection: self.connection.name.clone(),
            id: format!("read-{}-at-{}", push.after.short(), now.as_millisecond()),
            event: "push".to_owned(),
            action: None,
            outcome: DeliveryOutcome::Accepted,
            reason: Some(match found.missed {
                0 => format!("where {} begins to be followed, read from the git host", self.branch),
                _ => format!("read from the git host, as no webhook told of it: {commits} commits"),
            }),
            notes: Vec::new(),
            at: now,
            size: 0,
        };
        let fact = Fact::Push { repository: self.repository.clone(), branch: self.branch.to_owned(), push };
        let mut record = Record::begin(app, &request, &self.connection.name, now);
        if let Recorded::NothingNew(_) = record.add(&fact).await? {
            return self.save(watch, version, seen).await;
        }
        watch.branches.insert(self.branch.to_owned(), BranchWatch { repaired_at: Some(now), ..seen });
        record.also(&watch, version);
        if found.repaired > 0 {
            let body = EventBody::GapRepaired { repository: self.repository.clone(), deliveries: 0, commits };
            record.also_event(&app.core.event(&request, &Actor::Keelson, body));
        }
        record.end_with(&delivery, None).await?;
        Ok(found)
    }
}
