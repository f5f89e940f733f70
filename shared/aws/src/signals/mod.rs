//! What users of a service experience, as CloudWatch measured it.

mod fold;
mod metrics;
mod source;

use std::sync::Arc;

use async_trait::async_trait;
use domain::analysis::{Measured, Observed};
use domain::manifest::Target;
use domain::{Digest, EnvironmentName, Period, ServiceName};
use jiff::Timestamp;
use ports::{SignalError, Signals, TrafficPoint};

use crate::versions::Versions;
use crate::{Connection, Declared};
use metrics::{Grid, Metrics};
use source::Source;

/// What tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The measurements of CloudWatch. They are a minute fine and come one or two minutes late.
#[derive(Clone)]
pub struct CloudWatchSignals {
    metrics: Metrics,
    versions: Versions,
    declared: Arc<dyn Declared>,
    now: Now,
}

impl std::fmt::Debug for CloudWatchSignals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudWatchSignals").field("metrics", &self.metrics).finish_non_exhaustive()
    }
}

impl CloudWatchSignals {
    /// Signals of what is declared.
    pub fn new(connection: &Connection, declared: Arc<dyn Declared>, now: Now) -> Self {
        Self { metrics: Metrics::new(connection), versions: Versions::new(connection), declared, now }
    }

    /// What serves an environment: all of it, or one artifact; none if nothing serves yet.
    async fn source(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: Option<&Digest>,
    ) -> Result<Option<Source>, SignalError> {
        let target = self.declared.target(service, environment).await.map_err(SignalError)?;
        match target {
            Some(Target::Lambda(lambda)) => {
                let Some(artifact) = artifact else {
                    return Ok(Some(Source::lambda(&lambda.function, &lambda.alias, None)));
                };
                let version = self.versions.of(&lambda.function, artifact).await.map_err(SignalError)?;
                Ok(version.map(|version| Source::lambda(&lambda.function, &lambda.alias, Some(&version))))
            }
            Some(target @ (Target::Process(_) | Target::Ecs(_) | Target::Server(_))) => Err(SignalError(
                format!("what users of a target of kind {} experience is not measured on AWS", target.kind()),
            )),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Signals for CloudWatchSignals {
    async fn measure(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: &Digest,
        since: Timestamp,
    ) -> Result<Observed, SignalError> {
        let Some(source) = self.source(service, environment, Some(artifact)).await? else {
            return Ok(Observed::default());
        };
        let values = self.metrics.read(Grid::minutes(since, (self.now)()), &source.distribution()).await?;
        Ok(fold::observed(&values))
    }

    async fn figures(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        artifact: &Digest,
        since: Timestamp,
    ) -> Result<Measured, SignalError> {
        let Some(source) = self.source(service, environment, Some(artifact)).await? else {
            return Ok(Measured::default());
        };
        let grid = Grid::recent(since, (self.now)());
        // Most environments have no traffic most of the time: then there is nothing else to ask, and to pay.
        let requests = self.metrics.read(grid, &[source.requests()]).await?;
        if fold::summed(&requests).requests == 0 {
            return Ok(Measured::default());
        }
        Ok(fold::summed(&self.metrics.read(grid, &source.figures()).await?))
    }

    /// Ten minutes: at a cent for a thousand metrics, half a minute would cost more than all the rest together.
    fn pause(&self) -> Period {
        Period::seconds(600)
    }

    async fn traffic(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        since: Timestamp,
        points: usize,
    ) -> Result<Vec<TrafficPoint>, SignalError> {
        let Some(source) = self.source(service, environment, None).await? else { return Ok(Vec::new()) };
        let grid = Grid::spans(since, (self.now)(), points);
        let values = self.metrics.read(grid, &source.figures()).await?;
        let point = |point| TrafficPoint {
            at: grid.at(point),
            measured: fold::measured(&values, point),
            saturation: None,
        };
        Ok((0..grid.points()).map(point).collect())
    }
}
