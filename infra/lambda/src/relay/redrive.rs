//! A dead letter that somebody had sent again.

use anyhow::Context as _;
use domain::EventId;
use edge::Core;
use store::{Retry, StoreError};

use super::Queues;
use crate::envelope;

/// Sends an event to its subscriber again, and removes its row. Doing it again does nothing: then there is no row, or
/// the event has died again meanwhile.
///
/// # Errors
/// If the queue or the store does not answer. Killed in between, it is sent twice, which is harmless.
pub(super) async fn redrive(
    core: &Core,
    queues: &Queues,
    subscriber: &str,
    event: &EventId,
) -> anyhow::Result<()> {
    let Some(row) = core.store.retry(subscriber, event).await?.filter(|row| !row.value.dead) else {
        return Ok(());
    };
    let mut transaction = core.store.transaction(core.now());
    if queues.has(subscriber) {
        let event = core.store.event(event).await?.context("there is no such event any more")?;
        queues.send(subscriber, envelope::sealed(&event)?).await?;
        transaction.take(&row);
    } else {
        let last_error = format!("nothing here is called `{subscriber}` any more");
        tracing::error!(event.id = %event, subscriber, last_error, "an event cannot be sent again");
        transaction.replace(&Retry { dead: true, last_error, ..row.value.clone() }, row.version);
    }
    match transaction.commit().await {
        // Somebody else has sent it at the same moment.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
