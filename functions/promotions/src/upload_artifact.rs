//! Whether somebody may send the bytes of an artifact.

use domain::{Digest, ServiceName};
use edge::{ApiError, Caller};

use crate::App;
use crate::announce_artifact::may_push;

/// Whether the caller may send the bytes of an artifact: it is announced for a service that they may push for.
///
/// Where bytes are sent to the runtime itself, the address names the artifact, and since some version the service too:
/// without it every service is asked.
///
/// # Errors
/// [`ApiError::not_found`] if nobody announced it; [`ApiError::forbidden`] if it is announced for other services only.
pub async fn may_upload(
    app: &App,
    caller: &Caller,
    digest: &Digest,
    service: Option<&ServiceName>,
) -> Result<(), ApiError> {
    let mut refusal = ApiError::not_found("artifact", digest);
    let services = match service {
        Some(service) => app.core.store.service(service).await?.into_iter().collect(),
        None => app.core.store.services().await?,
    };
    for service in services {
        let service = service.value;
        let Some(artifact) = app.core.store.artifact(service.name(), digest).await? else { continue };
        match may_push(&service, caller, &artifact.value.commit) {
            Ok(()) => return Ok(()),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}
