//! A person agrees to a promotion.

use domain::PromotionId;
use domain::access::{Permission, Place};
use domain::gates::Diff;
use domain::lane::{Command, Track};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, facts, track};

/// Takes an approval, and starts the rollout if it was the last thing missing.
pub(crate) async fn approve(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: PromotionId,
    diff: Diff,
) -> Result<Track, ApiError> {
    let (service, environment, _) = track::place_of(app, id).await?;
    caller.check(Permission::Approve, &place(app, &service, &environment).await?)?;
    let approver = caller.approver().ok_or_else(|| {
        ApiError::forbidden(
            "Only a person can approve: sign in, or use a token of your own. Nothing was changed.",
        )
    })?;
    // So that the rule about authors knows who wrote what would ship now.
    crate::advance::advance(app, request, &service, &environment).await?;
    let by = (request, &caller.actor);
    let command = Command::Approve { promotion: id, diff, approver };
    track::change(app, (&service, &environment), by, command).await?;
    Ok(crate::advance::advance(app, request, &service, &environment).await?)
}

/// Where an environment is, as far as rights are concerned.
pub(crate) async fn place(
    app: &App,
    service: &domain::ServiceName,
    environment: &domain::EnvironmentName,
) -> Result<Place, ApiError> {
    let declared = facts::service(app, service).await?;
    Ok(declared.place(Some(environment)))
}
