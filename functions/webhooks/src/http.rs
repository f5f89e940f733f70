//! The handlers: take a request apart, call the use case, put the answer together.

use api::connection::{
    ConnectionDetail, ConnectionSecret, ConnectionView, PutConnection, RotateConnection, SetApiAccess,
};
use axum::extract::State;
use axum::http::StatusCode;
use domain::ConnectionName;
use edge::{ApiError, ApiResult, At, Caller, IfMatch, Json, Path, RequestContext};

use crate::hook::VerifiedHook;
use crate::{App, api_access, put_connection, receive, rotate_connection, view};

pub(crate) async fn receive(
    State(app): State<App>,
    request: RequestContext,
    hook: VerifiedHook,
) -> Result<StatusCode, ApiError> {
    receive::receive(&app, &request, &hook).await?;
    Ok(StatusCode::ACCEPTED)
}

pub(crate) async fn list(State(app): State<App>) -> ApiResult<Vec<ConnectionView>> {
    Ok(Json(view::all(&app).await?))
}

pub(crate) async fn get(
    State(app): State<App>,
    Path(name): Path<ConnectionName>,
) -> Result<(At, Json<ConnectionDetail>), ApiError> {
    let known = app.core.store.connection(&name).await?;
    let version = known.ok_or_else(|| ApiError::not_found("connection", &name))?.version;
    Ok((At(version), Json(view::detail(&app, &name).await?)))
}

pub(crate) async fn put(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(name): Path<ConnectionName>,
    expected: IfMatch,
    Json(body): Json<PutConnection>,
) -> ApiResult<ConnectionSecret> {
    Ok(Json(put_connection::put(&app, &request, &caller, &name, body, &expected).await?))
}

pub(crate) async fn set_api_access(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(name): Path<ConnectionName>,
    Json(body): Json<SetApiAccess>,
) -> ApiResult<ConnectionView> {
    Ok(Json(api_access::set(&app, &request, &caller, &name, body).await?))
}

pub(crate) async fn remove_api_access(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(name): Path<ConnectionName>,
) -> ApiResult<ConnectionView> {
    Ok(Json(api_access::remove(&app, &request, &caller, &name).await?))
}

pub(crate) async fn rotate(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(name): Path<ConnectionName>,
    Json(body): Json<RotateConnection>,
) -> ApiResult<ConnectionSecret> {
    Ok(Json(rotate_connection::rotate(&app, &request, &caller, &name, body).await?))
}
