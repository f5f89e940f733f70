//! The handlers: take a request apart, call the use case, put the answer together.

use api::overview::Overview;
use axum::extract::State;
use edge::{ApiResult, Caller, Json};

use crate::App;

pub(crate) mod artifacts;
pub(crate) mod gates;
pub(crate) mod measures;
pub(crate) mod promotions;
pub(crate) mod services;
pub(crate) mod trains;

pub(crate) async fn overview(State(app): State<App>, caller: Caller) -> ApiResult<Overview> {
    Ok(Json(crate::overview::overview(&app, &caller).await?))
}
