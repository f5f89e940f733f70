//! What has become of the load: counted by everybody, read at the end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How many different failures are told.
const MOST_REASONS: usize = 20;

/// Counts of one kind.
#[derive(Debug, Default)]
pub(super) struct Count {
    well: AtomicU64,
    badly: AtomicU64,
}

impl Count {
    pub(super) fn well(&self) -> u64 {
        self.well.load(Ordering::Relaxed)
    }

    pub(super) fn badly(&self) -> u64 {
        self.badly.load(Ordering::Relaxed)
    }
}

/// What has become of the load.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Ordinary requests.
    pub(super) requests: Count,
    /// Requests of 25 s.
    pub(super) long: Count,
    /// Event streams: well if they ended after a whole event and with a proper end.
    pub(super) events: Count,
    /// Each WebSocket: well if it was closed with a close frame that says that one may come back.
    pub(super) websockets: Count,
    reasons: Mutex<BTreeMap<String, u64>>,
    /// When a request began, and the artifact that answered it.
    visits: Mutex<Vec<(Instant, String)>>,
    is_over: AtomicBool,
}

impl Tally {
    /// Counts an end, and remembers why it was a bad one.
    pub(super) fn count(&self, kind: &Count, what: &str, end: Result<(), String>) {
        let Err(reason) = end else {
            kind.well.fetch_add(1, Ordering::Relaxed);
            return;
        };
        kind.badly.fetch_add(1, Ordering::Relaxed);
        let reason = format!("{what}: {reason}");
        let mut reasons = lock(&self.reasons);
        if reasons.len() < MOST_REASONS || reasons.contains_key(&reason) {
            *reasons.entry(reason).or_default() += 1;
        }
    }

    /// Remembers who answered.
    pub(super) fn visited(&self, began: Instant, artifact: String) {
        lock(&self.visits).push((began, artifact));
    }

    /// When the last request began that this artifact answered; forgets everything up to now.
    pub(super) fn last_visit(&self, artifact: &str) -> Option<Instant> {
        let visits = std::mem::take(&mut *lock(&self.visits));
        visits.into_iter().filter(|(_, answered)| answered == artifact).map(|(began, _)| began).max()
    }

    /// Whether an artifact has answered a request that began after that moment.
    pub(super) fn has_answered_since(&self, artifact: &str, moment: Instant) -> bool {
        lock(&self.visits).iter().any(|(began, answered)| *began > moment && answered == artifact)
    }

    /// Asks the load to come to its end.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Why things ended badly, and how often.
    pub(super) fn reasons(&self) -> Vec<String> {
        lock(&self.reasons).iter().map(|(reason, count)| format!("{count} × {reason}")).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_is_told_is_counted_however_many_others_there_are() {
        let tally = Tally::default();
        for number in 0..=MOST_REASONS {
            tally.count(&tally.requests, "request", Err(format!("{number:02}")));
        }
        tally.count(&tally.requests, "request", Err("00".to_owned()));
        let reasons = tally.reasons();
        assert_eq!((reasons.len(), reasons[0].as_str()), (MOST_REASONS, "2 × request: 00"));
        assert_eq!(tally.requests.badly(), MOST_REASONS as u64 + 2);
    }
}
