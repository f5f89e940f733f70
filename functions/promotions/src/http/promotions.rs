//! Promotions: list, start, look at, approve, cancel, roll back, hold.

use api::promotion::{
    ApprovePromotion, CreatePromotion, PromotionSummary, PromotionView, RollBackRequest, SetHold,
};
use api::{Page, PageQuery};
use axum::extract::State;
use domain::access::Permission;
use domain::lane::Track;
use domain::promotion::Promotion;
use domain::{EnvironmentName, PromotionId, ServiceName};
use edge::{ApiError, ApiResult, Caller, Json, NoContent, Path, Query, RequestContext};
use serde::Deserialize;

use crate::view::{self, Looker};
use crate::{App, approve, cancel, facts, hold, lanes, promote, roll_back, ships, standings, track};

/// Which promotions to list.
#[derive(Debug, Deserialize)]
pub(crate) struct PromotionsQuery {
    environment: Option<EnvironmentName>,
    after: Option<String>,
    limit: Option<u32>,
}

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(service): Path<ServiceName>,
    Query(query): Query<PromotionsQuery>,
) -> ApiResult<Page<PromotionSummary>> {
    let service = facts::service(&app, &service).await?;
    let page = super::services::page(PageQuery { after: query.after, limit: query.limit });
    let store = &app.core.store;
    let found = match &query.environment {
        None => store.promotions_of_service(service.name(), &page).await?,
        Some(environment) => store.promotions_of_environment(service.name(), environment, &page).await?,
    };
    let summary = |promotion: &Promotion| {
        view::summary(promotion, &Looker::at(&caller, &service, &promotion.environment))
    };
    let items = found.items.iter().map(|found| summary(&found.value)).collect();
    Ok(Json(Page { items, next: found.next.map(|cursor| cursor.to_string()) }))
}

pub(crate) async fn create(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Json(body): Json<CreatePromotion>,
) -> ApiResult<PromotionSummary> {
    let place = (body.service.clone(), body.environment.clone());
    let (track, release) = promote::promote(&app, &request, &caller, body).await?;
    let promotion = promote::carrying(&track, &release)?;
    answer(&app, &caller, &place, promotion).await
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PromotionId>,
) -> ApiResult<PromotionView> {
    let (name, environment, promotion) = track::place_of(&app, id).await?;
    let service = facts::service(&app, &name).await?;
    let looker = Looker::at(&caller, &service, &environment);
    caller.check(Permission::Read, &looker.place)?;
    let history = facts::history(&app, &service).await?;
    let gate_facts = facts::of_gates(&app, &service, &promotion).await?;
    let target = app.deployer.observe(&name, &environment).await.ok().flatten();
    let track = track::load(&app, &name, &environment).await?.track;
    let promote = looker.action(Permission::Promote);
    Ok(Json(PromotionView {
        summary: view::summary(&promotion, &looker),
        gates: view::gates(&promotion, &gate_facts, app.core.now()),
        approvals: view::approvals(&promotion),
        overriding: view::overriding(&promotion, &looker),
        ask_override: view::ask_override(&promotion, &looker),
        steps: view::steps(&promotion),
        ships: ships::between(&history, promotion.replaces.clone(), promotion.release.clone(), promote),
        failure: promotion.failure.clone(),
        releases: target.map(|target| target.releases).unwrap_or_default(),
        roll_back: lanes::roll_back(&looker, &track),
    }))
}

pub(crate) async fn approve(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<PromotionId>,
    Json(body): Json<ApprovePromotion>,
) -> ApiResult<PromotionSummary> {
    let track = approve::approve(&app, &request, &caller, id, body.diff).await?;
    changed(&app, &caller, &track, id).await
}

pub(crate) async fn cancel(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<PromotionId>,
) -> ApiResult<PromotionSummary> {
    let track = cancel::cancel(&app, &request, &caller, id).await?;
    changed(&app, &caller, &track, id).await
}

pub(crate) async fn roll_back(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path((service, environment)): Path<(ServiceName, EnvironmentName)>,
    Json(body): Json<RollBackRequest>,
) -> ApiResult<PromotionSummary> {
    let place = (&service, &environment);
    let (track, id) = roll_back::roll_back(&app, &request, &caller, place, body).await?;
    changed(&app, &caller, &track, id).await
}

pub(crate) async fn set_hold(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path((service, environment)): Path<(ServiceName, EnvironmentName)>,
    Json(body): Json<SetHold>,
) -> Result<NoContent, ApiError> {
    hold::set(&app, &request, &caller, (&service, &environment), &body.reason).await?;
    standings::note_own(&app, &service, &environment).await;
    Ok(NoContent)
}

pub(crate) async fn lift_hold(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path((service, environment)): Path<(ServiceName, EnvironmentName)>,
) -> Result<NoContent, ApiError> {
    hold::lift(&app, &request, &caller, (&service, &environment)).await?;
    standings::note_own(&app, &service, &environment).await;
    Ok(NoContent)
}

pub(super) async fn changed(
    app: &App,
    caller: &Caller,
    track: &Track,
    id: PromotionId,
) -> ApiResult<PromotionSummary> {
    let promotion = match track.promotions.get(&id) {
        Some(promotion) => promotion.clone(),
        // It ended while this was on its way.
        None => track::place_of(app, id).await?.2,
    };
    let place = (promotion.service.clone(), promotion.environment.clone());
    answer(app, caller, &place, &promotion).await
}

async fn answer(
    app: &App,
    caller: &Caller,
    (service, environment): &(ServiceName, EnvironmentName),
    promotion: &Promotion,
) -> ApiResult<PromotionSummary> {
    standings::note_own(app, service, environment).await;
    let service = facts::service(app, service).await?;
    let summary = view::summary(promotion, &Looker::at(caller, &service, environment));
    Ok(Json(summary))
}
