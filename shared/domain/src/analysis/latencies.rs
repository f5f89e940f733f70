//! How long requests took, as a histogram that two releases share.

/// Latencies on a common scale: how many requests took about so long.
///
/// Two of the same source have the same scale, so that they can be ranked against each other; requests in one bin are
/// ties.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Microseconds and count, rising.
    bins: Vec<(u64, u64)>,
}

impl Latencies {
    /// Of bins, each with its typical latency in microseconds and its count, in any order.
    pub fn new(bins: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut bins: Vec<_> = bins.into_iter().filter(|(_, count)| *count > 0).collect();
        bins.sort_unstable();
        bins.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Self { bins }
    }

    /// How many requests are known.
    pub fn count(&self) -> u64 {
        self.bins.iter().map(|(_, count)| count).sum()
    }

    /// How many of them took longer than `micros`.
    pub fn slower_than(&self, micros: u64) -> u64 {
        self.bins.iter().filter(|(at, _)| *at > micros).map(|(_, count)| count).sum()
    }

    /// The bins, rising.
    pub(super) fn bins(&self) -> &[(u64, u64)] {
        &self.bins
    }
}
