//! What happened, newest first.

use api::overview::EventView;
use api::{Page, PageQuery};
use domain::ServiceName;
use domain::access::{Permission, Place};
use domain::event::{Event, EventKind};
use edge::{ApiError, Caller};
use serde::Deserialize;
use store::{Cursor, LONGEST_PAGE, PageRequest};

use crate::App;

/// How many pages one request looks through for a kind of event that is rare.
const MOST_PAGES: usize = 10;

/// Which events to show.
#[derive(Debug, Deserialize)]
pub(crate) struct AuditQuery {
    service: Option<ServiceName>,
    kind: Option<EventKind>,
    after: Option<String>,
    // Not flattened: the query's numbers would then arrive as texts.
    limit: Option<u32>,
}

/// A page of the audit log. With a kind, a page may be short, or empty, before the log ends: `next` tells.
///
/// # Errors
/// [`ApiError::forbidden`] if the caller may not see the log, or not beyond their team's services.
pub(crate) async fn audit(
    app: &App,
    caller: &Caller,
    query: AuditQuery,
) -> Result<Page<EventView>, ApiError> {
    let AuditQuery { service, kind, after, limit } = query;
    caller.check(Permission::ReadAudit, &place(app, service.clone()).await?)?;
    let limit = PageQuery { after: None, limit }.limit();
    let read = if kind.is_some() { LONGEST_PAGE } else { limit };
    let mut page = PageRequest { limit: read, after: after.map(Cursor::from) };
    let mut items = Vec::new();
    for _ in 0..MOST_PAGES {
        let events = events(app, service.as_ref(), &page).await?;
        items.extend(events.items.iter().filter(|event| is_wanted(event, kind)).map(EventView::from));
        page.after = events.next;
        if page.after.is_none() || !items.is_empty() {
            break;
        }
    }
    Ok(Page { items, next: page.after.map(|cursor| cursor.to_string()) })
}

fn is_wanted(event: &Event, kind: Option<EventKind>) -> bool {
    kind.is_none_or(|kind| event.body.kind() == kind)
}

async fn events(
    app: &App,
    service: Option<&ServiceName>,
    page: &PageRequest,
) -> Result<store::Page<Event>, ApiError> {
    Ok(match service {
        None => app.core.store.events(page).await?,
        Some(service) => app.core.store.events_of_service(service, page).await?,
    })
}

/// Where the log that is asked for belongs: to the whole installation, or to a service's team.
async fn place(app: &App, service: Option<ServiceName>) -> Result<Place, ApiError> {
    let Some(name) = service else { return Ok(Place::default()) };
    let service =
        app.core.store.service(&name).await?.ok_or_else(|| ApiError::not_found("service", &name))?;
    let team = Some(service.value.manifest.service.team);
    Ok(Place { team, service: Some(name), environment: None })
}
