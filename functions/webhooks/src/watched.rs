//! How git hosts are looked after, as the wire has it.

use api::connection::{ApiAccessView, ApiTroubleView, WatchedBranchView, WatchedRepositoryView};
use domain::connection::Connection;
use domain::watch::{BranchWatch, RepositoryWatch, Trouble};
use edge::ApiError;
use integrations::git_api;

use crate::App;

/// How a connection's host is asked and told; `None` if nobody gave a token for it.
pub(crate) async fn access(app: &App, connection: &Connection) -> Result<Option<ApiAccessView>, ApiError> {
    let Some(access) = &connection.api else { return Ok(None) };
    let watch = app.core.store.connection_watch(&connection.name).await?.map(|watch| watch.value);
    let gaps = watch.as_ref().map(|watch| watch.gaps).unwrap_or_default();
    Ok(Some(ApiAccessView {
        url: access.url.clone(),
        token_added_at: access.added_at,
        delivers_again: git_api::lists_deliveries(connection.kind),
        takes_deployments: git_api::takes_deployments(connection.kind),
        checked_at: watch.as_ref().and_then(|watch| watch.checked_at),
        next_check_at: watch.as_ref().map(|watch| watch.next_at),
        trouble: watch.as_ref().and_then(|watch| watch.trouble.as_ref()).map(trouble),
        untold: watch.as_ref().and_then(|watch| watch.untold.as_ref()).map(trouble),
        missed: gaps.missed,
        repaired: gaps.repaired,
        missed_at: gaps.missed_at,
        repaired_at: gaps.repaired_at,
    }))
}

/// The repositories of a connection that are looked after.
pub(crate) async fn repositories(
    app: &App,
    connection: &Connection,
) -> Result<Vec<WatchedRepositoryView>, ApiError> {
    if connection.api.is_none() {
        return Ok(Vec::new());
    }
    let watches = app.core.store.repository_watches(&connection.name).await?;
    Ok(watches.into_iter().map(|watch| repository(watch.value)).collect())
}

fn repository(watch: RepositoryWatch) -> WatchedRepositoryView {
    WatchedRepositoryView {
        repository: watch.repository.path,
        note: watch.note,
        trouble: watch.trouble.as_ref().map(trouble),
        awaited: watch.asked.len(),
        branches: watch.branches.into_iter().map(|(branch, watch)| self::branch(branch, watch)).collect(),
    }
}

fn branch(branch: String, watch: BranchWatch) -> WatchedBranchView {
    let BranchWatch { head, seen_at, agrees, repaired_at, etag: _ } = watch;
    WatchedBranchView { branch, head, seen_at, agrees, repaired_at }
}

fn trouble(trouble: &Trouble) -> ApiTroubleView {
    ApiTroubleView {
        reason: trouble.reason.clone(),
        since: trouble.since,
        times: trouble.times,
        again_at: trouble.until,
    }
}
