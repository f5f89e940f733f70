//! What happened to a service, one line each.

use api::Page;
use api::overview::EventView;
use domain::ServiceName;
use domain::event::EventKind;
use edge::ApiError;
use store::PageRequest;

use crate::App;

/// Orders to deploy targets and their reports are how things happen, not what happens: the audit log has them.
const MACHINERY: [EventKind; 2] = [EventKind::TargetRequested, EventKind::TargetChanged];

/// A page of what happened, newest first. Machinery is left out, so a page may be short before the list ends.
pub(crate) async fn timeline(
    app: &App,
    service: &ServiceName,
    page: &PageRequest,
) -> Result<Page<EventView>, ApiError> {
    let events = app.core.store.events_of_service(service, page).await?;
    let told = events.items.iter().filter(|event| !MACHINERY.contains(&event.body.kind()));
    let items = told.map(EventView::from).collect();
    Ok(Page { items, next: events.next.map(|cursor| cursor.to_string()) })
}
