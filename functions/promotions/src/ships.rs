//! What ships when an artifact replaces what runs, and what un-ships when it goes back.

use api::overview::Action;
use api::service::Ships;
use domain::access::Permission;
use domain::change::{BranchHistory, CommitRange};
use domain::rollout::Release;
use domain::service::Service;
use domain::{Digest, EnvironmentName};
use edge::{ApiError, Caller};

use crate::view::Looker;
use crate::{App, consider, facts, track};

/// What would ship, or un-ship, if the artifact, or else the candidate, were promoted now.
pub(crate) async fn ships(
    app: &App,
    caller: &Caller,
    service: &Service,
    environment: &EnvironmentName,
    artifact: Option<&Digest>,
) -> Result<Ships, ApiError> {
    let section = facts::environment(service, environment)?;
    let lane = track::load(app, service.name(), environment).await?.track.lane;
    let history = facts::history(app, service).await?;
    let to = match artifact {
        Some(digest) => {
            let found = app.core.store.artifact(service.name(), digest).await?;
            found.ok_or_else(|| ApiError::not_found("artifact", digest))?.value.release()
        }
        None => consider::candidate(app, service, section, &history, &lane).await?.ok_or_else(|| {
            ApiError::conflict(format!(
                "There is nothing newer to promote to {environment}: name an artifact."
            ))
        })?,
    };
    let looker = Looker::at(caller, service, environment);
    let from = lane.release().cloned();
    let promote = match &from {
        Some(running) if running.artifact == to.artifact && !lane.is_repaired_by(&to.artifact) => {
            Action::refused("it runs there already")
        }
        Some(_) | None => looker.action(Permission::Promote),
    };
    Ok(between(&history, from, to, promote))
}

/// The commits between two releases, in whichever direction they lie.
pub(crate) fn between(history: &BranchHistory, from: Option<Release>, to: Release, promote: Action) -> Ships {
    let running = from.as_ref().map(|release| &release.commit);
    let backwards = running.is_some_and(|running| history.is_after(running, &to.commit) == Some(true));
    let range = match running {
        Some(running) if backwards => history.between(Some(&to.commit), running),
        running => history.between(running, &to.commit),
    };
    let authors = names(&range);
    let CommitRange { commits, pull_requests, complete } = range;
    Ships { from, to, backwards, commits, pull_requests, authors, complete, promote }
}

fn names(range: &CommitRange) -> Vec<String> {
    let mut names: Vec<String> = range
        .authors()
        .into_iter()
        .map(|author| if author.name.is_empty() { author.login.unwrap_or_default() } else { author.name })
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}
