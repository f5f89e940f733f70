//! A team declares its service.

use api::FieldError;
use api::service::AppliedService;
use domain::access::{Permission, Place};
use domain::event::EventBody;
use domain::manifest::Manifest;
use domain::service::Service;
use domain::{EnvironmentName, ServiceName};
use edge::{ApiError, Caller, IfMatch, RequestContext};
use store::Version;

use crate::App;

/// Applies a `keelson.toml`. The same text again changes nothing.
pub(crate) async fn apply(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    name: &ServiceName,
    text: String,
    expected: &IfMatch,
) -> Result<(Version, AppliedService), ApiError> {
    let manifest = read(name, &text)?;
    let team =
        Place { team: Some(manifest.service.team.clone()), service: Some(name.clone()), environment: None };
    // The team that owns it now was checked with the path; the team it is given to must agree as well.
    caller.check(Permission::ApplyService, &team)?;
    let repository = &manifest.service.repository;
    if app.core.store.connection(&repository.connection).await?.is_none() {
        let detail = format!(
            "there is no connection `{}`: add it first with `keelson connection add`",
            repository.connection
        );
        return Err(invalid(vec![field("/service/repository", detail)]));
    }
    let known = app.core.store.service(name).await?;
    expected.check("service", known.as_ref().map(|known| known.version))?;
    if let Some(known) = known.as_ref().filter(|known| known.value.manifest_text == text) {
        let applied =
            AppliedService { service: name.clone(), revision: known.value.revision, changed: false };
        return Ok((known.version, applied));
    }
    refuse_unreachable(app, &manifest)?;
    if let Some(known) = &known {
        refuse_removal(app, &known.value, &manifest).await?;
    }
    let revision = known.as_ref().map_or(0, |known| known.value.revision) + 1;
    let service = Service {
        manifest,
        manifest_text: text,
        revision,
        applied_at: app.core.now(),
        applied_by: caller.actor.clone(),
    };
    let team = service.manifest.service.team.clone();
    let body = EventBody::ServiceApplied { service: name.clone(), team, revision };
    let mut transaction = app.core.store.transaction(app.core.now());
    let known = known.map(|known| known.version);
    transaction.save(&service, known);
    transaction.event(&app.core.event(request, &caller.actor, body));
    transaction.commit().await?;
    let applied = AppliedService { service: name.clone(), revision, changed: true };
    Ok((Version::written_over(known), applied))
}

fn read(name: &ServiceName, text: &str) -> Result<Manifest, ApiError> {
    let manifest = Manifest::parse(text).map_err(|mistakes| {
        let fields = mistakes.into_iter().map(|mistake| FieldError {
            pointer: mistake.pointer,
            detail: mistake.detail,
            line: Some(mistake.line),
            column: Some(mistake.column),
        });
        invalid(fields.collect())
    })?;
    if manifest.service.name != *name {
        let detail = format!("the file declares `{}`, but it is applied as `{name}`", manifest.service.name);
        return Err(invalid(vec![field("/service/name", detail)]));
    }
    Ok(manifest)
}

/// What runs nowhere from here is told when it is declared, not by a promotion that fails.
fn refuse_unreachable(app: &App, manifest: &Manifest) -> Result<(), ApiError> {
    let sections = manifest.environments.iter().enumerate();
    let refused = sections.filter_map(|(index, section)| {
        let why = app.deployer.supports(&section.target).err()?;
        let detail = format!("`{}` cannot be reached: {why}", section.name);
        Some(field(&format!("/environment/{index}/target"), detail))
    });
    let fields: Vec<FieldError> = refused.collect();
    if fields.is_empty() { Ok(()) } else { Err(invalid(fields)) }
}

/// An environment with something running or on its way cannot just disappear.
async fn refuse_removal(app: &App, known: &Service, manifest: &Manifest) -> Result<(), ApiError> {
    let gone = |name: &EnvironmentName| manifest.environment(name).is_none();
    let mut fields = Vec::new();
    for section in known.manifest.environments.iter().filter(|section| gone(&section.name)) {
        let lane = app.core.store.lane(known.name(), &section.name).await?;
        if lane.is_some_and(|lane| lane.value.running.is_some() || !lane.value.live.is_empty()) {
            let detail =
                format!("`{}` is missing, but something runs there: keep it in the file", section.name);
            fields.push(field("/environment", detail));
        }
    }
    if fields.is_empty() { Ok(()) } else { Err(invalid(fields)) }
}

fn field(pointer: &str, detail: String) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail, line: None, column: None }
}

fn invalid(fields: Vec<FieldError>) -> ApiError {
    ApiError::invalid_fields("The manifest has mistakes. Nothing was changed.", fields)
}
