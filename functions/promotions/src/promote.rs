//! A person starts a promotion.

use api::promotion::CreatePromotion;
use domain::Digest;
use domain::access::Permission;
use domain::change::BranchHistory;
use domain::lane::{Command, Lane, Proposal, Track};
use domain::manifest::EnvironmentSection;
use domain::promotion::Kind;
use domain::rollout::Release;
use domain::service::Service;
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
    let artifact = asked.artifact.as_ref();
    let Pick { release, newest } = pick(app, &service, section, &history, &lane, artifact).await?;
    let running = lane.release().map(|running| &running.commit);
    let id = app.core.ids.promotion();
    let where_to = (&asked.service, &asked.environment);
    let proposal = Proposal {
        id,
        release: release.clone(),
        kind: Kind::Manual { by: caller.actor.clone(), newest },
        plan: facts::plan(&service, section),
        authors: history.between(running, &release.commit).authors(),
        train: None,
    };
    let command = Command::Propose(Box::new(proposal));
    track::change(app, where_to, (request, &caller.actor), command).await?;
    let track = crate::advance::advance(app, request, &asked.service, &asked.environment).await?;
    Ok((track, release))
}

/// A release that a person picked.
pub(crate) struct Pick {
    pub(crate) release: Release,
    /// Whether it is the newest candidate. If not, finishing it leaves a hold.
    pub(crate) newest: bool,
}

/// The artifact asked for, or else the candidate.
pub(crate) async fn pick(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    history: &BranchHistory,
    lane: &Lane,
    artifact: Option<&Digest>,
) -> Result<Pick, ApiError> {
    let candidate = consider::candidate(app, service, section, history, lane).await?;
    let release = match artifact {
        Some(digest) => facts::registered(app, service.name(), digest).await?,
        None => candidate.clone().ok_or_else(|| {
            ApiError::conflict(format!(
                "{} has no newer release to promote to {}: name an artifact to promote another one. Nothing was changed.",
                service.name(), section.name
            ))
        })?,
    };
    let running = lane.release().map(|running| &running.commit);
    // Without a candidate the newest may be what runs: then any other pick is an older one, or from another branch.
    let newest = match &candidate {
        Some(candidate) => *candidate == release,
        None => history.leads_forward(&release.commit, running),
    };
    Ok(Pick { release, newest })
}

/// The promotion of a track that carries a release: the one just made, or the one it was picked from.
pub(crate) fn carrying<'a>(
    track: &'a Track,
    release: &Release,
) -> Result<&'a domain::promotion::Promotion, Error> {
    let mut carrying = track.promotions.values().filter(|promotion| promotion.release == *release);
    carrying.next_back().ok_or_else(|| Error::unknown("promotion of artifact", release.artifact))
}
