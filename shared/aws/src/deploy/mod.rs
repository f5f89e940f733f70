//! Deploy targets on AWS: aliases of Lambda functions, services of ECS and groups of servers.
//!
//! Nothing about them is stored here. What was asked for last stands in AWS itself, beside what it is about: in the
//! description of an alias or of a deployment (see `mark`). So whoever is killed leaves nothing half known,
//! and the next one looks there before anything is made.

mod bytes;
mod codedeploy;
mod fault;
mod lambda;
mod mark;
mod pace;
mod servers;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use domain::manifest::{CodeDeployGroup, LambdaTarget, Target};
use domain::rollout::{Share, TargetRequest, TargetStatus};
use domain::{Digest, EnvironmentName, ServiceName, Weight};
use jiff::Timestamp;
use ports::{Deployer, LogLine, LogQuery, TargetError};

pub use self::pace::Pace;

use self::bytes::Bytes;
use self::codedeploy::CodeDeploy;
use self::lambda::LambdaAliases;
use self::servers::Servers;
use crate::{Connection, Declared};

/// What releases wrote, wherever AWS keeps it.
#[async_trait]
pub trait TargetLogs: Send + Sync {
    /// What releases wrote, as [`Deployer::logs`].
    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogLine>, TargetError>;
}

/// Runs releases on AWS.
///
/// A request is brought about by whoever applies it, within [`Pace`]; what takes longer is answered
/// [`TargetError::Unavailable`], and goes on where it was when it is asked for again.
#[derive(Clone)]
pub struct AwsTargets {
    declared: Arc<dyn Declared>,
    logs: Arc<dyn TargetLogs>,
    lambda: LambdaAliases,
    codedeploy: CodeDeploy,
    servers: Servers,
}

impl AwsTargets {
    /// The targets of an account and region, with the artifacts in that bucket.
    pub fn new(
        connection: &Connection,
        bucket: &str,
        declared: Arc<dyn Declared>,
        logs: Arc<dyn TargetLogs>,
        pace: Pace,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        let bytes = Bytes::new(connection, bucket);
        let codedeploy = CodeDeploy::new(connection, pace, now);
        let servers = Servers::new(codedeploy.clone(), bytes.clone());
        Self { declared, logs, lambda: LambdaAliases::new(connection, bytes, pace), codedeploy, servers }
    }
}

/// How Keelson on AWS reaches a target, if it does.
enum Way<'t> {
    /// It moves an alias itself.
    Alias(&'t LambdaTarget),
    /// It has CodeDeploy move an alias.
    Shifted(&'t LambdaTarget, &'t CodeDeployGroup),
    /// It has CodeDeploy install releases.
    Servers(&'t CodeDeployGroup),
}

fn way(target: &Target) -> Result<Way<'_>, String> {
    match target {
        Target::Lambda(lambda) => Ok(match &lambda.codedeploy {
            None => Way::Alias(lambda),
            Some(group) => Way::Shifted(lambda, group),
        }),
        Target::Server(group) => Ok(Way::Servers(group)),
        Target::Process(_) => {
            Err("this Keelson runs on AWS, where there is no machine for a process; declare a \
                                   target of kind `lambda` or `server`"
                .to_owned())
        }
        Target::Ecs(_) => {
            Err("this Keelson cannot move a service of ECS yet; declare a target of kind `lambda` or \
                               `server`"
                .to_owned())
        }
    }
}

#[async_trait]
impl Deployer for AwsTargets {
    fn supports(&self, target: &Target) -> Result<(), String> {
        way(target).map(drop)
    }

    async fn apply(&self, request: &TargetRequest) -> Result<(), TargetError> {
        check(&request.shares).map_err(TargetError::Refused)?;
        match way(&request.target).map_err(TargetError::Refused)? {
            Way::Alias(target) => self.lambda.apply(target, request).await,
            Way::Shifted(target, group) => {
                self.lambda.shift(&self.codedeploy, (target, group), request).await
            }
            Way::Servers(group) => self.servers.apply(group, request).await,
        }
    }

    async fn observe(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError> {
        let declared = self.declared.target(service, environment).await.map_err(TargetError::Unavailable)?;
        let Some(target) = declared else { return Ok(None) };
        match way(&target).map_err(TargetError::Refused)? {
            Way::Alias(target) => self.lambda.observe(target, service, environment).await,
            Way::Shifted(target, group) => {
                let shifted = (target, group);
                self.lambda.observe_shifted(&self.codedeploy, shifted, service, environment).await
            }
            Way::Servers(group) => self.servers.observe(group, service, environment).await,
        }
    }

    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogLine>, TargetError> {
        self.logs.logs(query).await
    }
}

/// What no target could ever do.
fn check(shares: &[Share]) -> Result<(), String> {
    let sum: u32 = shares.iter().map(|share| u32::from(share.weight.percent())).sum();
    if sum != 100 && !shares.is_empty() {
        return Err(format!("the weights sum to {sum}, not to 100"));
    }
    let mut artifacts: Vec<Digest> = shares.iter().map(|share| share.release.artifact).collect();
    artifacts.sort();
    artifacts.dedup();
    if artifacts.len() < shares.len() {
        return Err("an artifact has two shares".to_owned());
    }
    let serving = shares.iter().filter(|share| share.weight > Weight::NONE).count();
    if serving > 2 {
        return Err(format!("{serving} releases shall serve, and AWS shares traffic between two"));
    }
    Ok(())
}
