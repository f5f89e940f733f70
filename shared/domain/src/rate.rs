//! How often something may be asked for: the token bucket, as one moment.
//!
//! This is the generic cell rate algorithm (ITU-T I.371), which keeps of a bucket only when it will be full again: one
//! value that a store can compare and move in a single conditional write.

use jiff::Timestamp;

use crate::Period;

/// How often something may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many at once, before any must wait.
    pub burst: u32,
    /// How long until one more is allowed.
    pub every: Period,
}

impl Limit {
    /// How long a bucket that is empty takes until it is full.
    pub fn span(&self) -> Period {
        let millis = self.every.as_millis().saturating_mul(i64::from(self.burst));
        Period::millis(u32::try_from(millis).unwrap_or(u32::MAX))
    }

    /// Lets one more through, and answers when the bucket will be full again. `full_at` is that moment so far; none for
    /// a bucket that nobody has taken from.
    ///
    /// # Errors
    /// How long to wait until one more is allowed.
    pub fn admit(&self, full_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Period> {
        let next = self.every.after(full_at.map_or(now, |full_at| full_at.max(now)));
        let latest = self.span().after(now);
        if next <= latest {
            return Ok(next);
        }
        let wait = next.as_millisecond() - latest.as_millisecond();
        Err(Period::millis(u32::try_from(wait.max(1)).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { burst: 3, every: Period::seconds(10) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000 + seconds).unwrap()
    }

    #[test]
    fn a_burst_is_let_through_and_then_one_each_period() {
        let mut full_at = None;
        for _ in 0..3 {
            full_at = Some(LIMIT.admit(full_at, at(0)).unwrap());
        }
        assert_eq!(LIMIT.admit(full_at, at(0)), Err(Period::seconds(10)));
        assert_eq!(LIMIT.admit(full_at, at(4)), Err(Period::seconds(6)));
        full_at = Some(LIMIT.admit(full_at, at(10)).unwrap());
        assert_eq!(LIMIT.admit(full_at, at(10)), Err(Period::seconds(10)));
    }

    #[test]
    fn a_bucket_that_is_left_alone_is_full_again_and_no_fuller() {
        let full_at = (0..3).fold(None, |full_at, _| LIMIT.admit(full_at, at(0)).ok());
        assert_eq!(full_at, Some(at(30)));
        let full_at = (0..3).fold(full_at, |full_at, _| LIMIT.admit(full_at, at(1_000)).ok());
        assert_eq!(LIMIT.admit(full_at, at(1_000)), Err(Period::seconds(10)));
    }
}
