//! Where the time comes from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Period;
use jiff::Timestamp;

/// Tells the time. Clones of a manual clock tell the same time.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    /// Microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The time of the operating system.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `start`, to the microsecond, until it is advanced.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.as_microsecond()))))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the clock that is injected everywhere else"
            )]
            Source::System => Timestamp::now(),
            Source::Manual(micros) => {
                Timestamp::from_microsecond(micros.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Lets time pass on a manual clock.
    ///
    /// # Panics
    /// On the system's clock: a mistake in the calling code.
    pub fn advance(&self, period: Period) {
        match &self.0 {
            Source::System => panic!("only a manual clock can be advanced"),
            Source::Manual(micros) => {
                micros.fetch_add(period.as_millis() * 1_000, Ordering::SeqCst);
            }
        }
    }

    /// The clock as a function, for crates that know no more of it.
    pub fn now_fn(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Source::System => f.write_str("Clock::system"),
            Source::Manual(_) => write!(f, "Clock::manual({})", self.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_still_until_it_is_advanced_for_every_clone() {
        let clock = Clock::manual(Timestamp::from_second(1_000).unwrap());
        let now = clock.now_fn();
        assert_eq!(clock.now(), now());
        clock.clone().advance(Period::millis(1_500));
        assert_eq!(now(), Timestamp::from_millisecond(1_001_500).unwrap());
    }
}
