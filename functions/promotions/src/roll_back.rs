//! A person takes an environment back.

use api::promotion::RollBackRequest;
use domain::lane::{Command, RollBack, Track};
use domain::{EnvironmentName, PromotionId, ServiceName};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, facts, track};

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 2_000;

/// Takes an environment back to what ran before, or to any retained artifact. Nothing blocks it.
pub(crate) async fn roll_back(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    (service, environment): (&ServiceName, &EnvironmentName),
    asked: RollBackRequest,
) -> Result<(Track, PromotionId), ApiError> {
    let declared = facts::service(app, service).await?;
    let section = facts::environment(&declared, environment)?;
    let to = match &asked.to {
        None => None,
        Some(digest) => Some(facts::registered(app, service, digest).await?),
    };
    let id = app.core.ids.promotion();
    let by = (request, &caller.actor);
    let rollback = RollBack {
        id,
        to,
        by: caller.actor.clone(),
        reason: reason(asked.reason),
        plan: facts::plan(&declared, section),
    };
    let command = Command::RollBack(Box::new(rollback));
    Ok((track::change(app, (service, environment), by, command).await?, id))
}

/// A reason as it is kept, cut to what is kept of it; `None` if it says nothing.
pub(crate) fn reason(given: Option<String>) -> Option<String> {
    let kept: String = given?.trim().chars().take(LONGEST_REASON).collect();
    (!kept.is_empty()).then_some(kept)
}
