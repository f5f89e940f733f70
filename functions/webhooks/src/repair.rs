//! Gaps are repaired by the clock: what webhooks did not tell is asked for, and made up for.

use std::collections::{BTreeMap, BTreeSet};

use domain::connection::Connection;
use domain::manifest::RepositoryRef;
use domain::service::Service;
use domain::watch::{ConnectionWatch, Trouble, TroubleKind};
use futures_util::future::join_all;
use integrations::git_api::{self, ApiError};
use store::{StoreError, Versioned};

use crate::host::{self, Host};
use crate::{App, Error, complete, reconcile, redeliver, report};

/// How many connections one tick looks at.
const DUE: usize = 16;
/// How many repositories one look comes to; the next one goes on from there, at once.
const MOST_REPOSITORIES: usize = 50;
/// How many untold promotions one look tries to tell.
const UNTOLD: usize = 20;
/// How often what a look found is written again when others write at the same time.
const MOST_TRIES: usize = 5;

/// Which branches of which repositories are looked at.
type Branches = BTreeMap<RepositoryRef, BTreeSet<String>>;

/// What looking at something found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// How much was missing.
    pub(crate) missed: u64,
    /// How much was made up for.
    pub(crate) repaired: u64,
    /// Whether to look again soon.
    pub(crate) soon: bool,
    /// Whether pushes were asked for a moment ago that are better waited for than read.
    pub(crate) awaits_pushes: bool,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.missed += other.missed;
        self.repaired += other.repaired;
        self.soon |= other.soon;
        self.awaits_pushes |= other.awaits_pushes;
    }
}

