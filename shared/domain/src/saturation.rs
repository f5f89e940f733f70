//! How full what serves is: the fourth of the golden signals, beside latency, traffic and errors
//! (<https://sre.google/sre-book/monitoring-distributed-systems/>).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of what there is was in use, at its fullest in a span of time. Shares from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Saturation {
    /// Of the processors.
    pub cpu: f64,
    /// Of the memory.
    pub memory: f64,
}

impl Saturation {
    /// What two use together, of the same processors and memory.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { cpu: (self.cpu + other.cpu).min(1.0), memory: (self.memory + other.memory).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_releases_side_by_side_use_what_both_use_and_never_more_than_there_is() {
        let (old, new) = (Saturation { cpu: 0.5, memory: 0.2 }, Saturation { cpu: 0.75, memory: 0.1 });
        let both = old.and(new);
        assert!((both.cpu - 1.0).abs() < 1e-9 && (both.memory - 0.3).abs() < 1e-9, "{both:?}");
    }
}
