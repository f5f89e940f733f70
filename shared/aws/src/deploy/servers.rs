//! Servers that CodeDeploy installs releases on.
//!
//! The artifact is fetched from the bucket under exactly its version and its hash there: without these CodeDeploy
//! takes whatever lies there last. A deployment carries the request's number in its description; a request that has
//! nothing to install is written down in a tag of the deployment group, which has no description.

use aws_sdk_codedeploy::types::{BundleType, RevisionLocation, RevisionLocationType, S3Location};
use domain::manifest::CodeDeployGroup;
use domain::rollout::{Condition, ReleaseStatus, TargetPhase, TargetRequest, TargetStatus};
use domain::{Digest, EnvironmentName, ServiceName, Weight};
use jiff::Timestamp;
use ports::TargetError;

use super::bytes::Bytes;
use super::codedeploy::{CodeDeploy, Deployments, Group, Order};
use super::fault::Fault;
use super::mark::Mark;

/// The deployment groups of servers of an account and region.
#[derive(Clone)]
pub(super) struct Servers {
    codedeploy: CodeDeploy,
    bytes: Bytes,
}

impl Servers {
    pub(super) fn new(codedeploy: CodeDeploy, bytes: Bytes) -> Self {
        Self { codedeploy, bytes }
    }

    pub(super) async fn apply(
        &self,
        group: &CodeDeployGroup,
        request: &TargetRequest,
    ) -> Result<(), TargetError> {
        let TargetRequest { service, environment, sequence, .. } = request;
        let there = self.codedeploy.group(group).await?;
        if let Some(other) = there.mark.as_ref().filter(|mark| !mark.is_of(service, environment)) {
            return Err(TargetError::Refused(belongs_to_another(group, other)));
        }
        let found = self.codedeploy.recent(group, None).await?;
        let asked = found.newest(service, environment).map(|(number, _)| number);
        if asked.max(there.mark.as_ref().map(|mark| mark.sequence)) >= Some(*sequence) {
            return Ok(());
        }
        let mark = Mark::of(request);
        match self.begin(group, &there, request, &mark).await {
            Ok(()) => Ok(()),
            Err(Fault::Final(why)) => Ok(self.codedeploy.write(&there, &mark.failed(&why)).await?),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn begin(
        &self,
        group: &CodeDeployGroup,
        there: &Group,
        request: &TargetRequest,
        mark: &Mark,
    ) -> Result<(), Fault> {
        let mut serving = request.shares.iter().filter(|share| share.weight > Weight::NONE);
        let (wanted, more) = (serving.next(), serving.next());
        if more.is_some() {
            return Err(Fault::Final(
                "CodeDeploy installs one release on these servers; the steps of the manifest cannot"
                    .to_owned(),
            ));
        }
        // Nothing is taken off servers: what ran before Keelson's first request is not Keelson's.
        let Some(wanted) = wanted.map(|share| share.release.artifact) else {
            return self.codedeploy.write(there, mark).await;
        };
        let found = self.codedeploy.free(group, mark, there.last.as_deref()).await?;
        if found.installed().is_some_and(|(installed, _)| installed == wanted) {
            return self.codedeploy.write(there, mark).await;
        }
        let order = Order {
            mark,
            revision: self.revision(&wanted).await?,
            config: &group.config,
            // What ran here before is known to run: the alarm that went off since would stop that as well.
            heeds_alarms: !found.was_installed(&wanted),
        };
        self.codedeploy.create(group, order).await
    }

    async fn revision(&self, artifact: &Digest) -> Result<RevisionLocation, Fault> {
        let located = self.bytes.locate(artifact).await?;
        let location = S3Location::builder()
            .bucket(located.bucket)
            .key(located.key)
            .bundle_type(BundleType::Zip)
            .set_version(located.version)
            .set_e_tag(located.etag)
            .build();
        Ok(RevisionLocation::builder().revision_type(RevisionLocationType::S3).s3_location(location).build())
    }

    pub(super) async fn observe(
        &self,
        group: &CodeDeployGroup,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError> {
        let there = self.codedeploy.group(group).await?;
        let written = there.mark.as_ref().filter(|mark| mark.is_of(service, environment));
        let found = self.codedeploy.recent(group, there.last.as_deref()).await?;
        let Some((sequence, phase)) = found.standing(written, service, environment) else {
            return Ok(None);
        };
        let releases = releases(&found, &phase);
        Ok(Some(TargetStatus { sequence, phase, releases, address: None }))
    }
}

/// What is installed, and what is on its way. CodeDeploy tells the revision, not what is on the disks.
fn releases(found: &Deployments, phase: &TargetPhase) -> Vec<ReleaseStatus> {
    let release = |(artifact, since): (Digest, Timestamp), weight, condition| ReleaseStatus {
        artifact,
        weight,
        condition,
        since,
        read_back: None,
    };
    let installed = found.installed().map(|installed| release(installed, Weight::ALL, Condition::Ready));
    let coming = found.coming().filter(|_| *phase == TargetPhase::Applying);
    let coming = coming.map(|coming| release(coming, Weight::NONE, Condition::Starting));
    installed.into_iter().chain(coming).collect()
}

fn belongs_to_another(group: &CodeDeployGroup, mark: &Mark) -> String {
    let CodeDeployGroup { application, group, .. } = group;
    format!(
        "group `{group}` of `{application}` is that of {}/{}, as its tag `keelson` says; nothing was changed. Declare \
         another group, or remove the tag if that environment is gone",
        mark.service, mark.environment
    )
}
