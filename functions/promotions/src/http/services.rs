//! Services and what is known of them.

use api::overview::{EventView, ServiceRow};
use api::service::{AppliedService, ApplyService, ChangeView, Logs, ServiceView, Ships, Traffic};
use api::{Page, PageQuery};
use axum::extract::State;
use domain::{Digest, EnvironmentName, ServiceName};
use edge::{ApiError, ApiResult, At, Caller, IfMatch, Json, Path, Query, RequestContext};
use serde::Deserialize;
use store::{PageRequest, Versioned};

use crate::{App, apply_service, facts, overview, services, standings};

/// Which lines to read.
#[derive(Debug, Deserialize)]
pub(crate) struct LogsQuery {
    pub(crate) environment: EnvironmentName,
    pub(crate) artifact: Option<Digest>,
    pub(crate) contains: Option<String>,
    pub(crate) after: Option<u64>,
    pub(crate) limit: Option<usize>,
}

/// Which traffic to read.
#[derive(Debug, Deserialize)]
pub(crate) struct TrafficQuery {
    pub(crate) environment: EnvironmentName,
    pub(crate) minutes: Option<u32>,
    pub(crate) points: Option<usize>,
}

/// Which services to list.
#[derive(Debug, Deserialize)]
pub(crate) struct ServicesQuery {
    q: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// What to compare with what runs.
#[derive(Debug, Deserialize)]
pub(crate) struct ShipsQuery {
    environment: EnvironmentName,
    artifact: Option<Digest>,
}

/// The page of a list that a query asks for.
pub(crate) fn page(query: PageQuery) -> PageRequest {
    let limit = query.limit();
    PageRequest { limit, after: query.after.map(store::Cursor::from) }
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(ServicesQuery { q, after, limit }): Query<ServicesQuery>,
) -> ApiResult<Page<ServiceRow>> {
    let page = page(PageQuery { after, limit });
    Ok(Json(services::page(&app, &caller, &page, q.as_deref().unwrap_or_default()).await?))
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(service): Path<ServiceName>,
) -> Result<(At, Json<ServiceView>), ApiError> {
    let found = app.core.store.service(&service).await?;
    let Versioned { value: service, version } =
        found.ok_or_else(|| ApiError::not_found("service", &service))?;
    let row = overview::row(&app, &caller, &service).await?;
    let view = ServiceView {
        row,
        manifest: service.manifest_text,
        revision: service.revision,
        applied_at: service.applied_at,
        applied_by: service.applied_by,
    };
    Ok((At(version), Json(view)))
}

pub(crate) async fn put(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(service): Path<ServiceName>,
    expected: IfMatch,
    Json(body): Json<ApplyService>,
) -> Result<(At, Json<AppliedService>), ApiError> {
    let applied = apply_service::apply(&app, &request, &caller, &service, body.manifest, &expected).await?;
    standings::note_service(&app, &service).await;
    Ok((At(applied.0), Json(applied.1)))
}

pub(crate) async fn changes(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
) -> ApiResult<Page<ChangeView>> {
    let service = facts::service(&app, &service).await?;
    Ok(Json(crate::changes::changes(&app, &service).await?))
}

pub(crate) async fn ships(
    State(app): State<App>,
    caller: Caller,
    Path(service): Path<ServiceName>,
    Query(query): Query<ShipsQuery>,
) -> ApiResult<Ships> {
    let service = facts::service(&app, &service).await?;
    Ok(Json(crate::ships::ships(&app, &caller, &service, &query.environment, query.artifact.as_ref()).await?))
}

pub(crate) async fn timeline(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Page<EventView>> {
    Ok(Json(crate::timeline::timeline(&app, &service, &page(query)).await?))
}

pub(crate) async fn logs(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(query): Query<LogsQuery>,
) -> ApiResult<Logs> {
    let service = facts::service(&app, &service).await?;
    Ok(Json(crate::logs::logs(&app, &service, query).await?))
}

pub(crate) async fn traffic(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(query): Query<TrafficQuery>,
) -> ApiResult<Traffic> {
    let service = facts::service(&app, &service).await?;
    Ok(Json(crate::traffic::traffic(&app, &service, query).await?))
}
