//! Which metrics tell what users of something experience.

use super::metrics::Metric;

/// What serves requests, as CloudWatch names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    namespace: &'static str,
    dimensions: Vec<(&'static str, String)>,
    /// The metric that counts requests.
    requests: &'static str,
    /// The metric that counts those that failed.
    errors: &'static str,
    /// The metric of how long they took, in milliseconds.
    latency: &'static str,
}

impl Source {
    /// An alias of a Lambda function: all of its traffic, or that of one version behind it.
    ///
    /// `ExecutedVersion` is the dimension by which AWS compares the two versions of a weighted alias.
    pub(super) fn lambda(function: &str, alias: &str, version: Option<&str>) -> Self {
        let mut dimensions =
            vec![("FunctionName", function.to_owned()), ("Resource", format!("{function}:{alias}"))];
        dimensions.extend(version.map(|version| ("ExecutedVersion", version.to_owned())));
        Self {
            namespace: "AWS/Lambda",
            dimensions,
            requests: "Invocations",
            errors: "Errors",
            latency: "Duration",
        }
    }

    /// The requests.
    pub(super) fn requests(&self) -> Metric {
        self.metric(self.requests, "Sum")
    }

    /// The requests, and the failed ones.
    fn counts(&self) -> Vec<Metric> {
        vec![self.requests(), self.metric(self.errors, "Sum")]
    }

    /// The requests, the failed ones, and latencies by their percentiles: five metrics.
    pub(super) fn figures(&self) -> Vec<Metric> {
        let percentiles = ["p50", "p95", "p99"].map(|statistic| self.metric(self.latency, statistic));
        self.counts().into_iter().chain(percentiles).collect()
    }

    /// The requests, the failed ones, and how many took how long: counts, which add up over minutes.
    pub(super) fn distribution(&self) -> Vec<Metric> {
        let mut metrics = self.counts();
        metrics.extend(bins().map(|(from, to)| {
            let bound = |millis: Option<u32>| millis.map_or_else(String::new, |millis| millis.to_string());
            self.metric(self.latency, &format!("TC({}:{})", bound(from), bound(to)))
        }));
        metrics
    }

    fn metric(&self, name: &'static str, statistic: &str) -> Metric {
        Metric {
            namespace: self.namespace,
            name,
            dimensions: self.dimensions.clone(),
            statistic: statistic.to_owned(),
        }
    }
}

/// The bounds of the bins in which latencies are counted, in milliseconds. Each costs as much as another metric.
const BOUNDS: [u32; 21] = [
    1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 400, 600, 800, 1_200, 2_000, 3_000, 5_000, 10_000,
    30_000,
];

/// The bins: from beyond the first number up to the second.
pub(super) fn bins() -> impl Iterator<Item = (Option<u32>, Option<u32>)> {
    let from = std::iter::once(None).chain(BOUNDS.into_iter().map(Some));
    let to = BOUNDS.into_iter().map(Some).chain(std::iter::once(None));
    from.zip(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_counted_once_each_whatever_they_are() {
        let bins: Vec<_> = bins().collect();
        assert_eq!(bins.first(), Some(&(None, Some(1))));
        assert_eq!(bins.last(), Some(&(Some(30_000), None)));
        assert!(bins.windows(2).all(|pair| pair[0].1 == pair[1].0));
    }

    #[test]
    fn a_version_is_measured_behind_its_alias() {
        let source = Source::lambda("storefront", "live", Some("42"));
        let metrics = source.distribution();
        assert_eq!(metrics.len(), 2 + bins().count());
        assert_eq!(
            metrics[0].dimensions,
            [
                ("FunctionName", "storefront".to_owned()),
                ("Resource", "storefront:live".to_owned()),
                ("ExecutedVersion", "42".to_owned()),
            ]
        );
        assert_eq!(metrics[2].statistic, "TC(:1)");
        assert_eq!(metrics[10].statistic, "TC(75:100)");
        assert_eq!(metrics.last().unwrap().statistic, "TC(30000:)");
    }
}
