//! Going through the chain and the log side by side.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Block, Earlier, Head, Link, NOTHING};
use crate::{Digest, EventId, Period};

/// How long an event may be on its way from its making to its block while newer ones overtake it: the longest that a
/// request may hang in the store, and ample time beyond.
pub const GRACE: Period = Period::seconds(60);
/// How many events of the log may be looked for in the blocks to come. No more are on their way at once; of more than
/// these the oldest are in no block.
pub const MOST_LOOSE: usize = 100;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Finding {
    /// There are blocks, but nothing says which is the newest.
    HeadMissing,
    /// The newest block is another than was written down.
    HeadChanged {
        /// The number that was written down.
        number: u64,
    },
    /// A block is not there.
    BlockMissing {
        /// Its number.
        block: u64,
    },
    /// A block does not have its hash.
    BlockEdited {
        /// Its number.
        block: u64,
    },
    /// A block follows another than the one before it.
    BlockMoved {
        /// Its number.
        block: u64,
    },
    /// There is a block beyond the newest.
    BlockInserted {
        /// Its number.
        block: u64,
    },
    /// The hash that was kept elsewhere is not that block's.
    AnchorBroken {
        /// The block's number.
        block: u64,
    },
    /// An event's row is not what was chained.
    EventEdited {
        /// Which.
        event: EventId,
        /// Its block.
        block: u64,
    },
    /// An event that was chained is not there.
    EventMissing {
        /// Which.
        event: EventId,
        /// Its block.
        block: u64,
    },
    /// An event is in the log and in no block, although younger ones are.
    EventInserted {
        /// Which.
        event: EventId,
    },
    /// Events are in no block, which may have been in one that is missing or edited.
    EventsUnaccounted {
        /// How many.
        events: u64,
    },
    /// The events from before the chain are not what they were when it began.
    EarlierChanged {
        /// How many there were.
        recorded: u64,
        /// How many there are.
        found: u64,
    },
}

impl Finding {
    /// One line for people.
    pub fn sentence(&self) -> String {
        match self {
            Self::HeadMissing => {
                "there are blocks, but the row that names the newest is missing: newer ones may be, too"
                    .to_owned()
            }
            Self::HeadChanged { number } => {
                format!("block {number} is not the newest block that was written down")
            }
            Self::BlockMissing { block } => format!("block {block} is missing"),
            Self::BlockEdited { block } => format!("block {block} was edited: it does not have its hash"),
            Self::BlockMoved { block } => {
                format!(
                    "block {block} does not follow the block before it: one of them was replaced or moved"
                )
            }
            Self::BlockInserted { block } => format!("block {block} was inserted beyond the newest"),
            Self::AnchorBroken { block } => {
                format!(
                    "block {block} does not have the hash that was kept elsewhere: the chain was rewritten"
                )
            }
            Self::EventEdited { event, block } => {
                format!("{event} was edited after it was chained in block {block}")
            }
            Self::EventMissing { event, block } => {
                format!("{event} is missing; it was chained in block {block}")
            }
            Self::EventInserted { event } => {
                format!("{event} was inserted: it is in no block, although younger events are")
            }
            Self::EventsUnaccounted { events } => {
                format!("{events} events are in no block that is left as it was")
            }
            Self::EarlierChanged { recorded, found } => format!(
                "the events from before the chain were edited, removed or inserted: {recorded} were there when it began, \
                 {found} are now"
            ),
        }
    }
}

/// How far a check of the chain has come. It is carried from one page of the check to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The events from before the chain, as far as they were read; none once they are done with.
    earlier: Option<(Earlier, Option<EventId>)>,
    /// The number of the next block.
    next: u64,
    /// The hash that the next block must name; none after a block that is missing.
    previous: Option<Digest>,
    /// The newest event of the blocks so far.
    newest: Option<EventId>,
    /// Up to where the log was read.
    walked: Option<EventId>,
    /// How many events the blocks so far hold.
    events: u64,
    /// Events of the log that are in no block so far.
    loose: BTreeSet<EventId>,
    /// Whether a block is missing or edited, so that its events cannot be told from inserted ones.
    broken: bool,
    /// How many events that leaves in no block.
    unaccounted: u64,
}

impl Progress {
    /// A check that begins. `first` is the chain's first block, if it is there.
    pub fn begin(first: Option<&Block>) -> Self {
        Self {
            earlier: first.and_then(|block| block.earlier).map(|known| (Earlier::before(known.until), None)),
            next: 0,
            previous: Some(NOTHING),
            newest: None,
            walked: None,
            events: 0,
            loose: BTreeSet::new(),
            broken: false,
            unaccounted: 0,
        }
    }

