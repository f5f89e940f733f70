//! A person keeps everybody away from an environment, or lets them in again.

use api::promotion::SetLock;
use domain::access::Permission;
use domain::lane::{Command, Lock};
use domain::{EnvironmentName, ServiceName};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, consider, facts, hold, track};

/// Keeps automation and people away, until the time given or until somebody unlocks. A rollback passes.
pub(crate) async fn set(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    (service, environment): (&ServiceName, &EnvironmentName),
    asked: SetLock,
) -> Result<(), ApiError> {
    let declared = facts::service(app, service).await?;
    facts::environment(&declared, environment)?;
    let reason = hold::reason(&asked.reason, "A lock")?;
    let since = app.core.now();
    if let Some(until) = asked.until.filter(|until| *until <= since) {
        return Err(ApiError::invalid(format!(
            "The lock would be over already: `until` is {until}, and it is {since} now. Nothing was changed."
        )));
    }
    let owner = caller.actor.clone();
    let command = Command::Lock(Lock { owner, since, reason, until: asked.until });
    track::change(app, (service, environment), (request, &caller.actor), command).await?;
    Ok(())
}

/// Lets everybody in again, at once. Somebody else's lock takes the right to break it.
pub(crate) async fn lift(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    (service, environment): (&ServiceName, &EnvironmentName),
) -> Result<(), ApiError> {
    let declared = facts::service(app, service).await?;
    facts::environment(&declared, environment)?;
    let may_break = caller.may(Permission::BreakLock, &declared.place(Some(environment)));
    let command = Command::Unlock { by: caller.actor.clone(), may_break };
    track::change(app, (service, environment), (request, &caller.actor), command).await?;
    Ok(consider::consider(app, request, &declared).await?)
}
