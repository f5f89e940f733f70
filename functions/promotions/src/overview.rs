//! The first screen: is it healthy, what runs where, what waits and why.

use api::overview::{Overview, ServiceRow};
use domain::access::Permission;
use domain::check::Check;
use domain::health::{self, Health, HealthState};
use domain::promotion::{Outcome, State};
use domain::service::Service;
use edge::{ApiError, Caller};
use jiff::tz::TimeZone;
use store::{PageRequest, StoreError};

use crate::{App, facts, lanes};

/// How many of a service's newest promotions are looked through for today's counts.
const LOOKED_THROUGH: usize = 50;

/// The first screen.
pub(crate) async fn overview(app: &App, caller: &Caller) -> Result<Overview, ApiError> {
    let services = rows(app, caller).await?;
    let troubles = services.iter().flat_map(|row| {
        row.environments.iter().map(|lane| {
            let Health { state, reason } = lane.health.clone();
            Health { state, reason: format!("{} in {}: {reason}", row.name, lane.environment) }
        })
    });
    let verdict = health::worst(troubles);
    let is_unhealthy =
        |row: &&ServiceRow| row.environments.iter().any(|lane| lane.health.state == HealthState::Unhealthy);
    let unhealthy = services.iter().filter(is_unhealthy).count();
    let waits = services.iter().flat_map(|row| &row.environments).flat_map(|lane| &lane.waiting);
    let waiting_for_approval = waits.filter(|promotion| promotion.approve.is_some()).count();
    let (deploys_today, rollbacks_today) = today(app, &services).await?;
    let dead_letters =
        app.core.store.dead_letters(&PageRequest::first(store::LONGEST_PAGE)).await?.items.len();
    Ok(Overview {
        verdict,
        unhealthy,
        deploys_today,
        rollbacks_today,
        waiting_for_approval,
        dead_letters,
        services,
    })
}

/// Every service that the caller may see, the most urgent first.
pub(crate) async fn rows(app: &App, caller: &Caller) -> Result<Vec<ServiceRow>, ApiError> {
    let mut rows = Vec::new();
    for service in app.core.store.services().await? {
        if caller.may(Permission::Read, &service.value.place(None)) {
            rows.push(row(app, caller, &service.value).await?);
        }
    }
    rows.sort_by_key(|row| (urgency(row), row.name.clone()));
    Ok(rows)
}

/// One service with its environments.
pub(crate) async fn row(app: &App, caller: &Caller, service: &Service) -> Result<ServiceRow, ApiError> {
    let history = facts::history(app, service).await?;
    let section = &service.manifest.service;
    let mut environments = Vec::new();
    for environment in &service.manifest.environments {
        environments.push(lanes::lane(app, caller, service, environment, &history).await?);
    }
    let head = history.commits().first().map(|commit| (*commit).clone());
    let checks = match &head {
        None => Vec::new(),
        Some(head) => app.core.store.checks(&section.repository, &head.sha).await?,
    };
    Ok(ServiceRow {
        name: section.name.clone(),
        team: section.team.clone(),
        repository: section.repository.to_string(),
        branch: section.branch.clone(),
        head,
        head_checks: in_one_word(&checks).to_owned(),
        environments,
    })
}

fn in_one_word(checks: &[Check]) -> &'static str {
    if checks.is_empty() {
        "unknown"
    } else if checks.iter().any(|check| !check.state.is_green() && !check.state.is_pending()) {
        "red"
    } else if checks.iter().any(|check| check.state.is_pending()) {
        "running"
    } else {
        "green"
    }
}

/// Unhealthy first, then what waits, then what moves, then the rest.
fn urgency(row: &ServiceRow) -> u8 {
    let any = |wanted: fn(&api::overview::LaneView) -> bool| row.environments.iter().any(wanted);
    if any(|lane| lane.health.state == HealthState::Unhealthy) {
        0
    } else if any(|lane| !lane.waiting.is_empty() || lane.hold.is_some()) {
        1
    } else if any(|lane| lane.rollout.is_some()) {
        2
    } else {
        3
    }
}

/// Deploys and rollbacks since midnight UTC.
async fn today(app: &App, services: &[ServiceRow]) -> Result<(usize, usize), StoreError> {
    let today = app.core.now().to_zoned(TimeZone::UTC).date();
    let (mut deploys, mut rollbacks) = (0, 0);
    for row in services {
        let newest = PageRequest::first(LOOKED_THROUGH);
        for found in app.core.store.promotions_of_service(&row.name, &newest).await?.items {
            let State::Finished { outcome, at, .. } = found.value.state else { continue };
            if at.to_zoned(TimeZone::UTC).date() != today {
                continue;
            }
            match outcome {
                Outcome::Done if found.value.kind.is_rollback() => rollbacks += 1,
                Outcome::Done => deploys += 1,
                // A rollback by command ends what it pre-empts, and is counted itself.
                Outcome::RolledBack if found.value.pre_empted_by.is_none() => rollbacks += 1,
                Outcome::RolledBack | Outcome::Failed | Outcome::Cancelled | Outcome::Superseded => {}
            }
        }
    }
    Ok((deploys, rollbacks))
}
