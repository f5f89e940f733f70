//! What the rules need to know of the world outside an environment.

use std::collections::BTreeMap;

use domain::access::{Permission, Place};
use domain::access_records::User;
use domain::analysis::Observation;
use domain::change::{Author, BranchHistory};
use domain::gates::{Approver, GateFacts, PreviousStay, Trouble, Turn};
use domain::health::HealthState;
use domain::lane::{Facts, Track};
use domain::manifest::EnvironmentSection;
use domain::promotion::{Plan, Promotion, State};
use domain::rollout::Release;
use domain::service::Service;
use domain::{Digest, EnvironmentName, ServiceName};
use store::{PageRequest, StoreError};

use crate::{App, Error, lanes};

/// How many pushes back the history of a branch is read.
const PUSHES: usize = store::LONGEST_PAGE;

/// Everything an environment's rules ask for at this moment.
pub(crate) async fn of_track(app: &App, service: &Service, track: &Track) -> Result<Facts, Error> {
    let mut gates = BTreeMap::new();
    for promotion in track.waiting() {
        gates.insert(promotion.id, of_gates(app, service, promotion).await?);
    }
    let (target, measured) = match track.rollout() {
        None => (None, None),
        Some(rollout) => {
            // A target that does not answer is a fact too: nothing goes on until it does, or until the deadline.
            let target = app.deployer.observe(&track.lane.service, &track.lane.environment).await;
            let target =
                target.inspect_err(|error| tracing::warn!(%error, "the deploy target does not answer"));
            (target.ok().flatten(), measured(app, rollout).await)
        }
    };
    Ok(Facts { gates, target, measured })
}

/// What is known of a promotion's gates.
pub(crate) async fn of_gates(
    app: &App,
    service: &Service,
    promotion: &Promotion,
) -> Result<GateFacts, StoreError> {
    let repository = &service.manifest.service.repository;
    let checks = app.core.store.checks(repository, &promotion.release.commit).await?;
    // What has begun is past its gates: nothing more is looked up for it.
    if !promotion.steps.is_empty() {
        return Ok(GateFacts { checks, ..GateFacts::default() });
    }
    let section = service.manifest.environment(&promotion.environment);
    let now_planned = section.map(|section| plan(service, section));
    let plan = now_planned.as_ref().unwrap_or(&promotion.plan);
    let (previous, trouble) = match &plan.previous {
        None => (None, None),
        Some(previous) => {
            let (stay, trouble) = before(app, service, previous, &promotion.release.artifact).await?;
            (Some(stay), trouble)
        }
    };
    let approvers = match plan.gates.approvals {
        None => Vec::new(),
        Some(_) => approvers(app, &service.place(Some(&promotion.environment))).await?,
    };
    // A push that was cut is completed later, so its authors are looked up anew for as long as they matter.
    let asks_for_authors = plan.gates.approvals.as_ref().is_some_and(|rule| rule.not_author);
    let authors = match promotion.other_base || asks_for_authors {
        true => Some(authors(app, service, promotion).await?),
        false => None,
    };
    let turn = turn(app, promotion).await?;
    Ok(GateFacts { checks, previous, trouble, approvers, authors, plan: now_planned, turn })
}

/// How an artifact did in the environment before, and what speaks against that environment now.
async fn before(
    app: &App,
    service: &Service,
    environment: &EnvironmentName,
    artifact: &Digest,
) -> Result<(PreviousStay, Option<Trouble>), StoreError> {
    let lane = app.core.store.lane(service.name(), environment).await?;
    let Some(lane) = lane.map(|found| found.value) else {
        return Ok((PreviousStay::NeverVerified, None));
    };
    let stay = lane.stay_of(artifact);
    if let Some(rejection) = lane.rejected.iter().find(|rejection| rejection.artifact == *artifact) {
        return Ok((stay, Some(Trouble::TakenBack { reason: rejection.reason.clone() })));
    }
    // Not verified says enough: the environment need not be asked how it is.
    if stay == PreviousStay::NeverVerified {
        return Ok((stay, None));
    }
    let Some(section) = service.manifest.environment(environment) else { return Ok((stay, None)) };
    let health = lanes::health(app, service, section, &lane).await;
    let trouble = match health.state {
        // Where nobody can tell, nobody may rely on it.
        HealthState::Unhealthy | HealthState::Unknown | HealthState::Starting | HealthState::Drifted => {
            Some(Trouble::Unhealthy { reason: health.reason })
        }
        HealthState::Healthy | HealthState::Empty => None,
    };
    Ok((stay, trouble))
}

