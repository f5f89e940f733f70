//! Rows of services for whoever looks, from what is kept of them and what their targets say at this moment.

use std::collections::{BTreeSet, HashMap};

use api::overview::ServiceRow;
use domain::access::{Permission, Place};
use domain::promotion::{Promotion, State};
use domain::service::Service;
use domain::standing::{Counts, Day, Standing};
use domain::{PromotionId, ServiceName, TeamName};
use edge::{ApiError, Caller};
use jiff::tz::TimeZone;
use store::{PageRequest, StoreError, Versioned};

use crate::{App, lanes, overview, today};

/// How many of the newest promotions of a single service are looked through for today's counts.
const LOOKED_THROUGH: usize = 50;

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
    /// What the caller sees.
    pub(crate) fn of(caller: &Caller) -> Self {
        if let Some(service) = &caller.scope.service {
            return Self::One(service.clone());
        }
        if caller.may(Permission::Read, &Place::default()) {
            return Self::Everything;
        }
        // Whoever may not read everywhere may read what a grant names the team of, so no other teams are looked at.
        let grants = caller.grants.iter().chain(&caller.scope.grants);
        let named: BTreeSet<TeamName> = grants.filter_map(|grant| grant.team.clone()).collect();
        let place = |team: &TeamName| Place { team: Some(team.clone()), ..Place::default() };
        Self::Teams(named.into_iter().filter(|team| caller.may(Permission::Read, &place(team))).collect())
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

    /// The totals of the services in sight.
    pub(crate) async fn totals(&self, app: &App) -> Result<Counts, StoreError> {
        let store = &app.core.store;
        Ok(match self {
            Self::Everything => match store.totals_of_all().await? {
                Some(totals) => totals,
                // Not all are counted together yet, as shortly after an update; but every team counts its own.
                None => store.totals().await?.into_iter().map(|(_, counts)| counts).sum(),
            },
            Self::Teams(teams) => store.totals_of_teams(teams).await?,
            Self::One(service) => {
                store.standing(service).await?.map(|found| found.value.counts()).unwrap_or_default()
            }
        })
    }

    /// What came to its end today, since midnight UTC, of the services in sight.
    pub(crate) async fn ended_today(&self, app: &App) -> Result<Day, StoreError> {
        let (store, today) = (&app.core.store, today::date(app));
        match self {
            Self::Everything => store.totals_of_all_on(today).await,
            Self::Teams(teams) => store.totals_of_day(teams, today).await,
            Self::One(service) => {
                let newest =
                    store.promotions_of_service(service, &PageRequest::first(LOOKED_THROUGH)).await?;
                let is_today = |state: &State| matches!(state, State::Finished { at, .. } if at.to_zoned(TimeZone::UTC).date() == today);
                let promotions = newest.items.iter().map(|found| &found.value);
                Ok(today::count(promotions.filter(|promotion| is_today(&promotion.state))))
            }
        }
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
