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
    let reason = self::reason(reason, "A hold")?;
    let declared = facts::service(app, service).await?;
    facts::environment(&declared, environment)?;
    let command = Command::Hold { by: caller.actor.clone(), reason };
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

/// A reason as it is kept, for others who wonder.
pub(crate) fn reason(given: &str, what: &str) -> Result<String, ApiError> {
    let reason = given.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(ApiError::invalid(format!(
            "{what} needs a reason of 1 to {LONGEST_REASON} characters, for everybody who wonders. Nothing was changed."
        )));
    }
    Ok(reason.to_owned())
}
