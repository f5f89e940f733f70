//! Events that could not be handled: to be seen, and to be sent again once the reason is gone.

use api::overview::{DeadLetterView, EventView};
use domain::EventId;
use domain::access::Actor;
use domain::event::EventBody;
use edge::{ApiError, RequestContext};
use store::{LONGEST_PAGE, PageRequest};

use crate::App;

/// The newest dead letters.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn list(app: &App) -> Result<Vec<DeadLetterView>, ApiError> {
    let store = &app.core.store;
    let letters = store.dead_letters(&PageRequest::first(LONGEST_PAGE)).await?;
    let mut views = Vec::new();
    for letter in letters.items.into_iter().map(|letter| letter.value) {
        // Events are never deleted, so there is one.
        if let Some(event) = store.event(&letter.event).await? {
            views.push(DeadLetterView {
                event: EventView::from(&event),
                subscriber: letter.subscriber,
                attempts: letter.attempts,
                last_error: letter.last_error,
            });
        }
    }
    Ok(views)
}

/// Has a dead letter tried again, from the first attempt.
///
/// # Errors
/// [`ApiError::not_found`] if there is none; [`ApiError::conflict`] if it is being tried again already.
pub(crate) async fn redrive(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    subscriber: String,
    event: EventId,
) -> Result<(), ApiError> {
    let core = &app.core;
    let now = core.now();
    let letter = core.store.retry(&subscriber, &event).await?;
    let letter = letter.ok_or_else(|| ApiError::not_found("dead letter", format!("{subscriber}/{event}")))?;
    if !letter.value.dead {
        return Err(ApiError::conflict("This event is being tried again already. Nothing was changed."));
    }
    let mut transaction = core.store.transaction(now);
    transaction.replace(&letter.value.redriven(now), letter.version);
    transaction.event(&core.event(request, actor, EventBody::DeadLetterRedriven { event, subscriber }));
    Ok(transaction.commit().await?)
}
