//! The five figures of delivery, and the rows each is made of.

use api::dora::{DoraRows, DoraView, FormulaView, ServiceDora};
use api::{FieldError, Page};
use domain::dora::{Deployment, Ledger, Metric, Window};
use domain::service::Service;
use domain::{EnvironmentName, ServiceName};
use edge::{ApiError, Caller};
use jiff::Timestamp;
use store::{Newest, PageRequest, StoreError};

use crate::App;

/// The windows there are, in days, each with how many days one piece of its plot has.
const WINDOWS: [(u16, u16); 3] = [(7, 1), (30, 1), (90, 7)];
/// The window unless one is asked for.
const USUAL: u16 = 30;
/// How many deployments are read at most: beyond ten a day over the two longest windows.
const MOST: usize = 2_000;
/// Incidents are not known yet; what goes wrong for users is what a promotion or a person took back.
const INCIDENTS: [domain::dora::Incident; 0] = [];

/// A window that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) days: u16,
    piece: u16,
    pub(crate) window: Window,
}

impl Asked {
    /// The window of so many days up to the end of this minute, so that answers within a minute are the same.
    pub(crate) fn new(app: &App, days: Option<u16>) -> Result<Self, ApiError> {
        let days = days.unwrap_or(USUAL);
        let Some((days, piece)) = WINDOWS.into_iter().find(|(window, _)| *window == days) else {
            let detail = "`window` is 7, 30 or 90 days".to_owned();
            let pointer = "/window".to_owned();
            let error = FieldError { pointer, detail: detail.clone(), line: None, column: None };
            return Err(ApiError::invalid_fields(format!("{detail}, not {days}."), vec![error]));
        };
        Ok(Self { days, piece, window: Window::days(days, end_of_minute(app.core.now())) })
    }
}

fn end_of_minute(now: Timestamp) -> Timestamp {
    let minute = now.as_second().div_euclid(60) + 1;
    Timestamp::from_second(minute * 60).unwrap_or(Timestamp::MAX)
}

/// What is known of a service's production over a window and the one before it.
struct Known {
    environment: EnvironmentName,
    deployments: Newest<Deployment>,
    deployed_before: bool,
}

async fn known(app: &App, service: &Service, asked: &Asked) -> Result<Known, ApiError> {
    let production = service.manifest.production().ok_or_else(|| {
        ApiError::conflict(format!("{} has no environment, so nothing is production.", service.name()))
    })?;
    let (name, environment) = (service.name(), &production.name);
    let since = asked.window.previous().from;
    let deployments = app.core.store.deployments_since(name, environment, since, MOST).await?;
    let before = app.core.store.deployments_before(name, environment, since, 1).await?;
    Ok(Known { environment: environment.clone(), deployments, deployed_before: !before.items.is_empty() })
}

impl Known {
    fn ledger(&self) -> Ledger<'_> {
        Ledger::new(&self.environment, &self.deployments.items, &INCIDENTS)
    }
}

/// The figures of one service.
pub(crate) async fn view(app: &App, service: &Service, asked: &Asked) -> Result<DoraView, ApiError> {
    let known = known(app, service, asked).await?;
    let ledger = known.ledger();
    Ok(DoraView {
        service: service.name().clone(),
        environment: known.environment.clone(),
        days: asked.days,
        observed_since: ledger.observed_since(),
        truncated: known.deployments.truncated,
        current: ledger.report(asked.window, known.deployed_before),
        previous: ledger.report(asked.window.previous(), known.deployed_before),
        points: ledger.points(&asked.window, asked.piece),
        formulas: FormulaView::all(),
    })
}

/// A page of the rows of one figure.
pub(crate) async fn rows(
    app: &App,
    service: &Service,
    asked: &Asked,
    metric: Metric,
    (after, limit): (Option<String>, usize),
) -> Result<DoraRows, ApiError> {
    let known = known(app, service, asked).await?;
    let all = known.ledger().rows(metric, &asked.window);
    let rows = all.len();
    let begin = match &after {
        None => 0,
        Some(after) => {
            let last = all.iter().position(|row| row.key() == *after);
            last.map(|last| last + 1).ok_or(StoreError::InvalidCursor)?
        }
    };
    let items: Vec<_> = all.into_iter().skip(begin).take(limit).collect();
    let next = items.last().filter(|_| begin + items.len() < rows).map(domain::dora::Row::key);
    let formula = metric.formula().to_owned();
    Ok(DoraRows { metric, formula, window: asked.window, rows, items, next })
}

/// A page of the services that the caller may see, by name, each with its figures.
///
/// What the caller may not see is left out, so a page may be short before the list ends.
pub(crate) async fn of_services(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    page: &PageRequest,
) -> Result<Page<ServiceDora>, ApiError> {
    let services = app.core.store.services_page(page).await?;
    let mut items = Vec::new();
    for service in services.items {
        let service = service.value;
        let may_see = caller.may(domain::access::Permission::Read, &service.place(None));
        if may_see && service.manifest.production().is_some() {
            items.push(of_service(app, service.name().clone(), &service, asked).await?);
        }
    }
    Ok(Page { items, next: services.next.map(|cursor| cursor.to_string()) })
}

async fn of_service(
    app: &App,
    name: ServiceName,
    service: &Service,
    asked: &Asked,
) -> Result<ServiceDora, ApiError> {
    let known = known(app, service, asked).await?;
    let ledger = known.ledger();
    Ok(ServiceDora {
        service: name,
        environment: known.environment.clone(),
        truncated: known.deployments.truncated,
        current: ledger.report(asked.window, known.deployed_before),
        previous: ledger.report(asked.window.previous(), known.deployed_before),
    })
}
