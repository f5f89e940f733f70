//! Where identifiers and secrets come from.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{EventId, PromotionId, RequestId, TokenId, TrainId};
use jiff::Timestamp;

use crate::Clock;

/// Makes identifiers and secrets. Clones draw from the same source.
///
/// Identifiers rise strictly, also within a millisecond: their text sorts by the order in which they were made.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    source: Source,
    last: Arc<Mutex<Last>>,
}

/// When the last identifier was made, and which one of that millisecond it was.
#[derive(Default)]
struct Last {
    millis: i64,
    number: u16,
}

/// How many identifiers the 12 bits after the time can tell apart.
const NUMBERS: u16 = 1 << 12;

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<AtomicU64>),
}

impl Ids {
    /// From the operating system's randomness.
    pub fn system(clock: Clock) -> Self {
        Self { clock, source: Source::System, last: Arc::default() }
    }

    /// The same ones every time, for tests. Its secrets are none.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self { clock, source: Source::Seeded(Arc::new(AtomicU64::new(seed))), last: Arc::default() }
    }

    /// For a promotion.
    pub fn promotion(&self) -> PromotionId {
        let (time, random) = self.next();
        PromotionId::new(time, random)
    }

    /// For a train.
    pub fn train(&self) -> TrainId {
        let (time, random) = self.next();
        TrainId::new(time, random)
    }

    /// For an event.
    pub fn event(&self) -> EventId {
        let (time, random) = self.next();
        EventId::new(time, random)
    }

    /// For a request.
    pub fn request(&self) -> RequestId {
        let (time, random) = self.next();
        RequestId::new(time, random)
    }

    /// For an API token.
    pub fn token(&self) -> TokenId {
        let (time, random) = self.next();
        TokenId::new(time, random)
    }

    /// The time and the random bytes of the next identifier, by RFC 9562, section 6.2, method 1: the twelve bits
    /// after the time count the identifiers of one millisecond.
    fn next(&self) -> (Timestamp, [u8; 10]) {
        let mut random: [u8; 10] = self.random();
        let now = self.clock.now().as_millisecond();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if now > last.millis {
            *last = Last { millis: now, number: 0 };
        } else if last.number + 1 < NUMBERS {
            last.number += 1;
        } else {
            *last = Last { millis: last.millis + 1, number: 0 };
        }
        random[..2].copy_from_slice(&last.number.to_be_bytes());
        (Timestamp::from_millisecond(last.millis).unwrap_or(Timestamp::MAX), random)
    }

    /// 32 random bytes as 43 characters that are safe in URLs, cookies and shells.
    pub fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random::<32>())
    }

    /// Random bytes.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, which no program can work around.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.source {
            Source::System => getrandom::fill(&mut bytes).expect("the operating system gives random bytes"),
            Source::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&split_mix(state).to_le_bytes()[..chunk.len()]);
                }
            }
        }
        bytes
    }
}

/// Sebastiano Vigna's `SplitMix64`: good enough to look random, and one atomic step.
fn split_mix(state: &AtomicU64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let z = state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::System => f.write_str("Ids::system"),
            Source::Seeded(_) => f.write_str("Ids::seeded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_identifiers_and_no_two_alike() {
        let ids = || Ids::seeded(Clock::manual(Timestamp::UNIX_EPOCH), 7);
        let (one, other) = (ids(), ids());
        assert_eq!(one.event(), other.event());
        assert_ne!(one.event(), one.event());
        assert_eq!(one.random::<3>().len(), 3);
    }

    #[test]
    fn identifiers_rise_within_a_millisecond_and_beyond_what_one_can_count() {
        let ids = Ids::seeded(Clock::manual(Timestamp::UNIX_EPOCH), 7);
        let made: Vec<String> = (0..10_000).map(|_| ids.event().to_string()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let ids = Ids::system(Clock::system());
        assert_eq!(ids.secret().len(), 43);
        assert_ne!(ids.secret(), ids.secret());
    }
}
