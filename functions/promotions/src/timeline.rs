//! What happened to a service, one line each.

use api::Page;
use api::overview::EventView;
use domain::ServiceName;
use edge::ApiError;
use store::PageRequest;

use crate::App;

/// A page of what happened, newest first.
pub(crate) async fn timeline(
    app: &App,
    service: &ServiceName,
    page: &PageRequest,
) -> Result<Page<EventView>, ApiError> {
    let events = app.core.store.events_of_service(service, page).await?;
    let items = events.items.iter().map(EventView::from).collect();
    Ok(Page { items, next: events.next.map(|cursor| cursor.to_string()) })
}
