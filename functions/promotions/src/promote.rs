//! A person starts a promotion.

use api::promotion::CreatePromotion;
use domain::access::Permission;
use domain::lane::{Command, Proposal, Track};
use domain::promotion::Kind;
use domain::rollout::Release;
use edge::{ApiError, Caller, RequestContext};

use crate::{App, Error, consider, facts, track};

/// Starts a promotion of the artifact asked for, or of the candidate.
pub(crate) async fn promote(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    asked: CreatePromotion,
) -> Result<(Track, Release), ApiError> {
    let service = facts::service(app, &asked.service).await?;
    let section = facts::environment(&service, &asked.environment)?;
    caller.check(Permission::Promote, &service.place(Some(&asked.environment)))?;

    let history = facts::history(app, &service).await?;
    let lane = track::load(app, &asked.service, &asked.environment).await?.track.lane;
    let candidate = consider::candidate(app, &service, section, &history, &lane).await?;
    let release = match &asked.artifact {
        Some(digest) => facts::registered(app, &asked.service, digest).await?,
        None => candidate.clone().ok_or_else(|| {
            ApiError::conflict(format!(
                "{} has no newer release to promote to {}: name an artifact to promote another one. Nothing was changed.",
                asked.service, asked.environment
            ))
        })?,
    };
    let running = lane.release().map(|running| &running.commit);
    // Without a candidate the newest may be what runs: then any other pick is an older one, or from another branch.
    let newest = match &candidate {
        Some(candidate) => *candidate == release,
        None => history.leads_forward(&release.commit, running),
    };
    let id = app.core.ids.promotion();
    let where_to = (&asked.service, &asked.environment);
    let proposal = Proposal {
        id,
        release: release.clone(),
        kind: Kind::Manual { by: caller.actor.clone(), newest },
        plan: facts::plan(&service.manifest, section),
        authors: history.between(running, &release.commit).authors(),
    };
    let command = Command::Propose(Box::new(proposal));
    track::change(app, where_to, (request, &caller.actor), command).await?;
    let track = crate::advance::advance(app, request, &asked.service, &asked.environment).await?;
    Ok((track, release))
}

/// The promotion of a track that carries a release: the one just made, or the one it was picked from.
pub(crate) fn carrying<'a>(
    track: &'a Track,
    release: &Release,
) -> Result<&'a domain::promotion::Promotion, Error> {
    let mut carrying = track.promotions.values().filter(|promotion| promotion.release == *release);
    carrying.next_back().ok_or_else(|| Error::unknown("promotion of artifact", release.artifact))
}
