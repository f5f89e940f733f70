//! What the rules need to know of the world outside an environment.

use std::collections::BTreeMap;

use domain::analysis::Observation;
use domain::change::BranchHistory;
use domain::gates::{GateFacts, PreviousStay};
use domain::lane::{Facts, Track};
use domain::manifest::{EnvironmentSection, Manifest};
use domain::promotion::{Plan, Promotion, State};
use domain::rollout::Release;
use domain::service::Service;
use domain::{Digest, EnvironmentName, ServiceName};
use store::{PageRequest, StoreError};

use crate::{App, Error};

/// How many pushes back the history of a branch is read.
const PUSHES: usize = store::LONGEST_PAGE;

/// Everything an environment's rules ask for at this moment.
pub(crate) async fn of_track(app: &App, service: &Service, track: &Track) -> Result<Facts, Error> {
    let mut gates = BTreeMap::new();
    for promotion in track.waiting() {
        gates.insert(promotion.id, of_gates(app, service, promotion).await?);
    }
    // A target that does not answer is a fact too: nothing goes on until it does, or until the deadline.
    let target = app.deployer.observe(&track.lane.service, &track.lane.environment).await;
    let target = target.inspect_err(|error| tracing::warn!(%error, "the deploy target does not answer"));
    let measured = match track.rollout() {
        Some(rollout) => measured(app, rollout).await,
        None => None,
    };
    Ok(Facts { gates, target: target.ok().flatten(), measured })
}

/// What is known of a promotion's gates.
pub(crate) async fn of_gates(
    app: &App,
    service: &Service,
    promotion: &Promotion,
) -> Result<GateFacts, StoreError> {
    let repository = &service.manifest.service.repository;
    let checks = app.core.store.checks(repository, &promotion.release.commit).await?;
    let previous = match &promotion.plan.previous {
        None => None,
        Some(previous) => Some(stay(app, &promotion.service, previous, &promotion.release.artifact).await?),
    };
    Ok(GateFacts { checks, previous })
}

async fn stay(
    app: &App,
    service: &ServiceName,
    environment: &EnvironmentName,
    artifact: &Digest,
) -> Result<PreviousStay, StoreError> {
    let lane = app.core.store.lane(service, environment).await?;
    Ok(lane.map_or(PreviousStay::NeverVerified, |lane| lane.value.stay_of(artifact)))
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
pub(crate) fn plan(manifest: &Manifest, section: &EnvironmentSection) -> Plan {
    Plan {
        target: section.target.clone(),
        steps: section.steps.clone(),
        rollback_when: section.rollback_when,
        gates: section.gates.clone(),
        required_checks: manifest.ci.required.clone(),
        previous: manifest.before(&section.name).map(|previous| previous.name.clone()),
    }
}
