//! Artifacts: list, announce, complete.

use api::service::{AnnounceArtifact, AnnouncedArtifact, ArtifactView, CompleteArtifact};
use api::{Page, PageQuery};
use axum::extract::State;
use domain::{Digest, ServiceName};
use edge::{ApiResult, Caller, Json, Path, Query, RequestContext};

use crate::{App, announce_artifact, complete_artifact, facts};

pub(crate) async fn list(
    State(app): State<App>,
    Path(service): Path<ServiceName>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Page<ArtifactView>> {
    let service = facts::service(&app, &service).await?;
    let found = app.core.store.artifacts(service.name(), &super::services::page(query)).await?;
    let items = found.items.into_iter().map(|artifact| artifact.value.into()).collect();
    Ok(Json(Page { items, next: found.next.map(|cursor| cursor.to_string()) }))
}

pub(crate) async fn announce(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(service): Path<ServiceName>,
    Json(body): Json<AnnounceArtifact>,
) -> ApiResult<AnnouncedArtifact> {
    Ok(Json(announce_artifact::announce(&app, &request, &caller, &service, body).await?))
}

pub(crate) async fn complete(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(digest): Path<Digest>,
    Json(body): Json<CompleteArtifact>,
) -> ApiResult<ArtifactView> {
    Ok(Json(complete_artifact::complete(&app, &request, &caller, &digest, &body.service).await?))
}
