//! Trains: list, put together, look at, stop, take back.

use api::train::{CreateTrain, RollBackTrain, TrainView};
use api::{Page, PageQuery};
use axum::extract::State;
use domain::TrainId;
use edge::{ApiError, ApiResult, Caller, Json, Path, Query, RequestContext};

use crate::{App, train};

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Page<TrainView>> {
    let found = app.core.store.trains(&super::services::page(query)).await?;
    let mut items = Vec::new();
    for one in &found.items {
        items.extend(train::visible(&app, &caller, &one.value).await?);
    }
    Ok(Json(Page { items, next: found.next.map(|cursor| cursor.to_string()) }))
}

pub(crate) async fn create(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Json(body): Json<CreateTrain>,
) -> ApiResult<TrainView> {
    let train = train::create(&app, &request, &caller, body).await?;
    Ok(Json(train::view(&app, &caller, &train).await?))
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TrainId>,
) -> ApiResult<TrainView> {
    let train = train::load(&app, id).await?.value;
    let view = train::visible(&app, &caller, &train).await?;
    view.map(Json).ok_or_else(|| ApiError::not_found("train", id))
}

pub(crate) async fn cancel(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<TrainId>,
) -> ApiResult<TrainView> {
    let train = train::cancel(&app, &request, &caller, id).await?;
    Ok(Json(train::view(&app, &caller, &train).await?))
}

pub(crate) async fn roll_back(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<TrainId>,
    Json(body): Json<RollBackTrain>,
) -> ApiResult<TrainView> {
    let train = train::roll_back(&app, &request, &caller, id, body.reason).await?;
    Ok(Json(train::view(&app, &caller, &train).await?))
}
