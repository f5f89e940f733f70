//! CodeDeploy: one deployment at a time in a group, found by what Keelson wrote into its description.
//!
//! `CreateDeployment` takes no token that would make it the same when it is called twice. So a deployment carries the
//! request's number in its description, and whoever wants to make one looks for it first.

mod found;
mod tag;

use std::sync::Arc;

use aws_sdk_codedeploy::Client;
use aws_sdk_codedeploy::config::retry::RetryConfig;
use aws_sdk_codedeploy::primitives::DateTime;
use aws_sdk_codedeploy::types::{
    AlarmConfiguration, AutoRollbackConfiguration, AutoRollbackEvent, DeploymentInfo, RevisionLocation,
    TimeRange,
};
use domain::Period;
use domain::manifest::CodeDeployGroup;
use jiff::Timestamp;

pub(super) use self::found::Deployments;
pub(super) use self::tag::Group;

use super::fault::{Fault, code};
use super::mark::Mark;
use super::pace::Pace;
use crate::Connection;

/// The time, as the core tells it.
pub(super) type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How far back deployments are looked for: longer than one can take (50 hours) and than a request is asked again.
const WINDOW: Period = Period::seconds(7 * 24 * 3_600);
/// How many deployments one call reads.
const BATCH: usize = 25;

/// The deployment groups of an account and region.
#[derive(Clone)]
pub(super) struct CodeDeploy {
    client: Client,
    region: String,
    pace: Pace,
    now: Now,
}

/// A deployment to make.
pub(super) struct Order<'o> {
    pub(super) mark: &'o Mark,
    pub(super) revision: RevisionLocation,
    /// How fast traffic moves.
    pub(super) config: &'o str,
    /// Whether alarms may stop it. Not on the way back: the alarm that went off would stop that as well.
    pub(super) heeds_alarms: bool,
}

impl CodeDeploy {
    pub(super) fn new(connection: &Connection, pace: Pace, now: Now) -> Self {
        let region = connection.sdk().region().map(ToString::to_string).unwrap_or_default();
        Self { client: Client::new(connection.sdk()), region, pace, now }
    }

    /// The group's deployments of the last days, and one more.
    pub(super) async fn recent(
        &self,
        group: &CodeDeployGroup,
        one_more: Option<&str>,
    ) -> Result<Deployments, Fault> {
        let CodeDeployGroup { application, group, .. } = group;
        let since = (self.now)().checked_sub(WINDOW.duration()).unwrap_or(Timestamp::UNIX_EPOCH);
        let range = TimeRange::builder().start(DateTime::from_secs(since.as_second())).build();
        let (mut ids, mut token) = (Vec::<String>::new(), None);
        loop {
            let list = self.client.list_deployments().application_name(application);
            let list = list.deployment_group_name(group).create_time_range(range.clone());
            let page = list.set_next_token(token).send().await;
            let page = page.map_err(|error| {
                Fault::of(format_args!("list the deployments of group `{group}`"), &error)
            })?;
            ids.extend(page.deployments().iter().cloned());
            token = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        if let Some(id) = one_more.filter(|id| !ids.iter().any(|known| known == id)) {
            ids.push(id.to_owned());
        }
        let mut found: Vec<DeploymentInfo> = Vec::new();
        for ids in ids.chunks(BATCH) {
            let get = self.client.batch_get_deployments().set_deployment_ids(Some(ids.to_vec())).send().await;
            let got = get.map_err(|error| {
                Fault::of(format_args!("read the deployments of group `{group}`"), &error)
            })?;
            found.extend(got.deployments_info().iter().cloned());
        }
        Ok(Deployments::of(&found))
    }

    /// Makes a deployment. A group that has one under way is busy, and is asked again later.
    pub(super) async fn create(&self, group: &CodeDeployGroup, order: Order<'_>) -> Result<(), Fault> {
        let rollback = AutoRollbackConfiguration::builder()
            .enabled(true)
            .events(AutoRollbackEvent::DeploymentFailure)
            .events(AutoRollbackEvent::DeploymentStopOnAlarm)
            .events(AutoRollbackEvent::DeploymentStopOnRequest)
            .build();
        let no_alarms = (!order.heeds_alarms).then(|| AlarmConfiguration::builder().enabled(false).build());
        // One try: a second one could make a second deployment, after the first is over.
        let once = aws_sdk_codedeploy::config::Config::builder().retry_config(RetryConfig::disabled());
        let create = self
            .client
            .create_deployment()
            .application_name(&group.application)
            .deployment_group_name(&group.group)
            .deployment_config_name(order.config)
            .description(order.mark.text())
            .revision(order.revision)
            .auto_rollback_configuration(rollback)
            .set_override_alarm_configuration(no_alarms)
            .customize()
            .config_override(once);
        match create.send().await {
            Ok(_) => Ok(()),
            Err(error) if code(&error) == Some("DeploymentLimitExceededException") => {
                Err(Fault::Later(format!("group `{}` has another deployment under way", group.group)))
            }
            Err(error) => {
                Err(Fault::of(format_args!("start a deployment in group `{}`", group.group), &error))
            }
        }
    }

    /// Frees the group for another request: stops what an older one of the same place began, with its traffic back,
    /// and waits for what CodeDeploy itself takes back.
    pub(super) async fn free(
        &self,
        group: &CodeDeployGroup,
        mark: &Mark,
        one_more: Option<&str>,
    ) -> Result<Deployments, Fault> {
        let mut told = false;
        for look in 0..self.pace.looks {
            if look > 0 {
                self.pace.pause().await;
            }
            let found = self.recent(group, one_more).await?;
            let Some(active) = found.active() else { return Ok(found) };
            let is_older = active.mark.as_ref().is_some_and(|older| {
                older.is_of(&mark.service, &mark.environment) && older.sequence < mark.sequence
            });
            if is_older && !told {
                self.stop(&active.id).await?;
                told = true;
            } else if !is_older && !active.is_rollback {
                let (id, group) = (&active.id, &group.group);
                return Err(Fault::Later(format!(
                    "group `{group}` is busy with deployment {id}, which is not Keelson's"
                )));
            }
        }
        Err(Fault::Later(format!("a deployment of group `{}` is still being taken back", group.group)))
    }

    async fn stop(&self, id: &str) -> Result<(), Fault> {
        let stop = self.client.stop_deployment().deployment_id(id).auto_rollback_enabled(true);
        match stop.send().await {
            Ok(_) => Ok(()),
            // It ended by itself.
            Err(error) if code(&error) == Some("DeploymentAlreadyCompletedException") => Ok(()),
            Err(error) => Err(Fault::of(format_args!("stop deployment {id}"), &error)),
        }
    }
}