/// Why looking at something ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    #[error(transparent)]
    Host(#[from] ApiError),
    #[error(transparent)]
    Own(#[from] Error),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

/// Looks at every git host that is due, side by side, and answers how many that were.
///
/// A look begins with the write that moves its time on, so two do not look at once; one that is killed is begun again
/// by the next tick after a while. All it does can be done twice.
///
/// # Errors
/// When the store does not answer. What goes wrong with one connection does not stop the others: it stays due.
pub async fn on_tick(app: &App) -> Result<usize, Error> {
    let due = app.core.store.due_watches(app.core.now(), DUE).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let services = app.core.store.services().await?;
    let looked = join_all(due.into_iter().map(async |watch| {
        let connection = watch.value.connection.clone();
        match look(app, watch, &services).await {
            Ok(()) => 1,
            Err(Error::Store(StoreError::Conflict)) => 0,
            Err(error) => {
                tracing::error!(%connection, %error, "a git host could not be looked at");
                0
            }
        }
    }));
    Ok(looked.await.into_iter().sum())
}

async fn look(
    app: &App,
    watch: Versioned<ConnectionWatch>,
    services: &[Versioned<Service>],
) -> Result<(), Error> {
    let (store, now) = (&app.core.store, app.core.now());
    let connection = store.connection(&watch.value.connection).await?.map(|known| known.value);
    let host = match &connection {
        Some(connection) => host::of(app, connection).await?,
        None => None,
    };
    let (Some(connection), Some(host)) = (connection, host) else {
        // Nobody may ask this host any more.
        let mut transaction = store.transaction(now);
        transaction.take(&watch);
        return Ok(transaction.commit().await?);
    };
    let claimed = watch.value.clone().claimed(now);
    let mut transaction = store.transaction(now);
    transaction.replace(&claimed, watch.version);
    transaction.commit().await?;

    let mut found = Found::default();
    let branches = branches(services, &connection);
    let looked =
        repositories(app, &host, &connection, (branches, claimed.after.as_deref()), &mut found).await;
    let (after, trouble) = match looked {
        Ok(after) => (after, None),
        // The next look goes on from where this one did.
        Err(Stopped::Host(error)) => (claimed.after.clone(), Some(error)),
        Err(Stopped::Own(error)) => return Err(error),
    };
    let is_well = trouble.is_none();
    // What was found is written first: telling may end early, and may ask for another look before the next.
    end(app, &connection, found, (after, trouble)).await?;
    if is_well {
        tell_what_is_untold(app, &connection).await?;
    }
    Ok(())
}

/// The branches that services ship from, of the connection's repositories.
fn branches(services: &[Versioned<Service>], connection: &Connection) -> Branches {
    let mut branches = Branches::new();
    for service in services {
        let section = &service.value.manifest.service;
        if section.repository.connection == connection.name {
            branches.entry(section.repository.clone()).or_default().insert(section.branch.clone());
        }
    }
    branches
}

/// Looks at repositories, those behind the place `after`; answers after which one to go on, if that were not all.
async fn repositories(
    app: &App,
    host: &Host,
    connection: &Connection,
    (branches, after): (Branches, Option<&str>),
    found: &mut Found,
) -> Result<Option<String>, Stopped> {
    let is_left = |repository: &RepositoryRef| after.is_none_or(|after| *repository.path > *after);
    let left: Vec<_> = branches.into_iter().filter(|(repository, _)| is_left(repository)).collect();
    for (repository, branches) in left.iter().take(MOST_REPOSITORIES) {
        found.add(self::repository(app, host, connection, (repository, branches)).await?);
    }
    let last = left.get(MOST_REPOSITORIES - 1).filter(|_| left.len() > MOST_REPOSITORIES);
    Ok(last.map(|(repository, _)| repository.path.clone()))
}

/// Looks at one repository: first for webhooks that failed, which say more than can be read, then at its branches.
///
/// What the token may not know of it is noted and stops nothing else.
async fn repository(
    app: &App,
    host: &Host,
    connection: &Connection,
    (repository, branches): (&RepositoryRef, &BTreeSet<String>),
) -> Result<Found, Stopped> {
    let mut found = Found::default();
    if git_api::lists_deliveries(host.kind) {
        found.add(redeliver::look(app, host, connection, repository).await?);
    }
    if found.awaits_pushes {
        return Ok(found);
    }
    let mut trouble = None;
    for branch in branches {
        let looked = async {
            let found = reconcile::look(app, host, connection, (repository, branch)).await?;
            complete::branch(app, host, &connection.name, (repository, branch)).await?;
            Ok(found)
        };
        match looked.await {
            Ok(more) => found.add(more),
            Err(Stopped::Host(error)) if is_about_this_alone(error.kind) => trouble = Some(error),
            Err(error) => return Err(error),
        }
    }
    note_trouble(app, repository, trouble).await?;
    Ok(found)
}

/// Whether what went wrong says nothing of other repositories.
pub(crate) fn is_about_this_alone(kind: TroubleKind) -> bool {
    match kind {
        TroubleKind::NotFound | TroubleKind::Forbidden | TroubleKind::Refused | TroubleKind::Unexpected => {
            true
        }
        TroubleKind::Unauthorized
        | TroubleKind::Limited
        | TroubleKind::Failing
        | TroubleKind::Unreachable => false,
    }
}

async fn note_trouble(app: &App, repository: &RepositoryRef, error: Option<ApiError>) -> Result<(), Error> {
    let now = app.core.now();
    let (mut watch, version) = reconcile::watch_of(app, repository).await?;
    let before = watch.trouble.take();
    if error.is_none() && before.is_none() {
        return Ok(());
    }
    watch.trouble = error.map(|error| trouble_of(before.as_ref(), error, now));
    let mut transaction = app.core.store.transaction(now);
    transaction.save(&watch, version);
    Ok(transaction.commit().await?)
}

pub(crate) fn trouble_of(before: Option<&Trouble>, error: ApiError, now: jiff::Timestamp) -> Trouble {
    let put_off = error.put_off(now);
    Trouble::again(before, error.kind, error.reason, put_off, now)
}

/// Tries again to tell what the host could not be told.
async fn tell_what_is_untold(app: &App, connection: &Connection) -> Result<(), Error> {
    for untold in app.core.store.untold_reports(&connection.name, UNTOLD).await? {
        match report::tell(app, untold.value.promotion, report::Try::Again).await? {
            report::Told::Yes | report::Told::Refused => {}
            report::Told::NotNow => return Ok(()),
        }
    }
    Ok(())
}

/// Writes what a look found. Whoever set another token in the meantime keeps the look that they asked for.
async fn end(
    app: &App,
    looked_at: &Connection,
    found: Found,
    (after, error): (Option<String>, Option<ApiError>),
) -> Result<(), Error> {
    let (store, now) = (&app.core.store, app.core.now());
    if let Some(error) = &error {
        tracing::warn!(connection = %looked_at.name, %error, "a git host could not be asked");
    }
    for _ in 0..MOST_TRIES {
        let Some(known) = store.connection_watch(&looked_at.name).await? else { return Ok(()) };
        let connection = store.connection(&looked_at.name).await?;
        let is_the_same = connection.is_some_and(|connection| connection.value.api == looked_at.api);
        let mut watch = known.value;
        if is_the_same {
            let trouble = error.clone().map(|error| trouble_of(watch.trouble.as_ref(), error, now));
            watch = watch.looked(trouble, found.soon, after.clone(), now);
        }
        watch.gaps.count(found.missed, found.repaired, now);
        let mut transaction = store.transaction(now);
        transaction.replace(&watch, known.version);
        match transaction.commit().await {
            Err(StoreError::Conflict) => {}
            written => return Ok(written?),
        }
    }
    Ok(())
}
