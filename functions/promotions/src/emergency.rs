//! Two people let a promotion pass its gates in an emergency.

use domain::access::Permission;
use domain::gates::Diff;
use domain::lane::{Command, Track};
use domain::{Login, PromotionId};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, approve, hold, track};

/// The first person asks, and says why.
pub(crate) async fn ask(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: PromotionId,
    reason: &str,
) -> Result<Track, ApiError> {
    let (service, environment, _) = track::place_of(app, id).await?;
    caller.check(Permission::Promote, &approve::place(app, &service, &environment).await?)?;
    let reason = hold::reason(reason, "An override")?;
    let command = Command::AskOverride { promotion: id, by: person(caller)?, reason };
    Ok(track::change(app, (&service, &environment), (request, &caller.actor), command).await?)
}

/// The second person confirms, and the rollout starts if nothing else is in its way.
pub(crate) async fn confirm(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: PromotionId,
    diff: Diff,
) -> Result<Track, ApiError> {
    let (service, environment, _) = track::place_of(app, id).await?;
    caller.check(Permission::Approve, &approve::place(app, &service, &environment).await?)?;
    let command = Command::ConfirmOverride { promotion: id, diff, by: person(caller)? };
    track::change(app, (&service, &environment), (request, &caller.actor), command).await?;
    Ok(crate::advance::advance(app, request, &service, &environment).await?)
}

fn person(caller: &Caller) -> Result<Login, ApiError> {
    caller.person().cloned().ok_or_else(|| {
        ApiError::forbidden(
            "It takes people to override gates: sign in, or use a token of your own. Nothing was changed.",
        )
    })
}
