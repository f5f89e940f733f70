//! Metrics of CloudWatch, read many at once and not twice within a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric as Named, MetricDataQuery, MetricStat, ScanBy, StatusCode,
};
use jiff::Timestamp;
use ports::SignalError;
use tokio::time::Instant;

use crate::Connection;
use crate::error::told;

/// How many metrics one request may ask for.
const MOST_QUERIES: usize = 500;
/// How many pages of one answer are read.
const MOST_PAGES: usize = 20;
/// How long an answer is used again. CloudWatch has new figures once a minute, and asking costs money each time: a cent
/// for a thousand metrics.
const FRESH: Duration = Duration::from_secs(115);
/// In seconds, how much later two looks at what is recent may be to get the same answer.
const SAME: i64 = 120;
/// How many answers are kept.
const MOST_KEPT: usize = 4_000;
/// CloudWatch's finest period for the metrics of AWS services, in seconds.
const MINUTE: i64 = 60;

/// One metric with one statistic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Metric {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    pub(super) dimensions: Vec<(&'static str, String)>,
    /// As CloudWatch spells it: `Sum`, `p95`, `TC(100:200)`.
    pub(super) statistic: String,
}

/// Equal spans of time on CloudWatch's own boundaries, which are multiples of the period since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Grid {
    /// The first second.
    from: i64,
    /// Seconds of a span.
    period: i64,
    points: usize,
}

impl Grid {
    /// Every whole minute from `since` until `now`: what was before `since` is none of it.
    pub(super) fn minutes(since: Timestamp, now: Timestamp) -> Self {
        let from = since.as_second().div_euclid(MINUTE) * MINUTE;
        let from = if from < since.as_second() { from + MINUTE } else { from };
        let minutes = (now.as_second() - from).max(0) / MINUTE;
        Self { from, period: MINUTE, points: usize::try_from(minutes).unwrap_or(0) }
    }

    /// As long a time as from `since` until now, up to a moment that moves on every two minutes: whoever looks meanwhile
    /// asks for the same, which costs nothing.
    pub(super) fn recent(since: Timestamp, now: Timestamp) -> Self {
        let to = now.as_second().div_euclid(SAME) * SAME;
        let seconds = (now.as_second() - since.as_second()).max(MINUTE) / MINUTE * MINUTE;
        Self { from: to - seconds, period: MINUTE, points: usize::try_from(seconds / MINUTE).unwrap_or(1) }
    }

    /// So many spans until now, of whole minutes, which reach back to the span that `since` lies in, or the next.
    pub(super) fn spans(since: Timestamp, now: Timestamp, points: usize) -> Self {
        let wanted = i64::try_from(points.max(1)).unwrap_or(1);
        let seconds = (now.as_second() - since.as_second()).max(1);
        let period = (seconds + wanted * MINUTE - 1) / (wanted * MINUTE) * MINUTE;
        let to = (now.as_second() + period - 1).div_euclid(period) * period;
        Self { from: to - period * wanted, period, points: points.max(1) }
    }

    pub(super) fn points(&self) -> usize {
        self.points
    }

    /// The start of a span.
    pub(super) fn at(&self, point: usize) -> Timestamp {
        let seconds = self.from + self.period * i64::try_from(point).unwrap_or(0);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn to(&self) -> i64 {
        self.from + self.period * i64::try_from(self.points).unwrap_or(0)
    }

    fn point(&self, second: i64) -> Option<usize> {
        let point = usize::try_from((second - self.from).div_euclid(self.period)).ok()?;
        (point < self.points).then_some(point)
    }
}

/// The values of a metric over a grid; absent where CloudWatch has none.
pub(super) type Values = Arc<Vec<Option<f64>>>;

/// What CloudWatch said a moment ago, and when.
type Answers = HashMap<(Metric, Grid), (Values, Instant)>;

/// A reader of CloudWatch. Clones share what was read a moment ago.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    client: Client,
    answers: Arc<Mutex<Answers>>,
}

impl Metrics {
    pub(super) fn new(connection: &Connection) -> Self {
        Self { client: Client::new(connection.sdk()), answers: Arc::default() }
    }

    /// The values of each metric, in the order in which they were asked for.
    pub(super) async fn read(&self, grid: Grid, metrics: &[Metric]) -> Result<Vec<Values>, SignalError> {
        if grid.points == 0 {
            return Ok(metrics.iter().map(|_| Values::default()).collect());
        }
        let known = self.known(grid, metrics);
        let missing: Vec<&Metric> = metrics
            .iter()
            .zip(&known)
            .filter(|(_, known)| known.is_none())
            .map(|(metric, _)| metric)
            .collect();
        let mut read = Vec::new();
        for some in missing.chunks(MOST_QUERIES) {
            read.extend(self.fetch(grid, some).await?);
        }
        self.keep(grid, &missing, &read);
        let mut read = read.into_iter();
        Ok(known.into_iter().map(|known| known.or_else(|| read.next()).unwrap_or_default()).collect())
    }

