//! Where the bytes of artifacts arrive, for those who may send them.

use api::{Access, Endpoint, Method};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use domain::access::Permission;
use domain::{Digest, ServiceName};
use edge::{ApiError, Caller, NoContent, Path, Query, Routes};
use http::HeaderMap;
use serde::Deserialize;

use crate::LocalArtifacts;
use crate::artifacts::receive_content;

/// The address that tickets for uploads name. It is this runtime's own: S3 takes its place in AWS.
const UPLOAD: Endpoint<(), ()> = Endpoint::new(
    "UPLOAD_ARTIFACT",
    Method::Put,
    "/api/artifacts/{digest}/content",
    Access::Needs(Permission::PushArtifact),
);

#[derive(Clone)]
struct Uploads {
    promotions: promotions::App,
    artifacts: LocalArtifacts,
}

/// For which service the bytes are. Tickets say it; those of earlier versions did not.
#[derive(Deserialize)]
struct UploadQuery {
    service: Option<ServiceName>,
}

/// The route to which the bytes of announced artifacts are sent.
pub(crate) fn router(promotions: promotions::App, artifacts: LocalArtifacts) -> Router {
    let core = promotions.core.clone();
    // The announced size is the limit, and a stream is not limited otherwise.
    Routes::<Uploads>::new(&core).on(&UPLOAD, upload).build(Uploads { promotions, artifacts })
}

async fn upload(
    State(Uploads { promotions, artifacts }): State<Uploads>,
    caller: Caller,
    Path(digest): Path<Digest>,
    Query(UploadQuery { service }): Query<UploadQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<NoContent, ApiError> {
    promotions::may_upload(&promotions, &caller, &digest, service.as_ref()).await?;
    receive_content(&artifacts, &digest, &headers, body).await
}
