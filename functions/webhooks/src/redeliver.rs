//! Webhooks that did not arrive are asked for again: the host has kept them, and says more than can be read.

use domain::connection::Connection;
use domain::event::EventBody;
use domain::manifest::RepositoryRef;
use domain::watch::{AskedAgain, MOST_TRIES, RepositoryWatch};
use domain::{Period, access::Actor};
use edge::RequestContext;
use integrations::git_api::{ApiError, FailedDelivery};
use jiff::{SignedDuration, Timestamp};

use crate::host::Host;
use crate::repair::{Found, Stopped, is_about_this_alone};
use crate::{App, reconcile, view};

/// How far before the newest delivery seen the list is read again: those made side by side are listed as they end.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// How long to wait for a delivery that was asked for before it is asked for once more.
const PATIENCE: Period = Period::seconds(60);
/// For how long hosts keep deliveries at most: after that nobody waits for one.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many deliveries one look asks for.
const MOST_ASKED: usize = 100;

/// Looks for deliveries that failed, and has those that did not arrive since made again.
pub(crate) async fn look(
    app: &App,
    host: &Host,
    connection: &Connection,
    repository: &RepositoryRef,
) -> Result<Found, Stopped> {
    let (mut watch, version) = reconcile::watch_of(app, repository).await?;
    let before = watch.clone();
    let arrived = take_arrived(app, connection, &mut watch).await?;
    let asked = ask(app, host, connection, &mut watch).await;
    let (mut found, stopped) = match asked {
        Ok(found) => (found, None),
        Err(Stopped::Host(error)) => (Found::default(), note(&mut watch, error)),
        Err(error) => return Err(error),
    };
    found.repaired += arrived;
    let now = app.core.now();
    found.soon |= watch.asked.values().any(|asked| is_awaited(asked, now));
    if watch != before {
        let mut transaction = app.core.store.transaction(now);
        transaction.save(&watch, version);
        if arrived > 0 {
            let body =
                EventBody::GapRepaired { repository: repository.clone(), deliveries: arrived, commits: 0 };
            transaction.event(&app.core.event(&RequestContext::internal(), &Actor::Keelson, body));
        }
        transaction.commit().await?;
    }
    stopped.map_or(Ok(found), |error| Err(error.into()))
}

/// Whether something is still to come of a delivery: an answer to the last time it was asked for, or another try.
fn is_awaited(asked: &AskedAgain, now: Timestamp) -> bool {
    asked.tries < MOST_TRIES || is_fresh(asked, now)
}

/// Whether it was asked for a moment ago.
fn is_fresh(asked: &AskedAgain, now: Timestamp) -> bool {
    now < PATIENCE.after(asked.asked_at)
}

/// Forgets those that have arrived, and those that cannot arrive any more; answers how many have.
async fn take_arrived(
    app: &App,
    connection: &Connection,
    watch: &mut RepositoryWatch,
) -> Result<u64, Stopped> {
    let now = app.core.now();
    let mut arrived = 0;
    for (id, asked) in std::mem::take(&mut watch.asked) {
        if app.core.store.delivery(&connection.name, &id, now).await?.is_some() {
            arrived += 1;
        } else if now.duration_since(asked.failed_at) < KEPT {
            watch.asked.insert(id, asked);
        }
    }
    Ok(arrived)
}

/// What keeps deliveries from being looked at is noted, if branches can be looked at all the same.
fn note(watch: &mut RepositoryWatch, error: ApiError) -> Option<ApiError> {
    if !is_about_this_alone(error.kind) {
        return Some(error);
    }
    // A webhook that was deleted is looked for anew.
    watch.hook = None;
    watch.note = Some(format!("Webhooks that failed cannot be looked at, branches are. {}", error.reason));
    None
}

async fn ask(
    app: &App,
    host: &Host,
    connection: &Connection,
    watch: &mut RepositoryWatch,
) -> Result<Found, Stopped> {
    let repository = watch.repository.clone();
    let access = host.access(&repository);
    let url = view::hook_url(app, &connection.name);
    let hook = match watch.hook.clone() {
        Some(hook) => hook,
        None => match host.api.hook(access, &url).await? {
            Some(hook) => hook,
            None => {
                watch.note = Some(format!(
                    "No webhook of {} leads to {url}: add it on the git host.",
                    repository.path
                ));
                return Ok(Found::default());
            }
        },
    };
    let since = since(watch, connection.created_at);
    let listed = host.api.failed_deliveries(access, &hook, since).await?;
    watch.hook = Some(hook.clone());
    watch.note = (!listed.complete).then(|| {
        "More webhooks failed than one look comes to; those that failed first are not looked at.".to_owned()
    });
    let mut found = Found::default();
    let mut n_asked = 0;
    for delivery in listed.failed {
        if n_asked >= MOST_ASKED {
            // What was not come to is listed again.
            found.soon = true;
            return Ok(found);
        }
        let (is_new, is_worth_it) = consider(app, connection, watch, &delivery).await?;
        if is_worth_it {
            host.api.deliver_again(access, &hook, &delivery.attempt).await?;
            n_asked += 1;
        }
        found.missed += u64::from(is_new);
        found.awaits_pushes |= is_new && delivery.event.to_ascii_lowercase().contains("push");
        if is_worth_it {
            asked(watch, delivery, app.core.now());
        }
    }
    watch.delivered_at = watch.delivered_at.max(listed.newest_at);
    Ok(found)
}

/// From when on deliveries are looked at: those that may be asked for once more must be listed again.
fn since(watch: &RepositoryWatch, connected_at: Timestamp) -> Timestamp {
    let Some(newest) = watch.delivered_at else { return connected_at };
    let again = watch.asked.values().filter(|asked| asked.tries < MOST_TRIES);
    let awaited = again.map(|asked| asked.failed_at).min();
    let since = newest.checked_sub(OVERLAP).unwrap_or(newest);
    awaited.map_or(since, |awaited| awaited.min(since)).max(connected_at)
}

/// Whether a failed delivery was not known to have failed, and whether it is worth asking for.
async fn consider(
    app: &App,
    connection: &Connection,
    watch: &RepositoryWatch,
    delivery: &FailedDelivery,
) -> Result<(bool, bool), Stopped> {
    let now = app.core.now();
    if let Some(asked) = watch.asked.get(&delivery.id) {
        return Ok((false, asked.tries < MOST_TRIES && !is_fresh(asked, now)));
    }
    // It may have arrived all the same: the host gave up waiting, or made it again already.
    let has_arrived = app.core.store.delivery(&connection.name, &delivery.id, now).await?.is_some();
    Ok((!has_arrived, !has_arrived))
}

fn asked(watch: &mut RepositoryWatch, delivery: FailedDelivery, now: Timestamp) {
    let entry = watch.asked.entry(delivery.id).or_insert_with(|| AskedAgain {
        event: delivery.event,
        failed_at: delivery.at.unwrap_or(now),
        asked_at: now,
        tries: 0,
    });
    entry.asked_at = now;
    entry.tries += 1;
}
