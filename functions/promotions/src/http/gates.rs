//! Locks, and emergencies that pass gates.

use api::promotion::{AskOverride, ConfirmOverride, PromotionSummary, SetLock};
use axum::extract::State;
use domain::{EnvironmentName, PromotionId, ServiceName};
use edge::{ApiError, ApiResult, Caller, Json, NoContent, Path, RequestContext};

use super::promotions::changed;
use crate::{App, emergency, lock, standings};

pub(crate) async fn set_lock(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path((service, environment)): Path<(ServiceName, EnvironmentName)>,
    Json(body): Json<SetLock>,
) -> Result<NoContent, ApiError> {
    lock::set(&app, &request, &caller, (&service, &environment), body).await?;
    standings::note_own(&app, &service, &environment).await;
    Ok(NoContent)
}

pub(crate) async fn lift_lock(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path((service, environment)): Path<(ServiceName, EnvironmentName)>,
) -> Result<NoContent, ApiError> {
    lock::lift(&app, &request, &caller, (&service, &environment)).await?;
    standings::note_own(&app, &service, &environment).await;
    Ok(NoContent)
}

pub(crate) async fn ask_override(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<PromotionId>,
    Json(body): Json<AskOverride>,
) -> ApiResult<PromotionSummary> {
    let track = emergency::ask(&app, &request, &caller, id, &body.reason).await?;
    changed(&app, &caller, &track, id).await
}

pub(crate) async fn confirm_override(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<PromotionId>,
    Json(body): Json<ConfirmOverride>,
) -> ApiResult<PromotionSummary> {
    let track = emergency::confirm(&app, &request, &caller, id, body.diff).await?;
    changed(&app, &caller, &track, id).await
}
