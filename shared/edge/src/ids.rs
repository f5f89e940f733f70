//! Where identifiers and secrets come from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{EventId, PromotionId, RequestId, TokenId};

use crate::Clock;

/// Makes identifiers and secrets. Clones draw from the same source.
#[derive(Clone)]
pub struct Ids {
    clock: Clock,
    source: Source,
}

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<AtomicU64>),
}

impl Ids {
    /// From the operating system's randomness.
    pub const fn system(clock: Clock) -> Self {
        Self { clock, source: Source::System }
    }

    /// The same ones every time, for tests. Its secrets are none.
    pub fn seeded(clock: Clock, seed: u64) -> Self {
        Self { clock, source: Source::Seeded(Arc::new(AtomicU64::new(seed))) }
    }

    /// For a promotion.
    pub fn promotion(&self) -> PromotionId {
        PromotionId::new(self.clock.now(), self.random())
    }

    /// For an event.
    pub fn event(&self) -> EventId {
        EventId::new(self.clock.now(), self.random())
    }

    /// For a request.
    pub fn request(&self) -> RequestId {
        RequestId::new(self.clock.now(), self.random())
    }

    /// For an API token.
    pub fn token(&self) -> TokenId {
        TokenId::new(self.clock.now(), self.random())
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
    use jiff::Timestamp;

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
    fn secrets_are_long_and_never_the_same() {
        let ids = Ids::system(Clock::system());
        assert_eq!(ids.secret().len(), 43);
        assert_ne!(ids.secret(), ids.secret());
    }
}
