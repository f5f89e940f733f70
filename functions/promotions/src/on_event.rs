//! What this function does when something happened.

use domain::event::{Event, EventBody};
use domain::manifest::RepositoryRef;
use domain::{CommitSha, ServiceName};
use edge::RequestContext;

use crate::{App, Error, advance, ci_record, consider, facts, read_back, standings, track, train};

/// Handles one event. Handling it again is harmless.
///
/// # Errors
/// When it should be handled again later.
pub async fn on_event(app: &App, event: &Event) -> Result<(), Error> {
    act(app, event).await?;
    standings::follow(app, event).await
}

async fn act(app: &App, event: &Event) -> Result<(), Error> {
    let request = RequestContext::of_event(event);
    match &event.body {
        EventBody::TargetRequested { request } => Ok(app.deployer.apply(request).await?),
        EventBody::TargetChanged { service, environment } => {
            read_back::read_back(app, &request, service, environment).await?;
            advance::advance(app, &request, service, environment).await.map(drop)
        }
        EventBody::PushRecorded { repository, branch, after, .. } => {
            for service in app.core.store.services_of_branch(repository, branch).await? {
                consider::consider(app, &request, &service.value).await?;
                ci_record::record(app, &service.value, after).await?;
            }
            Ok(())
        }
        // Whoever waits may have authors now that were not listed before.
        EventBody::PushCompleted { repository, branch, .. } => {
            for service in app.core.store.services_of_branch(repository, branch).await? {
                consider::consider(app, &request, &service.value).await?;
            }
            Ok(())
        }
        EventBody::CheckRecorded { repository, commit, .. } => {
            consider_all(app, &request, repository, commit).await
        }
        EventBody::ArtifactRegistered { service, release, .. } => {
            consider_one(app, &request, service).await?;
            let service = facts::service(app, service).await?;
            Ok(ci_record::record(app, &service, &release.commit).await?)
        }
        EventBody::ServiceApplied { service, .. }
        | EventBody::HoldLifted { service, .. }
        | EventBody::LockLifted { service, .. }
        | EventBody::DriftResolved { service, .. } => consider_one(app, &request, service).await,
        EventBody::PromotionFinished { promotion, .. } => {
            if let Some(train) = track::place_of(app, promotion.promotion).await?.2.train {
                train::consider(app, &request, train).await?;
            }
            consider_one(app, &request, &promotion.service).await
        }
        EventBody::TrainCreated { train, .. }
        | EventBody::TrainDeparted { train }
        | EventBody::TrainReverting { train, .. } => {
            train::consider(app, &request, train.train).await.map(drop)
        }
        EventBody::PromotionProposed { promotion }
        | EventBody::PromotionApproved { promotion, .. }
        | EventBody::OverrideConfirmed { promotion, .. }
        | EventBody::StepPassed { promotion, .. } => {
            advance::advance(app, &request, &promotion.service, &promotion.environment).await.map(drop)
        }
        EventBody::PullRequestMerged { .. }
        | EventBody::ConnectionChanged { .. }
        | EventBody::ConnectionPinged { .. }
        | EventBody::GapRepaired { .. }
        | EventBody::ArtifactAnnounced { .. }
        | EventBody::RolloutStarted { .. }
        | EventBody::StepReached { .. }
        | EventBody::DecisionAsked { .. }
        | EventBody::RolloutReverting { .. }
        | EventBody::HoldSet { .. }
        | EventBody::LockSet { .. }
        | EventBody::OverrideAsked { .. }
        | EventBody::GatesOverridden { .. }
        | EventBody::TrainFinished { .. }
        | EventBody::DriftFound { .. }
        | EventBody::SignedIn { .. }
        | EventBody::SignedInByProvider { .. }
        | EventBody::SignInRefused { .. }
        | EventBody::IdentityLinked { .. }
        | EventBody::UserDisabled { .. }
        | EventBody::UserEnabled { .. }
        | EventBody::SignedOut { .. }
        | EventBody::SignInLinkCreated { .. }
        | EventBody::UserChanged { .. }
        | EventBody::TokenCreated { .. }
        | EventBody::TokenRevoked { .. }
        | EventBody::DeadLetterRedriven { .. } => Ok(()),
    }
}

async fn consider_all(
    app: &App,
    request: &RequestContext,
    repository: &RepositoryRef,
    commit: &CommitSha,
) -> Result<(), Error> {
    for service in app.core.store.services_of_repository(repository).await? {
        consider::consider(app, request, &service.value).await?;
        ci_record::record(app, &service.value, commit).await?;
    }
    Ok(())
}

async fn consider_one(app: &App, request: &RequestContext, service: &ServiceName) -> Result<(), Error> {
    let service = facts::service(app, service).await?;
    consider::consider(app, request, &service).await
}
