//! A person keeps automation away from an environment, or lets it go on.

use domain::lane::Command;
use domain::{EnvironmentName, ServiceName};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, consider, facts, track};

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 500;

/// Keeps automation away until somebody resumes.
pub(crate) async fn set(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    (service, environment): (&ServiceName, &EnvironmentName),
    reason: &str,
) -> Result<(), ApiError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(ApiError::invalid(format!(
            "A hold needs a reason of 1 to {LONGEST_REASON} characters, so that others know when to lift it."
        )));
    }
    let declared = facts::service(app, service).await?;
    facts::environment(&declared, environment)?;
    let command = Command::Hold { by: caller.actor.clone(), reason: reason.to_owned() };
    track::change(app, (service, environment), (request, &caller.actor), command).await?;
    Ok(())
}

/// Lets automation go on, at once.
pub(crate) async fn lift(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    (service, environment): (&ServiceName, &EnvironmentName),
) -> Result<(), ApiError> {
    let declared = facts::service(app, service).await?;
    facts::environment(&declared, environment)?;
    let by = (request, &caller.actor);
    track::change(app, (service, environment), by, Command::Resume).await?;
    Ok(consider::consider(app, request, &declared).await?)
}
