//! One measured number: its spread over several runs, the peer it stands beside, and what we aim for.

/// Several measurements of one thing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// Adds a measurement.
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The value that `share` of the measurements do not exceed (nearest rank); `None` of none.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank between 1 and the number of measurements"
        )]
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }

    /// The middle one.
    pub(crate) fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// The value is at most this.
    AtMost(f64),
    /// The value is at least this.
    AtLeast(f64),
    /// The ratio to the peer is at least this.
    RatioAtLeast(f64),
    /// The ratio to the peer is at most this.
    RatioAtMost(f64),
}

/// One measured number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// The bench it comes from.
    pub(crate) bench: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// The number: a median where there were several runs.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// The lowest and the highest of the runs, and how many there were.
    pub(crate) spread: Option<(f64, f64, usize)>,
    /// What it stands beside, and that one's number in the same run.
    pub(crate) peer: Option<(&'static str, f64)>,
    /// What it should be.
    pub(crate) aim: Option<Aim>,
}

impl Figure {
    /// A number that was measured once, or counted.
    pub(crate) fn single(bench: &'static str, name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { bench, name, value, unit, spread: None, peer: None, aim: None }
    }

    /// The median of several runs.
    ///
    /// # Errors
    /// When there was none.
    pub(crate) fn median(
        bench: &'static str,
        name: &'static str,
        sample: &Sample,
        unit: &'static str,
    ) -> anyhow::Result<Self> {
        let part =
            |share| sample.quantile(share).ok_or_else(|| anyhow::anyhow!("{name}: nothing was measured"));
        let spread = Some((part(0.0)?, part(1.0)?, sample.len()));
        Ok(Self { spread, ..Self::single(bench, name, part(0.5)?, unit) })
    }

    /// Puts it beside a peer's number of the same run.
    pub(crate) fn beside(self, peer: &'static str, value: f64) -> Self {
        Self { peer: Some((peer, value)), ..self }
    }

    /// Says what it should be.
    pub(crate) fn aim(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// The value over the peer's; absent without a peer.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.peer.filter(|(_, value)| *value != 0.0).map(|(_, value)| self.value / value)
    }

    /// Whether it is what it should be; absent when nothing is asked, or what is asked cannot be said.
    pub(crate) fn met(&self) -> Option<bool> {
        match self.aim? {
            Aim::AtMost(limit) => Some(self.value <= limit),
            Aim::AtLeast(limit) => Some(self.value >= limit),
            Aim::RatioAtLeast(limit) => self.ratio().map(|ratio| ratio >= limit),
            Aim::RatioAtMost(limit) => self.ratio().map(|ratio| ratio <= limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantile_is_a_measurement_and_never_between_two() {
        let sample: Sample = [4.0, 1.0, 3.0, 2.0].into_iter().collect();
        assert_eq!([0.0, 0.5, 0.75, 1.0].map(|share| sample.quantile(share)), [1.0, 2.0, 3.0, 4.0].map(Some));
        assert_eq!(Sample::default().median(), None);
    }

    #[test]
    fn a_ratio_aim_says_nothing_without_a_peer() {
        let figure = Figure::single("deploy", "proxy_rps", 70.0, "1/s").aim(Aim::RatioAtLeast(0.7));
        assert_eq!(figure.met(), None);
        assert_eq!(figure.clone().beside("nginx", 100.0).met(), Some(true));
        assert_eq!(figure.beside("nginx", 101.0).met(), Some(false));
    }
}
