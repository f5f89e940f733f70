//! Automation: look which release an environment should get next, and propose it.

use domain::access::Actor;
use domain::change::BranchHistory;
use domain::lane::{Command, Lane, Proposal, Track};
use domain::manifest::{EnvironmentSection, Promote};
use domain::promotion::Kind;
use domain::rollout::Release;
use domain::service::Service;
use edge::RequestContext;
use store::StoreError;

use crate::{App, Error, facts, track};

/// Proposes the candidate of every environment that takes candidates by itself, then advances the environment.
///
/// Looks at the present state only, never at what triggered it. So it may be called at any time, by any event, twice.
pub(crate) async fn consider(app: &App, request: &RequestContext, service: &Service) -> Result<(), Error> {
    let history = facts::history(app, service).await?;
    for section in &service.manifest.environments {
        propose(app, request, service, section, &history).await?;
        crate::advance::advance(app, request, service.name(), &section.name).await?;
    }
    Ok(())
}

async fn propose(
    app: &App,
    request: &RequestContext,
    service: &Service,
    section: &EnvironmentSection,
    history: &BranchHistory,
) -> Result<(), Error> {
    if section.promote == Promote::Manual {
        return Ok(());
    }
    let place = (service.name(), &section.name);
    track::change_with(app, place, (request, &Actor::Keelson), |track| async move {
        let candidate = candidate(app, service, section, history, &track.lane).await?;
        let Some(release) = candidate.filter(|release| is_news(&track, release)) else { return Ok(None) };
        let running = track.lane.release().map(|running| &running.commit);
        Ok(Some(Command::Propose(Box::new(Proposal {
            id: app.core.ids.promotion(),
            authors: history.between(running, &release.commit).authors(),
            release,
            kind: Kind::Automatic,
            plan: facts::plan(service, section),
            train: None,
        }))))
    })
    .await?;
    Ok(())
}

/// The newest release that could come here next, if it leads forward from what runs.
///
/// For the first environment: the newest commit of the branch that has an artifact. For any other: what the
/// environment before has verified and runs.
pub(crate) async fn candidate(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    history: &BranchHistory,
    lane: &Lane,
) -> Result<Option<Release>, StoreError> {
    let candidate = match service.manifest.before(&section.name) {
        None => newest_built(app, service, history, lane).await?,
        Some(previous) => {
            let before = app.core.store.lane(service.name(), &previous.name).await?;
            before.and_then(|before| before.value.release().cloned())
        }
    };
    let running = lane.release().map(|running| &running.commit);
    Ok(candidate.filter(|release| history.leads_forward(&release.commit, running)))
}

async fn newest_built(
    app: &App,
    service: &Service,
    history: &BranchHistory,
    lane: &Lane,
) -> Result<Option<Release>, StoreError> {
    let running = lane.release().map(|running| &running.commit);
    for commit in history.commits() {
        if running == Some(&commit.sha) {
            return Ok(None);
        }
        let built = app.core.store.artifacts_of_commit(service.name(), &commit.sha).await?;
        let newest =
            built.into_iter().map(|found| found.value).filter(|artifact| artifact.registered_at.is_some());
        if let Some(artifact) = newest.max_by_key(|artifact| artifact.registered_at) {
            return Ok(Some(artifact.release()));
        }
    }
    Ok(None)
}

/// Whether automation has not dealt with the release here already.
fn is_news(track: &Track, release: &Release) -> bool {
    let carried = track.promotions.values().any(|promotion| promotion.release.artifact == release.artifact);
    !carried && !track.lane.rejects(&release.artifact)
}
