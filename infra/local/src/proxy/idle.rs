//! Connections that wait for their next request.

use std::time::{Duration, Instant};

/// A connection idle for longer is not used again: a service that closes idle connections must not do so while a
/// request is on its way. The hastiest servers in use (gunicorn) close theirs after 2 s.
const LONGEST: Duration = Duration::from_secs(1);
/// Idle connections kept per release.
const MOST: usize = 128;

/// Connections that wait for their next request, the most recently used last.
pub(super) struct Idle<T>(Vec<(T, Instant)>);

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Idle<T> {
    /// The most recently used one, unless it has been idle for too long.
    pub(super) fn take(&mut self, now: Instant) -> Option<T> {
        let (connection, since) = self.0.pop()?;
        if now - since <= LONGEST {
            return Some(connection);
        }
        // It was the youngest, so all others are too old as well.
        self.0.clear();
        None
    }

    /// Keeps one that has just been used; all that are too old, or one too many, make room.
    pub(super) fn put(&mut self, connection: T, now: Instant) {
        let old = self.0.partition_point(|(_, since)| now - *since > LONGEST);
        self.0.drain(..old.max(usize::from(self.0.len() >= MOST)));
        self.0.push((connection, now));
    }

    /// Closes all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_let_go_before_its_service_would_close_it() {
        // Node and uvicorn allow 5 s, Go and Java more, gunicorn 2 s.
        assert!(LONGEST <= Duration::from_secs(1));
        let start = Instant::now();
        let mut idle = Idle::default();
        idle.put("first", start);
        idle.put("second", start);
        assert_eq!(idle.take(start + LONGEST), Some("second"));
        idle.put("second", start + LONGEST);
        let late = start + LONGEST + Duration::from_millis(1);
        assert_eq!(idle.take(late), Some("second"));
        assert_eq!(idle.take(late), None);
    }

    #[test]
    fn what_a_burst_leaves_behind_is_let_go_at_once() {
        let start = Instant::now();
        let late = start + LONGEST + Duration::from_millis(1);
        let mut idle = Idle::default();
        for number in 0..MOST {
            idle.put(number, start);
        }
        idle.put(MOST, late);
        assert_eq!(idle.0, [(MOST, late)]);
    }

    #[test]
    fn the_oldest_connection_makes_room_for_the_newest() {
        let now = Instant::now();
        let mut idle = Idle::default();
        for number in 0..=MOST {
            idle.put(number, now);
        }
        assert_eq!(idle.0.len(), MOST);
        assert_eq!(idle.0[0].0, 1);
        assert_eq!(idle.take(now), Some(MOST));
    }
}
