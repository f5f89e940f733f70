//! Deployments as they are read, and which of them says where a place is.

use aws_sdk_codedeploy::types::{DeploymentCreator, DeploymentInfo, DeploymentStatus};
use domain::rollout::{FailureReport, TargetPhase};
use domain::{Digest, EnvironmentName, ServiceName};
use jiff::Timestamp;

use crate::deploy::mark::Mark;

/// Where a deployment is, by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// On its way.
    Active,
    /// It moved the traffic.
    Succeeded,
    /// It did not, for that reason.
    Ended(String),
}

/// A deployment.
#[derive(Debug, Clone)]
pub(in crate::deploy) struct Found {
    pub(in crate::deploy) id: String,
    /// What Keelson wrote into its description.
    pub(in crate::deploy) mark: Option<Mark>,
    stage: Stage,
    /// Whether CodeDeploy made it to take another one back.
    pub(in crate::deploy) is_rollback: bool,
    /// The deployment that takes this one back.
    rolled_back_by: Option<String>,
    created: Timestamp,
    /// The artifact that it installs, if it installs one from the bucket.
    installs: Option<Digest>,
    /// The version that it moves an alias to, if it moves one.
    shifts_to: Option<String>,
}

/// The deployments of a group.
#[derive(Debug, Clone, Default)]
pub(in crate::deploy) struct Deployments(Vec<Found>);

impl Deployments {
    pub(super) fn of(infos: &[DeploymentInfo]) -> Self {
        Self(infos.iter().map(read).collect())
    }

    /// The one under way: there is one at most.
    pub(in crate::deploy) fn active(&self) -> Option<&Found> {
        self.0.iter().find(|found| found.stage == Stage::Active)
    }

    /// The deployment of a place's newest request, with its number.
    pub(in crate::deploy) fn newest(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<(u64, &Found)> {
        let ours = self.0.iter().filter_map(|found| {
            let mark = found.mark.as_ref().filter(|mark| mark.is_of(service, environment))?;
            Some((mark.sequence, found))
        });
        // Of two for one request, which a call that was lost and made again could leave, the one that succeeded.
        ours.max_by_key(|(sequence, found)| (*sequence, found.stage == Stage::Succeeded))
    }

    /// At which request a place is, and where on the way to it: by what is written on the target and by the newest
    /// deployment. `None` before the first request.
    pub(in crate::deploy) fn standing(
        &self,
        written: Option<&Mark>,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Option<(u64, TargetPhase)> {
        let written = written.map(|mark| (mark.sequence, mark.phase()));
        let newest = self.newest(service, environment).map(|(number, found)| (number, self.phase(found)));
        match (written, newest) {
            (Some(written), Some(newest)) => Some(if written.0 >= newest.0 { written } else { newest }),
            (written, newest) => written.or(newest),
        }
    }

    /// Where a deployment is, together with what takes it back: until that is over, traffic is not as before.
    fn phase(&self, found: &Found) -> TargetPhase {
        let takes_it_back = |other: &Found| found.rolled_back_by.as_ref() == Some(&other.id);
        let is_going_back = self.active().is_some_and(takes_it_back);
        match &found.stage {
            _ if is_going_back => TargetPhase::Applying,
            Stage::Active => TargetPhase::Applying,
            Stage::Succeeded => TargetPhase::Settled,
            Stage::Ended(why) => {
                let report = FailureReport { summary: why.clone(), ..FailureReport::default() };
                TargetPhase::Failed { report }
            }
        }
    }

    /// What was installed last, and since when.
    pub(in crate::deploy) fn installed(&self) -> Option<(Digest, Timestamp)> {
        let done = self.0.iter().filter(|found| found.stage == Stage::Succeeded);
        let last = done.max_by_key(|found| (found.created, found.id.clone()))?;
        Some((last.installs?, last.created))
    }

    /// Whether an artifact was installed here before.
    pub(in crate::deploy) fn was_installed(&self, artifact: &Digest) -> bool {
        self.0.iter().any(|found| found.stage == Stage::Succeeded && found.installs == Some(*artifact))
    }

    /// Whether the last deployment of a version was stopped or failed.
    pub(in crate::deploy) fn was_taken_back(&self, version: &str) -> bool {
        let of_it =
            self.0.iter().filter(|found| found.shifts_to.as_deref() == Some(version) && !found.is_rollback);
        let last = of_it.max_by_key(|found| (found.created, found.id.clone()));
        last.is_some_and(|found| matches!(found.stage, Stage::Ended(_)))
    }

    /// What is being installed, and since when.
    pub(in crate::deploy) fn coming(&self) -> Option<(Digest, Timestamp)> {
        let active = self.active()?;
        Some((active.installs?, active.created))
    }
}

fn read(info: &DeploymentInfo) -> Found {
    let id = info.deployment_id().unwrap_or_default().to_owned();
    let stage = match info.status() {
        Some(DeploymentStatus::Succeeded) => Stage::Succeeded,
        Some(DeploymentStatus::Failed | DeploymentStatus::Stopped) => Stage::Ended(why(&id, info)),
        Some(_) | None => Stage::Active,
    };
    let rollback = info.rollback_info();
    let rolled_back_by = rollback.and_then(|rollback| rollback.rollback_deployment_id());
    Found {
        mark: info.description().and_then(Mark::parse),
        stage,
        is_rollback: info.creator() == Some(&DeploymentCreator::CodeDeployRollback),
        rolled_back_by: rolled_back_by.filter(|id| !id.is_empty()).map(str::to_owned),
        created: created(info).unwrap_or(Timestamp::UNIX_EPOCH),
        installs: installs(info),
        shifts_to: shifts_to(info),
        id,
    }
}

fn created(info: &DeploymentInfo) -> Option<Timestamp> {
    Timestamp::from_millisecond(info.create_time()?.to_millis().ok()?).ok()
}

/// The artifact behind a key such as `artifacts/<digest>`.
fn installs(info: &DeploymentInfo) -> Option<Digest> {
    let key = info.revision()?.s3_location()?.key()?;
    format!("sha256:{}", key.rsplit('/').next()?).parse().ok()
}

/// The version in an `AppSpec`.
fn shifts_to(info: &DeploymentInfo) -> Option<String> {
    let content = info.revision()?.app_spec_content()?.content()?;
    let spec: serde_json::Value = serde_json::from_str(content).ok()?;
    let resource = spec["Resources"].get(0)?.as_object()?.values().next()?;
    resource["Properties"]["TargetVersion"].as_str().map(str::to_owned)
}

/// Why a deployment did not move the traffic, in one sentence.
fn why(id: &str, info: &DeploymentInfo) -> String {
    let error = info.error_information();
    let code = error.and_then(|error| error.code()).map_or("no code", |code| code.as_str());
    let message = error.and_then(|error| error.message()).unwrap_or("no reason is given");
    match code {
        "ALARM_ACTIVE" => format!("an alarm stopped CodeDeploy's deployment {id}: {message}"),
        "MANUAL_STOP" => format!("CodeDeploy's deployment {id} was stopped: {message}"),
        code => format!("CodeDeploy's deployment {id} failed ({code}): {message}"),
    }
}
