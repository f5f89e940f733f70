//! A build announces an artifact, and learns where to upload it.

use api::service::{AnnounceArtifact, AnnouncedArtifact, Upload};
use domain::access::Permission;
use domain::artifact::Artifact;
use domain::event::EventBody;
use domain::service::Service;
use domain::{CommitSha, ServiceName};
use edge::{ApiError, Caller, RequestContext};
use ports::UploadTicket;
use store::StoreError;

use crate::{App, facts};

/// The largest artifact that is taken: 2 GiB.
const LARGEST: u64 = 2 << 30;

/// Announces an artifact. The same again answers the same; bytes that are here already need no upload.
pub(crate) async fn announce(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    name: &ServiceName,
    asked: AnnounceArtifact,
) -> Result<AnnouncedArtifact, ApiError> {
    let service = facts::service(app, name).await?;
    if asked.size == 0 || asked.size > LARGEST {
        return Err(ApiError::invalid(format!(
            "An artifact has 1 byte to 2 GiB; this one is announced with {} bytes. Nothing was registered.",
            asked.size
        )));
    }
    may_push(&service, caller, &asked.commit)?;
    let artifact = keep(app, request, caller, name, &asked).await?;
    let ticket = app
        .artifacts
        .announce(&asked.digest, artifact.size)
        .await
        .map_err(crate::complete_artifact::refused)?;
    let upload = ticket.map(|UploadTicket { url, offset, headers }| Upload {
        url: for_service(url, name),
        offset,
        headers,
    });
    Ok(AnnouncedArtifact { artifact: artifact.into(), upload })
}

/// Keelson's own address for the bytes, with the service they are for, whose right to push is asked there again;
/// another host's as it is.
fn for_service(url: String, service: &ServiceName) -> String {
    if url.starts_with('/') { format!("{url}?service={service}") } else { url }
}

/// A caller with a token needs the right to push; a CI job may only register what it built itself, from the
/// service's own repository, branch and workflow.
pub(crate) fn may_push(service: &Service, caller: &Caller, commit: &CommitSha) -> Result<(), ApiError> {
    let Some(identity) = &caller.ci else {
        return caller.check(Permission::PushArtifact, &service.place(None));
    };
    let trusted = service.manifest.ci.github.as_ref().ok_or_else(|| {
        ApiError::forbidden(format!(
            "{} trusts no workflow: add [ci.github] to its keelson.toml, or use an API token. Nothing was registered.",
            service.name()
        ))
    })?;
    let branch = &service.manifest.service.branch;
    domain::ci_identity::ci_identity_allows(trusted, branch, identity, commit)
        .map_err(|refusal| ApiError::forbidden(format!("{refusal}. Nothing was registered.")))
}

async fn keep(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    service: &ServiceName,
    asked: &AnnounceArtifact,
) -> Result<Artifact, ApiError> {
    if let Some(known) = known(app, service, asked).await? {
        return Ok(known);
    }
    let artifact = Artifact {
        digest: asked.digest,
        service: service.clone(),
        commit: asked.commit.clone(),
        size: asked.size,
        pushed_by: caller.actor.clone(),
        announced_at: app.core.now(),
        registered_at: None,
    };
    let body = EventBody::ArtifactAnnounced { service: service.clone(), release: artifact.release() };
    let mut transaction = app.core.store.transaction(app.core.now());
    transaction.put_new(&artifact);
    transaction.event(&app.core.event(request, &caller.actor, body));
    match transaction.commit().await {
        Ok(()) => Ok(artifact),
        // Somebody announced it at the same moment.
        Err(StoreError::Conflict) => {
            known(app, service, asked).await?.ok_or_else(|| ApiError::from(StoreError::Conflict))
        }
        Err(error) => Err(error.into()),
    }
}

/// The artifact as it was announced before; refused if it was announced as something else.
async fn known(
    app: &App,
    service: &ServiceName,
    asked: &AnnounceArtifact,
) -> Result<Option<Artifact>, ApiError> {
    let Some(known) = app.core.store.artifact(service, &asked.digest).await? else { return Ok(None) };
    let known = known.value;
    if known.commit != asked.commit || known.size != asked.size {
        return Err(ApiError::conflict(format!(
            "{} was announced before as {} bytes built from {}. An artifact never changes: build it again, so that \
             it has a digest of its own. Nothing was changed.",
            known.digest,
            known.size,
            known.commit.short()
        )));
    }
    Ok(Some(known))
}
