//! An alias that CodeDeploy moves.
//!
//! Keelson publishes the version and says what shall serve; CodeDeploy shifts the traffic as its configuration says,
//! heeds the group's alarms, and takes a deployment back that goes wrong. What it makes for that is Keelson's as well.

use aws_sdk_codedeploy::types::{AppSpecContent, RevisionLocation, RevisionLocationType};
use domain::manifest::{CodeDeployGroup, LambdaTarget};
use domain::rollout::{TargetRequest, TargetStatus};
use domain::{EnvironmentName, ServiceName, Weight};
use ports::TargetError;
use serde_json::json;

use super::alias::{Alias, Moved, Routing};
use super::{LambdaAliases, TRIES, belongs_to_another};
use crate::deploy::codedeploy::{CodeDeploy, Deployments, Order};
use crate::deploy::fault::Fault;
use crate::deploy::mark::Mark;

/// The configuration that moves all traffic at once.
const AT_ONCE: &str = "CodeDeployDefault.LambdaAllAtOnce";

impl LambdaAliases {
    pub(in crate::deploy) async fn shift(
        &self,
        codedeploy: &CodeDeploy,
        (target, group): (&LambdaTarget, &CodeDeployGroup),
        request: &TargetRequest,
    ) -> Result<(), TargetError> {
        let mark = Mark::of(request);
        for _ in 0..TRIES {
            let alias = self.alias(target).await?;
            let written = alias.as_ref().and_then(|alias| alias.mark.as_ref());
            if let Some(other) = written.filter(|mark| !mark.is_of(&request.service, &request.environment)) {
                return Err(TargetError::Refused(belongs_to_another(target, other)));
            }
            let found = codedeploy.recent(group, None).await;
            let asked = match &found {
                Ok(found) => found.newest(&request.service, &request.environment).map(|(number, _)| number),
                Err(_) => None,
            };
            if asked.max(written.map(|mark| mark.sequence)) >= Some(request.sequence) {
                return Ok(());
            }
            let begun = match found {
                Ok(_) => self.begin(codedeploy, (target, group), request, alias).await,
                Err(fault) => Err(fault),
            };
            match begun {
                Ok(Moved::Done) => return Ok(()),
                Ok(Moved::TooLate) => {}
                Err(Fault::Final(why)) => {
                    // As it is now: a deployment that was stopped has changed it since.
                    let alias = self.alias(target).await?;
                    let Some(alias) = alias else { return Err(TargetError::Refused(why)) };
                    if self.point(target, Some(&alias), None, &mark.clone().failed(&why)).await?
                        == Moved::Done
                    {
                        return Ok(());
                    }
                }
                Err(Fault::Later(why)) => return Err(TargetError::Unavailable(why)),
            }
        }
        let LambdaTarget { function, alias, .. } = target;
        Err(TargetError::Unavailable(format!(
            "somebody else keeps changing alias `{alias}` of function `{function}`"
        )))
    }

    /// Begins to move the alias, or says on it that nothing needs to move.
    async fn begin(
        &self,
        codedeploy: &CodeDeploy,
        (target, group): (&LambdaTarget, &CodeDeployGroup),
        request: &TargetRequest,
        alias: Option<Alias>,
    ) -> Result<Moved, Fault> {
        let mark = Mark::of(request);
        if request.shares.iter().filter(|share| share.weight > Weight::NONE).count() > 1 {
            let why = "CodeDeploy moves the traffic here; the steps of the manifest cannot".to_owned();
            return Err(Fault::Final(why));
        }
        let wanted = self.routing(target, request, alias.as_ref()).await?;
        // Nobody's traffic has to be moved to an alias that is not there yet, nor where there is nothing to move it to.
        let (Some(wanted), Some(_)) = (&wanted, &alias) else {
            return self.point(target, alias.as_ref(), wanted.as_ref(), &mark).await;
        };
        let found = codedeploy.free(group, &mark, None).await?;
        let Some(alias) = self.alias(target).await? else { return Ok(Moved::TooLate) };
        let serves = &alias.routing;
        let is_there = serves == wanted;
        // Left between two versions by somebody else. CodeDeploy would refuse it, and both are known.
        let is_between = serves.other.as_ref().is_some_and(|(other, _)| *other == wanted.main)
            || (serves.other.is_some() && serves.main == wanted.main);
        if is_there || is_between {
            return self.point(target, Some(&alias), Some(wanted), &mark).await;
        }
        if serves.other.is_some() {
            let why =
                format!("alias `{}` shares its traffic among versions that are not asked for", target.alias);
            return Err(Fault::Final(why));
        }
        // An older version than what serves has served before, unless its own deployment went wrong: back to it at
        // once, whatever alarm goes off.
        let goes_back = number(&wanted.main) < number(&serves.main) && !found.was_taken_back(&wanted.main);
        let order = Order {
            mark: &mark,
            revision: revision(target, serves, wanted)?,
            config: if goes_back { AT_ONCE } else { &group.config },
            heeds_alarms: !goes_back,
        };
        codedeploy.create(group, order).await.map(|()| Moved::Done)
    }

    pub(in crate::deploy) async fn observe_shifted(
        &self,
        codedeploy: &CodeDeploy,
        (target, group): (&LambdaTarget, &CodeDeployGroup),
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError> {
        let Some(alias) = self.alias(target).await? else { return Ok(None) };
        let found = match codedeploy.recent(group, None).await {
            // Without its group nothing is known but what stands on the alias: that there is none, perhaps.
            Err(Fault::Final(_)) => Deployments::default(),
            found => found?,
        };
        let written = alias.mark.as_ref().filter(|mark| mark.is_of(service, environment));
        let standing = found.standing(written, service, environment);
        let Some((sequence, phase)) = standing else { return Ok(None) };
        let releases = self.releases(target, &alias.routing).await?;
        Ok(Some(TargetStatus { sequence, phase, releases, address: None }))
    }
}

fn number(version: &str) -> u64 {
    version.parse().unwrap_or(u64::MAX)
}

/// What CodeDeploy is to do, as an `AppSpec`: text in JSON, in the shape of its documentation.
fn revision(target: &LambdaTarget, from: &Routing, to: &Routing) -> Result<RevisionLocation, Fault> {
    let LambdaTarget { function, alias, .. } = target;
    if number(&from.main) == u64::MAX {
        let why = format!(
            "alias `{alias}` points to {}, and CodeDeploy moves between published versions",
            from.main
        );
        return Err(Fault::Final(why));
    }
    let properties = json!({
        "Name": function,
        "Alias": alias,
        "CurrentVersion": from.main,
        "TargetVersion": to.main,
    });
    let resource = json!({ "Type": "AWS::Lambda::Function", "Properties": properties });
    let content = json!({ "version": 0.0, "Resources": [{ function: resource }] });
    let content = AppSpecContent::builder().content(content.to_string()).build();
    Ok(RevisionLocation::builder()
        .revision_type(RevisionLocationType::AppSpecContent)
        .app_spec_content(content)
        .build())
}
