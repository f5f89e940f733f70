//! When an event that could not be handled is tried again.

use domain::Period;

/// How often an event is tried before it is a dead letter: within some two and a half minutes.
pub(super) const MOST_ATTEMPTS: u32 = 8;

/// The first wait, in milliseconds.
const FIRST: u32 = 1_000;
/// The longest wait, in milliseconds.
const LONGEST: u32 = 60_000;

/// How long to wait after so many attempts: twice as long each time, and up to a quarter more by chance (`jitter`:
/// 0 none, 255 all of it), so that what failed together is not tried again together.
pub(super) fn delay(attempts: u32, jitter: u8) -> Period {
    let doublings = attempts.saturating_sub(1).min(6);
    let millis = (FIRST << doublings).min(LONGEST);
    Period::millis(millis + millis * u32::from(jitter) / (4 * 255))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_a_minute() {
        let waits: Vec<i64> =
            (1..MOST_ATTEMPTS).map(|attempts| delay(attempts, 0).as_millis() / 1_000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60]);
        assert_eq!(delay(1, 255), Period::millis(1_250));
    }
}
