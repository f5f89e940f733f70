//! Figures that know how much they rest on, and say so when they rest on nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A figure, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Figure")]
pub struct Figure<T> {
    /// The figure. Absent is not zero: see `no_data`.
    #[serde(default = "none::<T>", skip_serializing_if = "Option::is_none")]
    pub value: Option<T>,
    /// Why there is no figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_data: Option<String>,
    /// How many rows it has looked at.
    pub rows: usize,
    /// How many of them could not be measured, and are left out.
    pub left_out: usize,
}

/// Without asking that a `T` has a default.
fn none<T>() -> Option<T> {
    None
}

impl<T> Figure<T> {
    /// The figure that so many rows add up to; `nothing` is why there is none, if there is none.
    pub fn new(value: Option<T>, nothing: &str, rows: usize, left_out: usize) -> Self {
        let no_data = value.is_none().then(|| nothing.to_owned());
        Self { value, no_data, rows, left_out }
    }
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Those counted.
    pub count: usize,
    /// All of them; never 0, and never less than `count`.
    pub of: usize,
    /// The one divided by the other, 0 to 1.
    pub share: f64,
}

impl Share {
    /// How many of these are counted; `None` of none, because no data is not zero.
    pub fn of(counted: impl IntoIterator<Item = bool>) -> Option<Self> {
        let (mut count, mut of) = (0, 0);
        for counts in counted {
            of += 1;
            count += usize::from(counts);
        }
        (of > 0).then(|| Self { count, of, share: count as f64 / of as f64 })
    }
}

/// The middle and the slow end of several lengths of time, in whole seconds, and how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// How many lengths were measured; never 0.
    pub n: usize,
    /// Half of them are no longer. Of an even number, the mean of the two in the middle, rounded down.
    pub median: u64,
    /// Nine of ten are no longer: the nearest rank, so always one of those measured.
    pub p90: u64,
}

impl Spread {
    /// The spread of these; `None` of none, because no data is not zero.
    pub fn of(seconds: impl IntoIterator<Item = u64>) -> Option<Self> {
        let mut sorted: Vec<u64> = seconds.into_iter().collect();
        sorted.sort_unstable();
        let n = sorted.len();
        let rank = |percent: usize| sorted.get((n * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { n, median: middle(&sorted)?, p90: rank(90)? })
    }
}

/// The median of lengths that are sorted.
fn middle(sorted: &[u64]) -> Option<u64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        1 => Some(upper),
        _ => Some(sorted.get(sorted.len() / 2 - 1)?.midpoint(upper)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_spread_of_nothing_is_unknown() {
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_spread_is_as_computed_by_hand() {
        assert_eq!(Spread::of([7]), Some(Spread { n: 1, median: 7, p90: 7 }));
        assert_eq!(Spread::of([30, 10]), Some(Spread { n: 2, median: 20, p90: 30 }));
        assert_eq!(Spread::of((1..=10).rev()), Some(Spread { n: 10, median: 5, p90: 9 }));
        assert_eq!(Spread::of(1..=11), Some(Spread { n: 11, median: 6, p90: 10 }));
    }

    proptest! {
        #[test]
        fn the_slow_end_is_no_faster_than_the_middle(seconds in prop::collection::vec(0..10_000_u64, 1..50)) {
            let spread = Spread::of(seconds.clone()).unwrap();
            prop_assert!(spread.median <= spread.p90);
            prop_assert!(seconds.contains(&spread.p90));
        }
    }
}
