//! The chain over the audit log: what makes an edited, missing or inserted event visible.
//!
//! Events are written by whoever causes them, side by side. One consumer of their stream chains them afterwards, many
//! at a time: a [`Block`] lists its events with the SHA-256 of their rows, and names the hash of the block before.
//! Whoever changes a row must change every later block too, and the hash of the newest one can be kept elsewhere.

mod check;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Digest, EventId};

pub use check::{Finding, GRACE, MOST_LOOSE, Progress};

/// How many events one block holds at most: some 64 KB as it is stored, a sixth of what DynamoDB takes in a row.
pub const MOST_LINKS: usize = 1_000;
/// What is hashed before a block's content, so that no other hash of Keelson's can be taken for a block's.
const BLOCK: &[u8] = b"keelson audit block 1\n";
/// What the first block names as the block before.
const NOTHING: Digest = Digest::from_bytes([0; 32]);

/// One event in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub event: EventId,
    /// The SHA-256 of its row, in the canonical form that the store defines.
    pub row: Digest,
}

/// The events that were in the log before its chain began: those of an installation that is older than its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// They are older than this event.
    pub until: EventId,
    /// How many.
    pub events: u64,
    /// Their rows, folded one after another from the oldest: see [`Earlier::and`].
    pub rows: Digest,
}

impl Earlier {
    /// No events yet.
    pub const fn before(until: EventId) -> Self {
        Self { until, events: 0, rows: NOTHING }
    }

    /// These and one more.
    #[must_use]
    pub fn and(self, link: Link) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.rows.as_bytes());
        hash.update(link.event.as_bytes());
        hash.update(link.row.as_bytes());
        Self { events: self.events + 1, rows: Digest::from_bytes(hash.finalize().into()), ..self }
    }
}

/// Some events, in the order of their stream, and the block that they follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// From 0, without gaps.
    pub number: u64,
    /// The hash of the block before.
    pub previous: Digest,
    /// When they were chained, to the millisecond.
    pub at: Timestamp,
    /// What was there before the chain; in its first block alone.
    pub earlier: Option<Earlier>,
    /// The newest event of this block and of all before. It never goes back, so that an event's block can be searched
    /// for.
    pub newest: EventId,
    /// The events.
    pub links: Vec<Link>,
    /// The hash of all that.
    pub hash: Digest,
}

impl Block {
    /// The hash that the block must have.
    pub fn computed_hash(&self) -> Digest {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes();
        let mut hash = Sha256::new();
        hash.update(BLOCK);
        hash.update(self.number.to_be_bytes());
        hash.update(self.previous.as_bytes());
        hash.update(self.at.as_millisecond().to_be_bytes());
        match &self.earlier {
            None => hash.update([0]),
            Some(Earlier { until, events, rows }) => {
                hash.update([1]);
                hash.update(until.as_bytes());
                hash.update(events.to_be_bytes());
                hash.update(rows.as_bytes());
            }
        }
        hash.update(self.newest.as_bytes());
        hash.update(count(self.links.len()));
        for link in &self.links {
            hash.update(link.event.as_bytes());
            hash.update(link.row.as_bytes());
        }
        Digest::from_bytes(hash.finalize().into())
    }

    /// Whether an event is in it.
    pub fn holds(&self, event: EventId) -> bool {
        self.links.iter().any(|link| link.event == event)
    }
}

/// The newest block, in few words: what the next one follows. It also tells that the newest blocks were taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The newest block's number.
    pub number: u64,
    /// Its hash.
    pub hash: Digest,
    /// When it was made.
    pub at: Timestamp,
    /// The newest event in any block.
    pub newest: EventId,
    /// How many events are in all blocks.
    pub events: u64,
    /// Up to where the stream was read, in the words of whoever reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
}

/// What there is to chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The events in the order of their stream; repetitions of the same one count once.
    pub links: Vec<Link>,
    /// Up to where the stream was read with them; none if that is for a later batch to say.
    pub position: Option<String>,
}

/// The events of a batch that may be chained already: nothing newer than the head's newest event can be.
///
/// Few, as a rule: those that were written while a newer one was chained. After a restart: those that are told again.
pub fn suspects(head: Option<&Head>, links: &[Link]) -> Vec<EventId> {
    let Some(head) = head else { return Vec::new() };
    links.iter().map(|link| link.event).filter(|event| *event <= head.newest).collect()
}

/// The next block and the head it makes; none if nothing is new. `chained` are the suspects that are in a block.
///
/// `earlier` is what the log holds that is older than the batch, for the first block.
pub fn append(
    head: Option<&Head>,
    batch: Batch,
    chained: &BTreeSet<EventId>,
    earlier: Option<Earlier>,
    now: Timestamp,
) -> Option<(Block, Head)> {
    let mut seen = chained.clone();
    let links: Vec<Link> = batch.links.into_iter().filter(|link| seen.insert(link.event)).collect();
    let newest_here = links.iter().map(|link| link.event).max()?;
    let at = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let mut block = Block {
        number: head.map_or(0, |head| head.number + 1),
        previous: head.map_or(NOTHING, |head| head.hash),
        at,
        earlier: if head.is_none() { earlier } else { None },
        newest: head.map_or(newest_here, |head| head.newest.max(newest_here)),
        links,
        hash: NOTHING,
    };
    block.hash = block.computed_hash();
    let events = u64::try_from(block.links.len()).unwrap_or(u64::MAX);
    let head = Head {
        number: block.number,
        hash: block.hash,
        at,
        newest: block.newest,
        events: head.map_or(0, |head| head.events) + events,
        position: batch.position.or_else(|| head.and_then(|head| head.position.clone())),
    };
    Some((block, head))
}
