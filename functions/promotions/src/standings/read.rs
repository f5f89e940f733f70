//! Rows of services for whoever looks, from what is kept of them and what their targets say at this moment.

use std::collections::HashMap;

use api::overview::ServiceRow;
use domain::access::{Permission, Place};
use domain::promotion::Promotion;
use domain::service::Service;
use domain::standing::Standing;
use domain::{PromotionId, ServiceName, TeamName};
use edge::{ApiError, Caller};
use store::{StoreError, Versioned};

use crate::{App, lanes, overview};

/// Which services a caller sees.
pub(crate) enum Sight {
    /// All.
    Everything,
    /// Those of some teams.
    Teams(Vec<TeamName>),
    /// One, because the token is for no other.
    One(ServiceName),
}

impl Sight {
    /// What the caller sees, of the teams there are.
    pub(crate) fn of<'a>(caller: &Caller, teams: impl Iterator<Item = &'a TeamName>) -> Self {
        if let Some(service) = &caller.scope.service {
            return Self::One(service.clone());
        }
        if caller.may(Permission::Read, &Place::default()) {
            return Self::Everything;
        }
        let place = |team: &TeamName| Place { team: Some(team.clone()), ..Place::default() };
        Self::Teams(teams.filter(|team| caller.may(Permission::Read, &place(team))).cloned().collect())
    }

    /// Whether all services of a team are in sight.
    pub(crate) fn has(&self, team: &TeamName) -> bool {
        match self {
            Self::Everything => true,
            Self::Teams(teams) => teams.contains(team),
            Self::One(_) => false,
        }
    }

    /// The most urgent services in sight.
    pub(crate) async fn most_urgent(&self, app: &App, most: usize) -> Result<Vec<Standing>, StoreError> {
        let store = &app.core.store;
        let mut found = match self {
            Self::Everything => store.most_urgent(most).await?,
            Self::One(service) => store.standing(service).await?.into_iter().collect(),
            Self::Teams(teams) => {
                let mut found = Vec::new();
                for team in teams {
                    found.extend(store.most_urgent_of_team(team, most).await?);
                }
                found.sort_by_cached_key(|found| (found.value.urgency(), found.value.service.clone()));
                found
            }
        };
        found.truncate(most);
        Ok(found.into_iter().map(|found| found.value).collect())
    }
}

/// The promotions that several services have under way or waiting, read at once.
async fn live_of(app: &App, standings: &[Standing]) -> Result<HashMap<PromotionId, Promotion>, StoreError> {
    let lanes = standings.iter().flat_map(|standing| &standing.environments);
    let ids: Vec<PromotionId> = lanes.flat_map(|lane| &lane.live).copied().collect();
    let found = if ids.is_empty() { Vec::new() } else { app.core.store.promotions(&ids).await? };
    Ok(found.into_iter().map(|found| (found.value.id, found.value)).collect())
}

/// A row for each of these services that the caller may see, in their order.
pub(crate) async fn rows_of(
    app: &App,
    caller: &Caller,
    services: &[Versioned<Service>],
    standings: &[Standing],
) -> Result<Vec<ServiceRow>, ApiError> {
    let live = live_of(app, standings).await?;
    let kept: HashMap<&ServiceName, &Standing> =
        standings.iter().map(|standing| (&standing.service, standing)).collect();
    let mut rows = Vec::with_capacity(services.len());
    for Versioned { value: service, .. } in services {
        if !caller.may(Permission::Read, &service.place(None)) {
            continue;
        }
        rows.push(match kept.get(service.name()) {
            Some(standing) => row(app, caller, service, standing, &live).await,
            // Nobody has looked at it yet: it was declared this moment, or by a version that kept nothing.
            None => overview::row(app, caller, service).await?,
        });
    }
    Ok(rows)
}

async fn row(
    app: &App,
    caller: &Caller,
    service: &Service,
    standing: &Standing,
    live: &HashMap<PromotionId, Promotion>,
) -> ServiceRow {
    let mut environments = Vec::with_capacity(service.manifest.environments.len());
    for section in &service.manifest.environments {
        let empty;
        let lane = match standing.lane(&section.name) {
            Some(lane) => lane,
            None => {
                empty = lanes::nothing_yet(service, section);
                &empty
            }
        };
        let promotions = lane.live.iter().filter_map(|id| live.get(id));
        let outside = lanes::outside(app, service, section, lane.running.as_ref()).await;
        environments.push(lanes::view(app, caller, (service, section), lane, promotions, outside));
    }
    overview::row_of(service, standing.head.clone(), standing.head_checks.clone(), environments)
}
