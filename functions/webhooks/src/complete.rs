//! A push of which the host listed a part is read as a whole, so that "what ships" and its authors are complete.

use domain::access::Actor;
use domain::change::Push;
use domain::event::EventBody;
use domain::manifest::RepositoryRef;
use domain::watch::TroubleKind;
use domain::{ConnectionName, Period};
use edge::RequestContext;
use store::{PageRequest, StoreError};

use crate::host::{self, Host};
use crate::record::Record;
use crate::repair::Stopped;
use crate::{App, Error};

/// How many pushes back is looked.
const PUSHES: usize = 20;
/// For how long a push is worth completing.
const WORTH: Period = Period::seconds(7 * 24 * 60 * 60);
/// A push with so many commits was read already, as far as hosts are asked.
const READ_ALREADY: usize = 500;

/// Completes the pushes to a branch, when one was recorded. What the host refuses is tried again by the clock.
pub(crate) async fn on_push(app: &App, repository: &RepositoryRef, branch: &str) -> Result<(), Error> {
    if open(app, repository, branch).await?.is_empty() {
        return Ok(());
    }
    let Some(connection) = app.core.store.connection(&repository.connection).await? else { return Ok(()) };
    let Some(host) = host::of(app, &connection.value).await? else { return Ok(()) };
    let watch = app.core.store.connection_watch(&connection.value.name).await?;
    let trouble = watch.and_then(|watch| watch.value.trouble);
    if trouble.is_some_and(|trouble| trouble.until > app.core.now()) {
        return Ok(());
    }
    match self::branch(app, &host, &connection.value.name, (repository, branch)).await {
        Err(Stopped::Host(error)) => {
            tracing::warn!(%repository, branch, %error, "a push could not be completed, and is tried again");
            Ok(())
        }
        Err(Stopped::Own(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Completes the pushes to a branch that list less than they brought.
pub(crate) async fn branch(
    app: &App,
    host: &Host,
    connection: &ConnectionName,
    (repository, branch): (&RepositoryRef, &str),
) -> Result<(), Stopped> {
    for push in open(app, repository, branch).await? {
        let base = Some(&push.before).filter(|before| !before.is_zero());
        let between = match host.api.between(host.access(repository), base, &push.after).await {
            Ok(between) => between,
            // History was rewritten since: nobody can say any more what that push brought.
            Err(error) if matches!(error.kind, TroubleKind::NotFound | TroubleKind::Refused) => {
                tracing::info!(%repository, %error, "a push stays incomplete");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if between.commits.len() <= push.commits.len() && !between.complete {
            continue;
        }
        let whole = Push { commits: between.commits, truncated: !between.complete, ..push };
        write(app, connection, (repository, branch), &whole).await?;
    }
    Ok(())
}

/// The last pushes to a branch that list less than they brought, and are worth completing.
async fn open(app: &App, repository: &RepositoryRef, branch: &str) -> Result<Vec<Push>, StoreError> {
    let now = app.core.now();
    let pushes = app.core.store.pushes(repository, branch, &PageRequest::first(PUSHES)).await?.items;
    let is_open =
        |push: &Push| push.truncated && push.commits.len() < READ_ALREADY && WORTH.after(push.at) > now;
    Ok(pushes.into_iter().filter(is_open).collect())
}

/// Writes the push in the place of what was known of it.
async fn write(
    app: &App,
    connection: &ConnectionName,
    (repository, branch): (&RepositoryRef, &str),
    push: &Push,
) -> Result<(), Error> {
    let request = RequestContext::internal();
    let mut record = Record::begin(app, &request, connection, app.core.now());
    record.rows(repository, branch, push).await?;
    let body = EventBody::PushCompleted {
        repository: repository.clone(),
        branch: branch.to_owned(),
        after: push.after.clone(),
        commits: push.commits.len(),
    };
    record.also_event(&app.core.event(&request, &Actor::Keelson, body));
    Ok(record.end().await?)
}