/// Everybody with the right to approve there.
async fn approvers(app: &App, place: &Place) -> Result<Vec<Approver>, StoreError> {
    let users = app.core.store.users().await?.into_iter().map(|found| found.value);
    let allowed =
        users.filter(|user| user.granted().iter().any(|grant| grant.allows(Permission::Approve, place)));
    Ok(allowed
        .map(|User { login, git_login, emails, teams, .. }| Approver { login, git_login, emails, teams })
        .collect())
}

async fn authors(app: &App, service: &Service, promotion: &Promotion) -> Result<Vec<Author>, StoreError> {
    let history = history(app, service).await?;
    let running = promotion.replaces.as_ref().map(|release| &release.commit);
    Ok(history.between(running, &promotion.release.commit).authors())
}

/// What the promotion's train says, if it goes with one.
async fn turn(app: &App, promotion: &Promotion) -> Result<Option<Turn>, StoreError> {
    let Some(id) = &promotion.train else { return Ok(None) };
    let train = app.core.store.train(id).await?;
    Ok(train.map(|train| train.value.turn(&promotion.id)))
}

/// New beside old since the step had its share; `None` outside a bake.
async fn measured(app: &App, rollout: &Promotion) -> Option<Result<Observation, String>> {
    if !matches!(rollout.state, State::Baking { .. }) {
        return None;
    }
    let since = rollout.steps.last()?.reached_at?;
    let of = async |release: &Release| {
        let (service, environment) = (&rollout.service, &rollout.environment);
        app.signals
            .measure(service, environment, &release.artifact, since)
            .await
            .map_err(|error| error.to_string())
    };
    let new = match of(&rollout.release).await {
        Ok(new) => new,
        Err(reason) => return Some(Err(reason)),
    };
    let old = match &rollout.replaces {
        None => None,
        Some(release) => match of(release).await {
            Ok(old) => Some(old),
            Err(reason) => return Some(Err(reason)),
        },
    };
    Some(Ok(Observation { new, old }))
}

/// The history of the branch that a service ships from.
pub(crate) async fn history(app: &App, service: &Service) -> Result<BranchHistory, StoreError> {
    let section = &service.manifest.service;
    let page = PageRequest::first(PUSHES);
    let pushes = app.core.store.pushes(&section.repository, &section.branch, &page).await?;
    let pulls = app.core.store.pull_requests(&section.repository, &page).await?;
    Ok(BranchHistory::new(pushes.items, pulls.items))
}

/// A declared service.
pub(crate) async fn service(app: &App, name: &ServiceName) -> Result<Service, Error> {
    let found = app.core.store.service(name).await?;
    found.map(|found| found.value).ok_or_else(|| Error::unknown("service", name))
}

/// What a registered artifact of a service brings.
pub(crate) async fn registered(app: &App, service: &ServiceName, digest: &Digest) -> Result<Release, Error> {
    let found = app.core.store.artifact(service, digest).await?.map(|found| found.value);
    let registered = found.filter(|artifact| artifact.registered_at.is_some());
    registered.map(|artifact| artifact.release()).ok_or_else(|| Error::unknown("artifact", digest))
}

/// A declared environment of it.
pub(crate) fn environment<'a>(
    service: &'a Service,
    name: &EnvironmentName,
) -> Result<&'a EnvironmentSection, Error> {
    service.manifest.environment(name).ok_or_else(|| Error::unknown("environment", name))
}

/// How a promotion into that environment goes about it, by the manifest as it is now.
pub(crate) fn plan(service: &Service, section: &EnvironmentSection) -> Plan {
    let manifest = &service.manifest;
    Plan {
        target: section.target.clone(),
        steps: section.steps.clone(),
        rollback_when: section.rollback_when,
        gates: section.gates.clone(),
        required_checks: manifest.ci.required.clone(),
        previous: manifest.before(&section.name).map(|previous| previous.name.clone()),
        revision: service.revision,
    }
}
