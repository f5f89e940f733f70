//! Whether a request that broke off was done.

use domain::EventId;
use jiff::Timestamp;
use store::KeptAnswer;

use crate::{ApiError, Core};

/// How many events are looked through: what happens within the longest lease at 200 events a second, and some.
const MOST: usize = 30_000;
/// How many are read at once.
const AT_ONCE: usize = 100;

/// Looks for the request among the events since it came. None if there are too many to tell.
///
/// Every request that changes anything writes an event in the same transaction, so one without an event changed nothing.
pub(super) async fn was_done(
    core: &Core,
    broken: &KeptAnswer,
    until: Timestamp,
) -> Result<Option<bool>, ApiError> {
    let Some(request) = broken.request else { return Ok(None) };
    let mut after = EventId::new(broken.begun_at, [0; 10]);
    let mut seen = 0;
    while seen < MOST {
        let events = core.store.events_after(&after, AT_ONCE).await?;
        if events.iter().any(|event| event.request == Some(request)) {
            return Ok(Some(true));
        }
        match events.last() {
            Some(last) if last.at <= until => after = last.id,
            Some(_) | None => return Ok(Some(false)),
        }
        seen += events.len();
    }
    Ok(None)
}
