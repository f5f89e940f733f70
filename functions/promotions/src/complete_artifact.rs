//! A build says that an artifact's bytes are uploaded. They are read again before anybody relies on them.

use api::service::ArtifactView;
use domain::artifact::Artifact;
use domain::event::EventBody;
use domain::{Digest, ServiceName};
use edge::{ApiError, Caller, RequestContext};
use ports::ArtifactError;
use store::{StoreError, Versioned};

use crate::announce_artifact::may_push;
use crate::{App, facts};

/// Registers an announced artifact. The same again answers the same.
pub(crate) async fn complete(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    digest: &Digest,
    name: &ServiceName,
) -> Result<ArtifactView, ApiError> {
    let service = facts::service(app, name).await?;
    let known = announced(app, name, digest).await?;
    may_push(&service, caller, &known.value.commit)?;
    if known.value.registered_at.is_some() {
        return Ok(known.value.into());
    }
    app.artifacts.complete(digest, known.value.size).await.map_err(refused)?;
    let artifact = Artifact { registered_at: Some(app.core.now()), ..known.value };
    let body = EventBody::ArtifactRegistered {
        service: name.clone(),
        release: artifact.release(),
        size: artifact.size,
    };
    let mut transaction = app.core.store.transaction(app.core.now());
    transaction.replace(&artifact, known.version);
    transaction.event(&app.core.event(request, &caller.actor, body));
    match transaction.commit().await {
        Ok(()) => Ok(artifact.into()),
        // Somebody completed it at the same moment.
        Err(StoreError::Conflict) => Ok(announced(app, name, digest).await?.value.into()),
        Err(error) => Err(error.into()),
    }
}

async fn announced(
    app: &App,
    service: &ServiceName,
    digest: &Digest,
) -> Result<Versioned<Artifact>, ApiError> {
    app.core.store.artifact(service, digest).await?.ok_or_else(|| ApiError::not_found("artifact", digest))
}

pub(crate) fn refused(error: ArtifactError) -> ApiError {
    match error {
        ArtifactError::Incomplete { .. } => ApiError::conflict(format!(
            "{error}: announce it again to learn where to go on. Nothing was registered."
        )),
        ArtifactError::Mismatch { .. } => ApiError::conflict(format!(
            "{error}; they were thrown away. Upload it again. Nothing was registered."
        )),
        ArtifactError::Unavailable(_) => ApiError::unavailable(anyhow::Error::new(error)),
    }
}
