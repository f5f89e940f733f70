//! The first screen: is it healthy, what runs where, what waits and why.

use api::overview::{LaneView, Overview, ServiceRow};
use domain::ServiceName;
use domain::change::{BranchHistory, Commit};
use domain::check::Check;
use domain::health::{self, Health, HealthState};
use domain::service::Service;
use domain::standing::{Counts, Day, Standing};
use edge::{ApiError, Caller};
use futures_util::future::try_join4;
use store::StoreError;

use crate::standings::{Sight, rows_of};
use crate::{App, facts, lanes};

/// How many services the first screen shows: more than anybody takes in at once, and what an answer costs.
const SHOWN: usize = 12;
/// How many events that could not be handled are counted; more than that are as many.
const DEAD_LETTERS: usize = 100;

/// The first screen.
///
/// Makes as many requests of the store, and reads as many rows, whatever there is: the most urgent services, and totals
/// that lie in a few rows. What the rows say is as of this moment; of the services that are not shown it is what was
/// kept of them.
pub(crate) async fn overview(app: &App, caller: &Caller) -> Result<Overview, ApiError> {
    let store = &app.core.store;
    let sight = Sight::of(caller);
    let (standings, total, Day { deploys, rollbacks }, dead_letters) = try_join4(
        sight.most_urgent(app, SHOWN),
        sight.totals(app),
        sight.ended_today(app),
        store.dead_letter_count(DEAD_LETTERS),
    )
    .await?;
    let names: Vec<ServiceName> = standings.iter().map(|standing| standing.service.clone()).collect();
    let found = store.services_named(&names).await?;
    let services = rows_of(app, caller, &found, &standings).await?;
    // Of what is shown, what is shown counts.
    let not_shown = total - standings.iter().map(Standing::counts).sum::<Counts>();
    let shown: Counts = services.iter().map(counts).sum();
    let now = not_shown + shown;
    Ok(Overview {
        verdict: verdict(&services, &not_shown),
        total: whole(now.services),
        unhealthy: whole(now.unhealthy),
        deploys_today: whole(deploys.into()),
        rollbacks_today: whole(rollbacks.into()),
        waiting_for_approval: whole(now.waiting_for_approval),
        dead_letters,
        services,
    })
}

/// One service with its environments, read anew.
pub(crate) async fn row(app: &App, caller: &Caller, service: &Service) -> Result<ServiceRow, ApiError> {
    let history = facts::history(app, service).await?;
    let mut environments = Vec::new();
    for environment in &service.manifest.environments {
        environments.push(lanes::lane(app, caller, service, environment, &history).await?);
    }
    let (head, checks) = head(app, service, &history).await?;
    Ok(row_of(service, head, checks, environments))
}

/// A service with what is known of it.
pub(crate) fn row_of(
    service: &Service,
    head: Option<Commit>,
    head_checks: String,
    environments: Vec<LaneView>,
) -> ServiceRow {
    let section = &service.manifest.service;
    ServiceRow {
        name: section.name.clone(),
        team: section.team.clone(),
        repository: section.repository.to_string(),
        branch: section.branch.clone(),
        head,
        head_checks,
        environments,
    }
}

/// The newest commit of a service's branch, and what CI says of it.
pub(crate) async fn head(
    app: &App,
    service: &Service,
    history: &BranchHistory,
) -> Result<(Option<Commit>, String), StoreError> {
    let head = history.commits().first().map(|commit| (*commit).clone());
    let checks = match &head {
        None => Vec::new(),
        Some(head) => app.core.store.checks(&service.manifest.service.repository, &head.sha).await?,
    };
    Ok((head, in_one_word(&checks).to_owned()))
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

/// What a row that is shown adds to the totals.
fn counts(row: &ServiceRow) -> Counts {
    let states = row.environments.iter().map(|lane| lane.health.state);
    let worst = states.filter(|state| *state != HealthState::Empty).max().unwrap_or(HealthState::Empty);
    let waiting = row.environments.iter().flat_map(|lane| &lane.waiting);
    let wants = waiting.filter(|promotion| promotion.approve.is_some()).count();
    Counts { waiting_for_approval: i64::try_from(wants).unwrap_or(i64::MAX), ..Counts::of(worst) }
}

/// The worst of what is shown and of what is not.
fn verdict(shown: &[ServiceRow], not_shown: &Counts) -> Health {
    let troubles = shown.iter().flat_map(|row| {
        row.environments.iter().map(|lane| {
            let Health { state, reason } = lane.health.clone();
            Health { state, reason: format!("{} in {}: {reason}", row.name, lane.environment) }
        })
    });
    let others = [
        (HealthState::Unhealthy, not_shown.unhealthy, "unhealthy"),
        (HealthState::Drifted, not_shown.drifted, "not what was promoted"),
        (HealthState::Unknown, not_shown.unknown, "not known to be well"),
        (HealthState::Starting, not_shown.starting, "starting"),
    ];
    let others = others.into_iter().filter(|(_, count, _)| *count > 0).map(|(state, count, what)| {
        let services = if count == 1 { "1 service is".to_owned() } else { format!("{count} services are") };
        Health { state, reason: format!("{services} {what}") }
    });
    health::worst(troubles.chain(others))
}

/// A total as it is told. Totals and rows are read one after another, so that a difference may fall short for a moment.
fn whole(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}
