//! A person stops a train, or takes back what it promoted.

use domain::TrainId;
use domain::access::Permission;
use domain::train::Train;
use edge::{ApiError, Caller, RequestContext};

use super::consider::{change, consider};
use super::load;
use crate::{App, facts, roll_back};

/// Stops a train, wherever it is: what it promoted is taken back, and the rest never starts.
pub(crate) async fn cancel(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: TrainId,
) -> Result<Train, ApiError> {
    check(app, caller, Permission::Promote, &load(app, id).await?.value).await?;
    let now = app.core.now();
    let by = &caller.actor;
    change(app, (request, by), id, |train| train.cancel(by, now)).await?;
    Ok(consider(app, request, id).await?)
}

/// Takes back everything the train promoted, the last one first. Nothing blocks it.
pub(crate) async fn roll_back(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: TrainId,
    reason: Option<String>,
) -> Result<Train, ApiError> {
    check(app, caller, Permission::RollBack, &load(app, id).await?.value).await?;
    let reason = roll_back::reason(reason);
    let now = app.core.now();
    let by = &caller.actor;
    change(app, (request, by), id, |train| train.roll_back(by, reason.as_deref(), now)).await?;
    Ok(consider(app, request, id).await?)
}

/// A train is as protected as each of its services.
async fn check(app: &App, caller: &Caller, permission: Permission, train: &Train) -> Result<(), ApiError> {
    for car in &train.cars {
        let service = facts::service(app, &car.service).await?;
        caller.check(permission, &service.place(Some(&train.environment)))?;
    }
    Ok(())
}
