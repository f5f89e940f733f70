//! An alias of a Lambda function, whose weights Keelson moves itself.
//!
//! One call of `UpdateAlias` moves the traffic and says which request that was, under the alias's revision as a lock:
//! there is nothing between "asked" and "done" that a crash could leave behind. Everything before it only makes sure
//! that the versions are there.

mod alias;
mod shifted;
mod versions;

use aws_sdk_lambda::Client;
use domain::drift::ReadBack;
use domain::manifest::LambdaTarget;
use domain::rollout::{Condition, ReleaseStatus, TargetRequest, TargetStatus};
use domain::{EnvironmentName, ServiceName};
use ports::TargetError;

use self::alias::{Alias, Moved, Routing};
use self::versions::Version;
use super::bytes::Bytes;
use super::fault::Fault;
use super::mark::Mark;
use super::pace::Pace;
use crate::Connection;

/// How often to begin anew when somebody else was quicker.
const TRIES: u32 = 5;

/// The aliases of an account and region.
#[derive(Debug, Clone)]
pub(super) struct LambdaAliases {
    client: Client,
    bytes: Bytes,
    pace: Pace,
}

impl LambdaAliases {
    pub(super) fn new(connection: &Connection, bytes: Bytes, pace: Pace) -> Self {
        Self { client: Client::new(connection.sdk()), bytes, pace }
    }

    pub(super) async fn apply(
        &self,
        target: &LambdaTarget,
        request: &TargetRequest,
    ) -> Result<(), TargetError> {
        for _ in 0..TRIES {
            let alias = self.alias(target).await?;
            match alias.as_ref().and_then(|alias| alias.mark.as_ref()) {
                Some(mark) if !mark.is_of(&request.service, &request.environment) => {
                    return Err(TargetError::Refused(belongs_to_another(target, mark)));
                }
                // It came again, or after a newer one.
                Some(mark) if mark.sequence >= request.sequence => return Ok(()),
                Some(_) | None => {}
            }
            if self.bring_about(target, request, alias.as_ref()).await? {
                return Ok(());
            }
        }
        let LambdaTarget { function, alias, .. } = target;
        Err(TargetError::Unavailable(format!(
            "somebody else keeps changing alias `{alias}` of function `{function}`"
        )))
    }

    /// Moves the alias, or writes on it why that cannot be. `false` if it has changed since it was looked at.
    async fn bring_about(
        &self,
        target: &LambdaTarget,
        request: &TargetRequest,
        alias: Option<&Alias>,
    ) -> Result<bool, TargetError> {
        let mark = Mark::of(request);
        let moved = match self.routing(target, request, alias).await {
            Ok(routing) => self.point(target, alias, routing.as_ref(), &mark).await,
            Err(fault) => Err(fault),
        };
        match (moved, alias) {
            (Ok(Moved::Done), _) => Ok(true),
            (Ok(Moved::TooLate), _) => Ok(false),
            (Err(Fault::Final(why)), Some(alias)) => {
                // Without touching where it points: users notice nothing of a release that does not come up.
                match self.point(target, Some(alias), None, &mark.failed(&why)).await? {
                    Moved::Done => Ok(true),
                    Moved::TooLate => Ok(false),
                }
            }
            (Err(fault), _) => Err(fault.into()),
        }
    }

    /// Where the alias shall point, once every release asked for is there; `None` to leave it where it is.
    async fn routing(
        &self,
        target: &LambdaTarget,
        request: &TargetRequest,
        alias: Option<&Alias>,
    ) -> Result<Option<Routing>, Fault> {
        let mut published = self.published(&target.function).await?;
        let serves = alias.map(|alias| &alias.routing);
        let mut versions = Vec::new();
        for share in &request.shares {
            let artifact = share.release.artifact;
            let version = match published.of(&artifact, serves) {
                Some(version) => version,
                None => self.publish(&target.function, &artifact).await?,
            };
            published.add(&version, artifact);
            versions.push((version, share.weight));
        }
        // An alias always points somewhere. Where nothing ran before, nothing is there to go back to.
        Ok(Routing::of(&versions))
    }

    pub(super) async fn observe(
        &self,
        target: &LambdaTarget,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError> {
        let Some(alias) = self.alias(target).await? else { return Ok(None) };
        // Before the first request the alias is somebody else's.
        let Some(mark) = alias.mark.filter(|mark| mark.is_of(service, environment)) else { return Ok(None) };
        let releases = self.releases(target, &alias.routing).await?;
        Ok(Some(TargetStatus { sequence: mark.sequence, phase: mark.phase(), releases, address: None }))
    }

    /// What serves, read back.
    async fn releases(&self, target: &LambdaTarget, routing: &Routing) -> Result<Vec<ReleaseStatus>, Fault> {
        let mut releases = Vec::new();
        for (version, weight) in routing.weights() {
            let read = self.version(&target.function, &version).await?;
            releases.push(status(read, weight)?);
        }
        Ok(releases)
    }
}

/// What was read back of a version: Lambda itself hashes the code that it runs.
fn status(read: Version, weight: domain::Weight) -> Result<ReleaseStatus, Fault> {
    let Version { number, digest, since, condition } = read;
    let Some(artifact) = digest else {
        return Err(Fault::Final(format!("version {number} does not say what its code is")));
    };
    let read_back = ReadBack {
        artifact: Some(artifact),
        promoted_content: artifact,
        content: artifact,
        findings: Vec::new(),
        more: 0,
    };
    let read_back = (condition == Condition::Ready).then_some(read_back);
    Ok(ReleaseStatus { artifact, weight, condition, since, read_back })
}

fn belongs_to_another(target: &LambdaTarget, mark: &Mark) -> String {
    let LambdaTarget { function, alias, .. } = target;
    format!(
        "alias `{alias}` of function `{function}` is that of {}/{}, as its description says; nothing was changed. \
         Declare another alias, or clear the description if that environment is gone",
        mark.service, mark.environment
    )
}