    fn known(&self, grid: Grid, metrics: &[Metric]) -> Vec<Option<Values>> {
        let now = Instant::now();
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |metric: &Metric| {
            let (values, at) = answers.get(&(metric.clone(), grid))?;
            (now.duration_since(*at) < FRESH).then(|| values.clone())
        };
        metrics.iter().map(fresh).collect()
    }

    fn keep(&self, grid: Grid, metrics: &[&Metric], read: &[Values]) {
        let now = Instant::now();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (_, at)| now.duration_since(*at) < FRESH);
        if answers.len() + read.len() > MOST_KEPT {
            answers.clear();
        }
        for (metric, values) in metrics.iter().zip(read) {
            answers.insert(((*metric).clone(), grid), (values.clone(), now));
        }
    }

    async fn fetch(&self, grid: Grid, metrics: &[&Metric]) -> Result<Vec<Values>, SignalError> {
        let mut values = vec![vec![None; grid.points]; metrics.len()];
        let queries: Vec<MetricDataQuery> =
            metrics.iter().enumerate().map(|(index, metric)| query(index, metric, grid)).collect();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let request = self
                .client
                .get_metric_data()
                .start_time(DateTime::from_secs(grid.from))
                .end_time(DateTime::from_secs(grid.to()))
                .scan_by(ScanBy::TimestampAscending)
                .set_metric_data_queries(Some(queries.clone()))
                .set_next_token(token.take());
            let page = request.send().await.map_err(|error| SignalError(told(&error)))?;
            for result in page.metric_data_results() {
                if matches!(result.status_code(), Some(StatusCode::InternalError | StatusCode::Forbidden)) {
                    let why = result.messages().iter().find_map(|message| message.value());
                    return Err(SignalError(format!("CloudWatch: {}", why.unwrap_or("it gives no values"))));
                }
                let index = result.id().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
                let Some(series) = index.and_then(|index| values.get_mut(index)) else { continue };
                for (at, value) in result.timestamps().iter().zip(result.values()) {
                    if let Some(point) = grid.point(at.secs()) {
                        series[point] = Some(*value);
                    }
                }
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(values.into_iter().map(Arc::new).collect());
            }
        }
        Err(SignalError(format!("CloudWatch's answer has more than {MOST_PAGES} pages")))
    }
}

fn query(index: usize, metric: &Metric, grid: Grid) -> MetricDataQuery {
    let dimensions = metric
        .dimensions
        .iter()
        .map(|(name, value)| Dimension::builder().name(*name).value(value).build())
        .collect();
    let named = Named::builder()
        .namespace(metric.namespace)
        .metric_name(metric.name)
        .set_dimensions(Some(dimensions))
        .build();
    let stat = MetricStat::builder()
        .metric(named)
        .period(i32::try_from(grid.period).unwrap_or(i32::MAX))
        .stat(&metric.statistic)
        .build();
    MetricDataQuery::builder().id(format!("m{index}")).metric_stat(stat).return_data(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn only_whole_minutes_after_the_beginning_are_measured() {
        let grid = Grid::minutes(at("2026-11-23T10:00:20Z"), at("2026-11-23T10:03:59Z"));
        assert_eq!((grid.at(0), grid.points()), (at("2026-11-23T10:01:00Z"), 2));
        let grid = Grid::minutes(at("2026-11-23T10:00:00Z"), at("2026-11-23T10:03:00Z"));
        assert_eq!((grid.at(0), grid.points()), (at("2026-11-23T10:00:00Z"), 3));
        assert_eq!(Grid::minutes(at("2026-11-23T10:00:20Z"), at("2026-11-23T10:00:40Z")).points(), 0);
    }

    #[test]
    fn what_is_recent_is_the_same_for_two_minutes() {
        let grid = |now: &str| {
            let now = at(now);
            Grid::recent(now.checked_sub(jiff::SignedDuration::from_mins(5)).unwrap(), now)
        };
        let first = grid("2026-11-23T10:02:00Z");
        assert_eq!((first.at(0), first.points()), (at("2026-11-23T09:57:00Z"), 5));
        assert_eq!(grid("2026-11-23T10:03:59Z"), first);
        assert_ne!(grid("2026-11-23T10:04:00Z"), first);
    }

    #[test]
    fn a_plot_has_as_many_spans_as_were_asked_for_on_boundaries_of_cloudwatch() {
        for (minutes, points) in [(60, 60), (60, 7), (1_440, 60), (1, 500), (1_440, 1)] {
            let now = at("2026-11-23T10:03:59Z");
            let since = now.checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap();
            let grid = Grid::spans(since, now, points);
            assert_eq!(grid.points(), points);
            assert_eq!(grid.period % MINUTE, 0);
            assert_eq!(grid.from % grid.period, 0);
            assert!(grid.at(0).as_second() - grid.period <= since.as_second(), "{minutes} {points}");
            assert!(grid.to() >= now.as_second(), "{minutes} {points}");
        }
    }

    #[test]
    fn a_moment_belongs_to_one_span_and_what_is_outside_to_none() {
        let grid = Grid { from: 600, period: 60, points: 3 };
        assert_eq!(
            [599, 600, 659, 660, 779, 780].map(|second| grid.point(second)),
            [None, Some(0), Some(0), Some(1), Some(2), None]
        );
    }
}
