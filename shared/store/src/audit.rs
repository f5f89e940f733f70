//! The chain over the event log: blocks, the head, and the rows of events as they are hashed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::audit::{Block, Earlier, Head, Link};
use domain::{Digest, EventId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::{Key, Listing};
use crate::read::{attribute, row_key};
use crate::row::{Item, Kind, Record};
use crate::table::{Index, PRIMARY};
use crate::{Store, StoreError, Table, Transaction, Version, Versioned, canonical};

/// How many bytes one event takes in a block: its identifier and the hash of its row.
const LINK: usize = 16 + 32;

/// A block as it is stored. Its events are packed: 64 characters each, a third of what names and punctuation would make
/// of it, because they are most of what chaining costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlockRow {
    number: u64,
    previous: Digest,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier: Option<Earlier>,
    newest: EventId,
    links: String,
    hash: Digest,
}

impl From<&Block> for BlockRow {
    fn from(block: &Block) -> Self {
        let mut links = Vec::with_capacity(block.links.len() * LINK);
        for link in &block.links {
            links.extend(link.event.as_bytes());
            links.extend(link.row.as_bytes());
        }
        Self {
            number: block.number,
            previous: block.previous,
            at: block.at,
            earlier: block.earlier,
            newest: block.newest,
            links: STANDARD_NO_PAD.encode(links),
            hash: block.hash,
        }
    }
}

impl BlockRow {
    /// The block; none if its events cannot be read, which no block of Keelson's own making is.
    fn read(self) -> Option<Block> {
        let packed = STANDARD_NO_PAD.decode(&self.links).ok()?;
        let links = packed.chunks(LINK).map(|chunk| {
            let (event, row) = chunk.split_first_chunk::<16>()?;
            Some(Link { event: EventId::from_bytes(*event), row: Digest::from_bytes(row.try_into().ok()?) })
        });
        Some(Block {
            number: self.number,
            previous: self.previous,
            at: self.at,
            earlier: self.earlier,
            newest: self.newest,
            links: links.collect::<Option<_>>()?,
            hash: self.hash,
        })
    }
}

impl Record for BlockRow {
    const KIND: Kind = Kind::AuditBlock;
    const TABLE: Table = Table::Audit;

    fn key(&self) -> Key {
        Key::audit_block(self.number)
    }
}

impl Record for Head {
    const KIND: Kind = Kind::AuditHead;
    const TABLE: Table = Table::Audit;

    fn key(&self) -> Key {
        Key::audit_head()
    }
}

/// The link to an event in a stream record's new image, given as DynamoDB JSON. It needs to know of the event no more
/// than its identifier, so that events of a later version are chained as well.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is not an event's row.
pub fn link_of_image(image: serde_json::Value) -> Result<Link, StoreError> {
    let at = || "a stream record".to_owned();
    let item: serde_dynamo::Item = serde_json::from_value(image)
        .map_err(|error| StoreError::Corrupt { at: at(), source: Box::new(error) })?;
    let item: Item = item.into();
    let link = link(&item)?;
    link.ok_or_else(|| StoreError::Corrupt { at: at(), source: "it is not an event's row".into() })
}

/// The link to the event in a row; none if it is not an event's.
fn link(item: &Item) -> Result<Option<Link>, StoreError> {
    let Some(event) = Key::event_id(&attribute(item, PRIMARY.0)) else { return Ok(None) };
    Ok(Some(Link { event, row: canonical::digest(item)? }))
}

impl Store {
    /// The head of the chain; absent before its first block.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn audit_head(&self) -> Result<Option<Versioned<Head>>, StoreError> {
        self.lasting_row(Key::audit_head()).await
    }

    /// The blocks from a number on that are there, by their place in the chain: at most `count`, and 100.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn audit_blocks(&self, from: u64, count: u64) -> Result<BTreeMap<u64, Block>, StoreError> {
        let numbers = (0..count.min(100)).map_while(|step| from.checked_add(step));
        let blocks: BTreeMap<Key, u64> = numbers.map(|number| (Key::audit_block(number), number)).collect();
        let rows = self.batch(Table::Audit, &blocks.keys().cloned().collect::<Vec<_>>()).await?;
        let mut found = BTreeMap::new();
        for item in rows {
            let key = row_key(&item);
            // What cannot be read is no block.
            let block = crate::row::Row::<BlockRow>::from_item(item).ok().and_then(|row| row.body.read());
            if let (Some(number), Some(block)) = (blocks.get(&key), block) {
                found.insert(*number, block);
            }
        }
        Ok(found)
    }

    /// The hashes of the rows of those events that are there.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn event_rows(&self, events: &[EventId]) -> Result<BTreeMap<EventId, Digest>, StoreError> {
        let mut found = BTreeMap::new();
        for some in events.chunks(crate::LONGEST_PAGE) {
            let keys: Vec<Key> = some.iter().map(Key::event).collect();
            for item in self.batch(Table::Events, &keys).await? {
                found.extend(link(&item)?.map(|link| (link.event, link.row)));
            }
        }
        Ok(found)
    }

    /// The events that the log lists after one, oldest first, up to so many.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn listed_events(
        &self,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<EventId>, StoreError> {
        let items = self.items(&Listing::events_after(after), None, limit).await?;
        let listed = items.iter().map(|item| attribute(item, Index::List.attributes().1));
        Ok(listed.filter_map(|id| id.parse().ok()).collect())
    }
}

impl Transaction {
    /// Writes the next block, which must not be there yet, and the head it makes in place of the one that was read.
    pub fn append_block(&mut self, block: &Block, head: &Head, known: Option<Version>) -> &mut Self {
        self.put_new(&BlockRow::from(block)).save(head, known)
    }
}
