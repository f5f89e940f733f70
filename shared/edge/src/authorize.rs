//! Whether the caller may call a route, as far as the route's path tells.

use api::Access;
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::access::{Permission, Place};
use domain::{EnvironmentName, ServiceName};

use crate::authenticate::authenticate;
use crate::{ApiError, Caller, Core};

/// Who called, for the request log.
#[derive(Clone)]
pub(crate) struct CallerLabel(pub(crate) String);

/// The guard of one route.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) core: Core,
    pub(crate) route: api::Route,
}

/// Lets nobody pass who may not, and hands the caller on to the handler.
pub(crate) async fn guard(
    State(Guard { core, route }): State<Guard>,
    parameters: RawPathParams,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let takes_ci = route.access == Access::Needs(Permission::PushArtifact);
    let caller = authenticate(&core, request.headers(), route.method, takes_ci).await?;
    let label = CallerLabel(caller.actor.label());
    let mut response = match authorize(&core, &caller, route.access, &parameters).await {
        Ok(()) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(label);
    Ok(response)
}

async fn authorize(
    core: &Core,
    caller: &Caller,
    access: Access,
    parameters: &RawPathParams,
) -> Result<(), ApiError> {
    let permission = match access {
        Access::Public | Access::SignedIn => return Ok(()),
        Access::Needs(permission) => permission,
    };
    // What a CI job may register is told by the service's manifest, which the handler asks.
    if caller.ci.is_some() {
        return Ok(());
    }
    match place(core, permission, parameters).await? {
        Some(place) => caller.check(permission, &place),
        None if caller.may_somewhere(permission) => Ok(()),
        None => Err(ApiError::forbidden(caller.refusal(permission, &Place::default()))),
    }
}

/// The place where a request acts, if it can be told before the request is read.
async fn place(
    core: &Core,
    permission: Permission,
    parameters: &RawPathParams,
) -> Result<Option<Place>, ApiError> {
    let mut place = Place::default();
    for (name, value) in parameters {
        match name {
            "service" => place.service = Some(value.parse::<ServiceName>().map_err(invalid)?),
            "environment" => place.environment = Some(value.parse::<EnvironmentName>().map_err(invalid)?),
            _ => {}
        }
    }
    let Some(name) = &place.service else {
        return Ok(concerns_the_installation(permission).then_some(place));
    };
    match core.store.service(name).await? {
        Some(service) => place.team = Some(service.value.manifest.service.team),
        // Its team is named by the manifest that is being applied.
        None if permission == Permission::ApplyService => return Ok(None),
        // The handler says that it is not there; to callers who could see it, whatever its team.
        None => {}
    }
    Ok(Some(place))
}

/// Whether what is permitted belongs to no team, so that a grant for one team does not reach it.
fn concerns_the_installation(permission: Permission) -> bool {
    match permission {
        Permission::ManageConnections | Permission::ManageDeadLetters | Permission::ManageAccess => true,
        Permission::Read
        | Permission::PushArtifact
        | Permission::ApplyService
        | Permission::Promote
        | Permission::Approve
        | Permission::RollBack
        | Permission::Hold
        | Permission::BreakLock
        | Permission::ReadAudit => false,
    }
}

fn invalid(error: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(format!("{error}."))
}
