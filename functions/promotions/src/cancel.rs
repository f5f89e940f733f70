//! A person stops a promotion.

use domain::PromotionId;
use domain::access::Permission;
use domain::lane::{Command, Track};
use edge::{ApiError, Caller, RequestContext};

use crate::{App, approve, track};

/// Stops a promotion: before it starts, or by going back to what ran before.
pub(crate) async fn cancel(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: PromotionId,
) -> Result<Track, ApiError> {
    let (service, environment, _) = track::place_of(app, id).await?;
    caller.check(Permission::Promote, &approve::place(app, &service, &environment).await?)?;
    let by = (request, &caller.actor);
    let command = Command::Cancel { promotion: id, by: caller.actor.clone() };
    Ok(track::change(app, (&service, &environment), by, command).await?)
}
