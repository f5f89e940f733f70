//! A person agrees to a promotion.

use domain::access::{Permission, Place};
use domain::lane::{Command, Track};
use domain::{Digest, PromotionId};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, facts, track};

/// Takes an approval, and starts the rollout if it was the last thing missing.
pub(crate) async fn approve(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: PromotionId,
    artifact: Digest,
) -> Result<Track, ApiError> {
    let (service, environment, _) = track::place_of(app, id).await?;
    caller.check(Permission::Approve, &place(app, &service, &environment).await?)?;
    let approver = caller.approver().ok_or_else(|| {
        ApiError::forbidden(
            "Only a person can approve: sign in, or use a token of your own. Nothing was changed.",
        )
    })?;
    let by = (request, &caller.actor);
    let command = Command::Approve { promotion: id, artifact, approver };
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
