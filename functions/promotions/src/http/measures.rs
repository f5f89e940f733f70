//! How delivery goes: the figures and the rows they are made of.

use api::ci::CiView;
use api::dora::{DoraRows, DoraView, ServiceDora};
use api::{Page, PageQuery};
use axum::extract::State;
use domain::ServiceName;
use domain::dora::Metric;
use edge::{ApiResult, Caller, Json, Path, Query};
use serde::Deserialize;

use super::services::page;
use crate::dora::Asked;
use crate::{App, ci, dora, facts};

/// Which time to measure.
#[derive(Debug, Deserialize)]
pub(crate) struct WindowQuery {
    window: Option<u16>,
}

/// Which rows to list.
#[derive(Debug, Deserialize)]
pub(crate) struct RowsQuery {
    metric: Metric,
    window: Option<u16>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Which services to list, and over which time.
#[derive(Debug, Deserialize)]
pub(crate) struct ServicesQuery {
    window: Option<u16>,
    after: Option<String>,
    limit: Option<u32>,
}

pub(crate) async fn dora(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<DoraView> {
    let asked = Asked::new(&app, query.window)?;
    let service = facts::service(&app, &service).await?;
    Ok(Json(dora::view(&app, &service, &asked).await?))
}

pub(crate) async fn dora_rows(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(RowsQuery { metric, window, after, limit }): Query<RowsQuery>,
) -> ApiResult<DoraRows> {
    let asked = Asked::new(&app, window)?;
    let service = facts::service(&app, &service).await?;
    let limit = PageQuery { after: None, limit }.limit();
    Ok(Json(dora::rows(&app, &service, &asked, metric, (after, limit)).await?))
}

pub(crate) async fn dora_of_services(
    State(app): State<App>,
    caller: Caller,
    Query(ServicesQuery { window, after, limit }): Query<ServicesQuery>,
) -> ApiResult<Page<ServiceDora>> {
    let asked = Asked::new(&app, window)?;
    let page = page(PageQuery { after, limit });
    Ok(Json(dora::of_services(&app, &caller, &asked, &page).await?))
}

pub(crate) async fn ci(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<CiView> {
    let asked = Asked::new(&app, query.window)?;
    let service = facts::service(&app, &service).await?;
    Ok(Json(ci::view(&app, &service, &asked).await?))
}
