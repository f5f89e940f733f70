//! What events change in how services stand.

use domain::event::{Event, EventBody};
use domain::{EnvironmentName, ServiceName};
use store::Versioned;

use super::{note, refresh};
use crate::{App, Error};

/// Brings up to date what an event may have changed.
pub(crate) async fn follow(app: &App, event: &Event) -> Result<(), Error> {
    match &event.body {
        EventBody::PushRecorded { repository, branch, .. }
        | EventBody::PushCompleted { repository, branch, .. } => {
            for service in app.core.store.services_of_branch(repository, branch).await? {
                refresh(app, service.value.name()).await?;
            }
            Ok(())
        }
        // Only the newest commit's checks are shown.
        EventBody::CheckRecorded { repository, commit, .. } => {
            let services = app.core.store.services_of_repository(repository).await?;
            let names: Vec<ServiceName> = services.iter().map(|found| found.value.name().clone()).collect();
            for Versioned { value, .. } in app.core.store.standings(&names).await? {
                if value.head.is_some_and(|head| head.sha == *commit) {
                    refresh(app, &value.service).await?;
                }
            }
            Ok(())
        }
        EventBody::ServiceApplied { service, .. } | EventBody::ArtifactRegistered { service, .. } => {
            refresh(app, service).await
        }
        EventBody::PromotionFinished { promotion, .. } => refresh(app, &promotion.service).await,
        body => match place(body) {
            Some((service, environment)) => note(app, service, environment).await,
            None => Ok(()),
        },
    }
}

/// The one environment that an event changed.
fn place(body: &EventBody) -> Option<(&ServiceName, &EnvironmentName)> {
    match body {
        EventBody::PromotionProposed { promotion }
        | EventBody::PromotionApproved { promotion, .. }
        | EventBody::OverrideConfirmed { promotion, .. }
        | EventBody::GatesOverridden { promotion, .. }
        | EventBody::RolloutStarted { promotion }
        | EventBody::StepReached { promotion, .. }
        | EventBody::StepPassed { promotion, .. }
        | EventBody::DecisionAsked { promotion, .. }
        | EventBody::RolloutReverting { promotion, .. }
        | EventBody::PromotionFinished { promotion, .. } => Some((&promotion.service, &promotion.environment)),
        EventBody::TargetChanged { service, environment }
        | EventBody::HoldSet { service, environment, .. }
        | EventBody::HoldLifted { service, environment, .. }
        | EventBody::LockSet { service, environment, .. }
        | EventBody::LockLifted { service, environment, .. }
        | EventBody::DriftFound { service, environment, .. }
        | EventBody::DriftResolved { service, environment, .. } => Some((service, environment)),
        EventBody::PushRecorded { .. }
        | EventBody::PushCompleted { .. }
        | EventBody::CheckRecorded { .. }
        | EventBody::PullRequestMerged { .. }
        | EventBody::ConnectionChanged { .. }
        | EventBody::ConnectionPinged { .. }
        | EventBody::GapRepaired { .. }
        | EventBody::ServiceApplied { .. }
        | EventBody::ArtifactAnnounced { .. }
        | EventBody::ArtifactRegistered { .. }
        | EventBody::OverrideAsked { .. }
        // The target's report of it follows.
        | EventBody::TargetRequested { .. }
        | EventBody::TrainCreated { .. }
        | EventBody::TrainDeparted { .. }
        | EventBody::TrainReverting { .. }
        | EventBody::TrainFinished { .. }
        | EventBody::SignedIn { .. }
        | EventBody::SignedOut { .. }
        | EventBody::SignInLinkCreated { .. }
        | EventBody::UserChanged { .. }
        | EventBody::TokenCreated { .. }
        | EventBody::TokenRevoked { .. }
        | EventBody::SignedInByProvider { .. }
        | EventBody::SignInRefused { .. }
        | EventBody::IdentityLinked { .. }
        | EventBody::UserDisabled { .. }
        | EventBody::UserEnabled { .. }
        | EventBody::DeadLetterRedriven { .. } => None,
    }
}
