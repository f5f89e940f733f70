//! Chaining what happened: the one consumer of the events' stream that makes the audit log tell when it was changed.
//!
//! It costs two rows for each batch, however many events that has, and no writer of events ever waits for it. Any
//! number of consumers may do it at once, and be told everything again: of two who append the same block one does, and
//! an event that is in a block is not chained again.

use std::collections::BTreeSet;

use domain::EventId;
use domain::audit::{self, Batch, Earlier, Head, Link, MOST_LINKS};
use edge::Core;
use store::{StoreError, Versioned};

/// How often a block is tried to be appended while others append theirs.
const ATTEMPTS: u32 = 8;
/// How many rows are read at once.
const AT_ONCE: usize = 1_000;
/// How many blocks are looked through at once for an event that is told again.
const BLOCKS_AT_ONCE: u64 = 20;

/// Why events could not be chained.
#[derive(Debug, thiserror::Error)]
pub enum Unchained {
    /// The store did not do it. The batch is to be told again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can follow the chain as it is. To tell the batch again helps only if others append to it all the time.
    #[error(
        "the chain of the audit log cannot go on: others append to it all the time, or its newest block is there but \
         the row that names it is not. `keelson audit verify` tells which"
    )]
    Broken,
}

/// Chains the events of a batch that are not chained yet, and answers how many those were.
///
/// # Errors
/// [`Unchained`]; some of the batch may be chained even so, and will not be chained again.
pub async fn chain(core: &Core, batch: Batch) -> Result<usize, Unchained> {
    let Batch { links, position } = batch;
    let last = links.len().div_ceil(MOST_LINKS).saturating_sub(1);
    let mut chained = 0;
    for (index, some) in links.chunks(MOST_LINKS).enumerate() {
        let position = position.clone().filter(|_| index == last);
        chained += append(core, Batch { links: some.to_vec(), position }).await?;
    }
    if links.is_empty() {
        append(core, Batch { links, position }).await?;
    }
    Ok(chained)
}

/// Up to where the stream has been chained, in the words of whoever reads it.
///
/// # Errors
/// If the store does not answer.
pub async fn position(core: &Core) -> Result<Option<String>, StoreError> {
    Ok(core.store.audit_head().await?.and_then(|head| head.value.position))
}

async fn append(core: &Core, batch: Batch) -> Result<usize, Unchained> {
    for _ in 0..ATTEMPTS {
        let known = core.store.audit_head().await?;
        match append_after(core, known, &batch).await {
            Err(StoreError::Conflict) => {}
            outcome => return Ok(outcome?),
        }
    }
    Err(Unchained::Broken)
}

async fn append_after(
    core: &Core,
    known: Option<Versioned<Head>>,
    batch: &Batch,
) -> Result<usize, StoreError> {
    let head = known.as_ref().map(|known| &known.value);
    let chained = chained(core, head, audit::suspects(head, &batch.links)).await?;
    let earlier = match head {
        None => earlier(core, &batch.links).await?,
        Some(_) => None,
    };
    let now = core.now();
    let mut transaction = core.store.transaction(now);
    let appended = audit::append(head, batch.clone(), &chained, earlier, now);
    match (&appended, &known) {
        (Some((block, head)), known) => {
            transaction.append_block(block, head, known.as_ref().map(|known| known.version));
        }
        // Nothing new, but so far has been read.
        (None, Some(known)) if batch.position.is_some() && batch.position != known.value.position => {
            let head = Head { position: batch.position.clone(), ..known.value.clone() };
            transaction.replace(&head, known.version);
        }
        (None, _) => return Ok(0),
    }
    transaction.commit().await?;
    Ok(appended.map_or(0, |(block, _)| block.links.len()))
}

/// Which of the suspects are in a block.
///
/// Blocks never go back in what is the newest event so far. So none before the last block whose newest is older than
/// every suspect can hold one; that block is looked for backwards in growing steps, because it is near as a rule.
async fn chained(
    core: &Core,
    head: Option<&Head>,
    suspects: Vec<EventId>,
) -> Result<BTreeSet<EventId>, StoreError> {
    let mut found = BTreeSet::new();
    let (Some(head), Some(oldest)) = (head, suspects.iter().min()) else { return Ok(found) };
    let mut from = head.number;
    let mut step = 1;
    while from > 0 {
        let before = from - 1;
        let block = core.store.audit_blocks(before, 1).await?.remove(&before);
        if block.is_some_and(|block| block.newest < *oldest) {
            break;
        }
        from = before.saturating_sub(step - 1);
        step *= 2;
    }
    while from <= head.number && found.len() < suspects.len() {
        let blocks = core.store.audit_blocks(from, BLOCKS_AT_ONCE).await?;
        let events = blocks.values().flat_map(|block| &block.links).map(|link| link.event);
        found.extend(events.filter(|event| suspects.contains(event)));
        from += BLOCKS_AT_ONCE;
    }
    Ok(found)
}

/// What the log holds that is older than the first batch.
async fn earlier(core: &Core, first: &[Link]) -> Result<Option<Earlier>, StoreError> {
    let Some(until) = first.iter().map(|link| link.event).min() else { return Ok(None) };
    let mut earlier = Earlier::before(until);
    let mut after = None;
    loop {
        let links = links_before(core, after, until, AT_ONCE).await?;
        let Some(last) = links.last() else { return Ok(Some(earlier)) };
        after = Some(last.event);
        earlier = links.into_iter().fold(earlier, Earlier::and);
    }
}

/// The next events of the log that are older than one, oldest first.
pub(crate) async fn links_before(
    core: &Core,
    after: Option<EventId>,
    until: EventId,
    limit: usize,
) -> Result<Vec<Link>, StoreError> {
    let mut events = core.store.listed_events(after.as_ref(), limit).await?;
    events.retain(|event| *event < until);
    let rows = core.store.event_rows(&events).await?;
    Ok(events.into_iter().filter_map(|event| Some(Link { event, row: *rows.get(&event)? })).collect())
}