    /// The number of the next block to check.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// How many events were checked.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// After which event, and before which, the log's events from before the chain are to be read next; none once
    /// they are done with.
    pub fn earlier(&self) -> Option<(Option<EventId>, EventId)> {
        self.earlier.map(|(so_far, after)| (after, so_far.until))
    }

    /// Takes the next events from before the chain, oldest first. With none, there are no more.
    pub fn take_earlier(&mut self, first: Option<&Block>, links: &[Link]) -> Option<Finding> {
        let (so_far, _) = self.earlier?;
        if let Some(last) = links.last() {
            let so_far = links.iter().fold(so_far, |so_far, link| so_far.and(*link));
            self.earlier = Some((so_far, Some(last.event)));
            return None;
        }
        self.earlier = None;
        // That event itself is the oldest of the first block.
        self.walked = Some(so_far.until);
        let recorded = first.and_then(|block| block.earlier)?;
        let (recorded, found) = (recorded != so_far).then_some((recorded.events, so_far.events))?;
        Some(Finding::EarlierChanged { recorded, found })
    }

    /// Takes the next block, if it is there, and the rows of its events that are there.
    pub fn take_block(&mut self, found: Option<&Block>, rows: &BTreeMap<EventId, Digest>) -> Vec<Finding> {
        let number = self.next;
        self.next += 1;
        let Some(block) = found else {
            self.previous = None;
            self.broken = true;
            return vec![Finding::BlockMissing { block: number }];
        };
        let mut findings = Vec::new();
        if block.number != number || block.computed_hash() != block.hash {
            self.broken = true;
            findings.push(Finding::BlockEdited { block: number });
        } else if self.previous.is_some_and(|previous| previous != block.previous) {
            self.broken = true;
            findings.push(Finding::BlockMoved { block: number });
        }
        self.previous = Some(block.hash);
        for Link { event, row } in &block.links {
            self.loose.remove(event);
            self.newest = self.newest.max(Some(*event));
            self.events += 1;
            match rows.get(event) {
                None => findings.push(Finding::EventMissing { event: *event, block: number }),
                Some(found) if found != row => {
                    findings.push(Finding::EventEdited { event: *event, block: number });
                }
                Some(_) => {}
            }
        }
        findings
    }

    /// After which event the log is to be read next, and up to which; none if the blocks so far hold nothing newer.
    pub fn log(&self) -> Option<(Option<EventId>, EventId)> {
        self.newest.filter(|newest| self.walked < Some(*newest)).map(|newest| (self.walked, newest))
    }

    /// Takes the log's events up to the newest that is chained. `chained` are those of the blocks that were taken since
    /// the log was read last.
    pub fn take_log(&mut self, events: &[EventId], chained: &BTreeSet<EventId>) -> Vec<Finding> {
        self.walked = self.walked.max(self.newest);
        self.loose.extend(events.iter().filter(|event| !chained.contains(event)));
        let mut findings = Vec::new();
        while let Some(oldest) = self.loose.first().copied() {
            if !self.is_overdue(oldest) && self.loose.len() <= MOST_LOOSE {
                break;
            }
            self.loose.remove(&oldest);
            findings.extend(self.inserted(oldest));
        }
        findings
    }

    /// Ends the check at the chain's head. `after` is how many events the log holds beyond it. Answers what is not yet
    /// chained, and what was found.
    pub fn finish(&mut self, head: &Head, after: u64) -> (u64, Vec<Finding>) {
        let mut findings = Vec::new();
        let ends_here = self.next == head.number + 1
            && self.previous.is_none_or(|hash| hash == head.hash)
            && (self.broken || self.events == head.events);
        if !ends_here {
            findings.push(Finding::HeadChanged { number: head.number });
        }
        for event in std::mem::take(&mut self.loose) {
            if self.is_overdue(event) {
                findings.extend(self.inserted(event));
            } else {
                self.loose.insert(event);
            }
        }
        if self.unaccounted > 0 {
            findings.push(Finding::EventsUnaccounted { events: self.unaccounted });
        }
        (after + u64::try_from(self.loose.len()).unwrap_or(u64::MAX), findings)
    }

    fn is_overdue(&self, event: EventId) -> bool {
        self.newest.is_some_and(|newest| GRACE.after(event.at()) < newest.at())
    }

    fn inserted(&mut self, event: EventId) -> Option<Finding> {
        if self.broken {
            self.unaccounted += 1;
            return None;
        }
        Some(Finding::EventInserted { event })
    }
}
