use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn event(second: i64, n: u8) -> EventId {
    EventId::new(Timestamp::from_second(second).unwrap(), [n; 10])
}

fn row(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

fn now() -> Timestamp {
    Timestamp::from_second(100_000).unwrap()
}

/// A log and its chain, which a test can tamper with.
#[derive(Clone, Default)]
struct Log {
    rows: BTreeMap<EventId, Digest>,
    blocks: Vec<Option<Block>>,
    head: Option<Head>,
}

impl Log {
    /// Ten blocks of ten events, a second apart.
    fn sample() -> Self {
        let mut log = Self::default();
        for block in 0_u8..10 {
            let links =
                (0..10).map(|n| Link { event: event(1_000 + i64::from(block * 10 + n), n), row: row(n) });
            log.chain(links.collect());
        }
        log
    }

    fn chain(&mut self, links: Vec<Link>) {
        let suspects = suspects(self.head.as_ref(), &links);
        let holds = |event: &EventId| self.blocks.iter().flatten().any(|block| block.holds(*event));
        let chained = suspects.into_iter().filter(holds).collect();
        self.rows.extend(links.iter().map(|link| (link.event, link.row)));
        let earlier = links.iter().map(|link| link.event).min().map(Earlier::before);
        let batch = Batch { links, position: None };
        if let Some((block, head)) = append(self.head.as_ref(), batch, &chained, earlier, now()) {
            self.blocks.push(Some(block));
            self.head = Some(head);
        }
    }

    fn block(&mut self, number: usize) -> &mut Block {
        self.blocks[number].as_mut().unwrap()
    }

    /// Checks it, so many blocks a page, and answers how many events are not chained, and what was found.
    fn check_in_pages_of(&self, blocks: usize) -> (u64, Vec<String>) {
        let first = self.blocks.first().and_then(Option::as_ref);
        let mut progress = Progress::begin(first);
        let mut findings = Vec::new();
        while let Some((after, until)) = progress.earlier() {
            let some = self.rows.iter().filter(|(event, _)| Some(**event) > after && **event < until).take(3);
            let links: Vec<Link> = some.map(|(event, row)| Link { event: *event, row: *row }).collect();
            findings.extend(progress.take_earlier(first, &links));
        }
        let head = self.head.as_ref().unwrap();
        while progress.next() <= head.number {
            let mut chained = BTreeSet::new();
            for _ in 0..blocks {
                if progress.next() > head.number {
                    break;
                }
                let found = usize::try_from(progress.next()).ok().and_then(|next| self.blocks.get(next));
                let found = found.and_then(Option::as_ref);
                chained.extend(found.iter().flat_map(|block| &block.links).map(|link| link.event));
                findings.extend(progress.take_block(found, &self.rows));
            }
            if let Some((after, newest)) = progress.log() {
                let ids = self.rows.keys().copied().filter(|id| Some(*id) > after && *id <= newest);
                findings.extend(progress.take_log(&ids.collect::<Vec<_>>(), &chained));
            }
            // The state goes to whoever asks and comes back.
            progress = serde_json::from_str(&serde_json::to_string(&progress).unwrap()).unwrap();
        }
        let after = self.rows.keys().filter(|id| **id > head.newest).count();
        let (unchained, rest) = progress.finish(head, u64::try_from(after).unwrap());
        findings.extend(rest);
        (unchained, findings.iter().map(Finding::sentence).collect())
    }

    /// The same whatever the pages are.
    fn check(&self) -> Vec<String> {
        let found = self.check_in_pages_of(3);
        assert_eq!(found, self.check_in_pages_of(100));
        assert_eq!(found, self.check_in_pages_of(1));
        found.1
    }
}

#[test]
fn a_chain_that_nobody_touched_is_in_order() {
    let mut log = Log::sample();
    log.rows.insert(event(1_105, 1), row(1));
    assert_eq!(log.check_in_pages_of(3), (1, Vec::new()), "what came since is not yet chained");
    assert_eq!(log.head.as_ref().map(|head| (head.number, head.events)), Some((9, 100)));
}

#[test]
fn an_edited_event_is_named() {
    let mut log = Log::sample();
    *log.rows.get_mut(&event(1_042, 2)).unwrap() = row(99);
    insta::assert_snapshot!(log.check().join("\n"), @"evt_0000000fe65072028202020202020202 was edited after it was chained in block 4");
}

#[test]
fn a_missing_event_is_named() {
    let mut log = Log::sample();
    log.rows.remove(&event(1_042, 2));
    insta::assert_snapshot!(log.check().join("\n"), @"evt_0000000fe65072028202020202020202 is missing; it was chained in block 4");
}

#[test]
fn an_inserted_event_is_named_wherever_it_is() {
    let mut log = Log::sample();
    log.rows.insert(event(1_020, 77), row(1));
    insta::assert_snapshot!(log.check().join("\n"), @"evt_0000000f90607d4d8d4d4d4d4d4d4d4d was inserted: it is in no block, although younger events are");
    let mut log = Log::sample();
    log.rows.insert(event(995, 77), row(1));
    insta::assert_snapshot!(log.check().join("\n"), @"the events from before the chain were edited, removed or inserted: 0 were there when it began, 1 are now");
}

#[test]
fn a_missing_block_is_named_and_its_events_are_counted() {
    let mut log = Log::sample();
    log.blocks[2] = None;
    insta::assert_snapshot!(log.check().join("\n"), @"
    block 2 is missing
    10 events are in no block that is left as it was
    ");
}

#[test]
fn an_edited_block_is_named_even_if_its_hash_is_made_to_fit() {
    let mut log = Log::sample();
    log.block(3).links.swap(0, 1);
    insta::assert_snapshot!(log.check().join("\n"), @"block 3 was edited: it does not have its hash");
    let block = log.block(3);
    block.hash = block.computed_hash();
    insta::assert_snapshot!(log.check().join("\n"), @"block 4 does not follow the block before it: one of them was replaced or moved");
}

#[test]
fn blocks_that_changed_places_are_named() {
    let mut log = Log::sample();
    log.blocks.swap(4, 5);
    insta::assert_snapshot!(log.check().join("\n"), @"
    block 4 was edited: it does not have its hash
    block 5 was edited: it does not have its hash
    block 6 does not follow the block before it: one of them was replaced or moved
    ");
}

#[test]
fn a_chain_that_was_cut_short_does_not_fit_its_head() {
    let mut log = Log::sample();
    log.blocks.pop();
    insta::assert_snapshot!(log.check().join("\n"), @"block 9 is missing");
}

#[test]
fn an_event_that_is_told_again_is_chained_once() {
    let mut log = Log::sample();
    let again = log.block(4).links.clone();
    log.chain(again.clone());
    assert_eq!(log.blocks.len(), 10, "nothing new makes no block");
    let new = Link { event: event(1_200, 1), row: row(1) };
    log.chain([again, vec![new, new]].concat());
    assert_eq!(log.block(10).links, [new]);
    assert!(log.check().is_empty());
}

#[test]
fn an_event_that_was_overtaken_is_chained_later_and_not_taken_for_an_inserted_one() {
    let mut log = Log::default();
    let link = |second| Link { event: event(second, 1), row: row(1) };
    log.chain(vec![link(10), link(12)]);
    log.chain(vec![link(11), link(13)]);
    log.chain(vec![link(14)]);
    assert_eq!(log.head.as_ref().map(|head| head.events), Some(5));
    assert!(log.check().is_empty());
}

#[test]
fn more_strange_events_than_can_be_on_their_way_are_named_at_once() {
    let mut log = Log::default();
    log.chain(vec![Link { event: event(1_000, 0), row: row(1) }]);
    log.chain(vec![Link { event: event(1_001, 0), row: row(1) }]);
    for n in 1..=150 {
        log.rows.insert(event(1_000, n), row(1));
    }
    assert_eq!(log.check_in_pages_of(1).1.len(), 50);
    assert_eq!(log.check_in_pages_of(1).0, 100);
}

#[test]
fn the_events_from_before_the_chain_are_held_to_what_they_were() {
    let mut log = Log::default();
    let old: Vec<Link> = (0..7).map(|n| Link { event: event(i64::from(n), n), row: row(n) }).collect();
    log.rows.extend(old.iter().map(|link| (link.event, link.row)));
    let first = Link { event: event(50, 0), row: row(0) };
    let earlier = old.iter().fold(Earlier::before(first.event), |earlier, link| earlier.and(*link));
    let batch = Batch { links: vec![first], position: None };
    let (block, head) = append(None, batch, &BTreeSet::new(), Some(earlier), now()).unwrap();
    log.rows.insert(first.event, first.row);
    (log.blocks, log.head) = (vec![Some(block)], Some(head));
    assert!(log.check().is_empty());
    *log.rows.get_mut(&event(3, 3)).unwrap() = row(9);
    insta::assert_snapshot!(log.check().join("\n"), @"the events from before the chain were edited, removed or inserted: 7 were there when it began, 7 are now");
}
