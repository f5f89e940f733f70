//! CodeDeploy for Lambda: one deployment at a time in a group, which moves an alias as its configuration says.

use std::collections::BTreeMap;

use domain::Period;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::State;
use super::lambda::Alias;
use super::serve::{Ask, Reply};

/// Whether an alarm of a deployment group goes off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Alarm {
    /// All is well.
    #[default]
    Quiet,
    /// It goes off, and stops every deployment that heeds it.
    Active,
}

/// A deployment group.
#[derive(Default)]
pub(super) struct Group {
    alarm: Alarm,
    deployments: Vec<Deployment>,
    tags: BTreeMap<String, String>,
}

#[derive(Clone)]
struct Deployment {
    id: String,
    description: String,
    status: &'static str,
    creator: &'static str,
    created: Timestamp,
    error: Option<(&'static str, String)>,
    spec: Spec,
    config: String,
    goes_back: bool,
    heeds_alarms: bool,
    /// What a rollback was for, or who rolls this one back.
    rollback: Value,
}

/// What is deployed.
#[derive(Clone)]
enum Spec {
    /// An alias moves from one version to another.
    Alias(Shift),
    /// An object of the bucket is installed.
    Object(Value),
}

/// What an `AppSpec` says.
#[derive(Clone)]
struct Shift {
    content: String,
    function: String,
    alias: String,
    current: String,
    target: String,
}

impl Spec {
    fn told(&self) -> Value {
        match self {
            Self::Alias(shift) => json!({
                "revisionType": "AppSpecContent",
                "appSpecContent": { "content": shift.content },
            }),
            Self::Object(location) => json!({ "revisionType": "S3", "s3Location": location }),
        }
    }
}

impl Shift {
    fn read(content: &str) -> Option<Self> {
        let spec: Value = serde_json::from_str(content).ok()?;
        let resource = spec["Resources"].as_array()?.first()?.as_object()?.values().next()?;
        let text = |name: &str| Some(resource["Properties"][name].as_str()?.to_owned());
        Some(Self {
            content: content.to_owned(),
            function: text("Name")?,
            alias: text("Alias")?,
            current: text("CurrentVersion")?,
            target: text("TargetVersion")?,
        })
    }
}

impl Deployment {
    fn is_active(&self) -> bool {
        matches!(self.status, "Created" | "Queued" | "InProgress" | "Baking" | "Ready")
    }

    /// When it is done, and how much traffic the new version gets before.
    fn shift(&self) -> (Timestamp, f64) {
        let canary = self.config.strip_prefix("CodeDeployDefault.LambdaCanary10Percent");
        let minutes: Option<u32> =
            canary.and_then(|rest| rest.strip_suffix("Minutes")).and_then(|text| text.parse().ok());
        match (minutes, &self.spec) {
            (Some(minutes), _) => (Period::seconds(60 * minutes).after(self.created), 0.1),
            // One server after the other.
            (None, Spec::Object(_)) => (Period::seconds(120).after(self.created), 0.0),
            (None, Spec::Alias(_)) => (self.created, 0.0),
        }
    }

    fn told(&self) -> Value {
        json!({
            "deploymentId": self.id,
            "description": self.description,
            "status": self.status,
            "creator": self.creator,
            "createTime": self.created.as_millisecond() as f64 / 1000.0,
            "deploymentConfigName": self.config,
            "errorInformation": self.error.as_ref().map(|(code, message)| json!({ "code": code, "message": message })),
            "rollbackInfo": self.rollback,
            "revision": self.spec.told(),
        })
    }
}

impl Group {
    pub(super) fn set_alarm(&mut self, alarm: Alarm) {
        self.alarm = alarm;
    }

    pub(super) fn told(&self) -> Vec<String> {
        let line = |deployment: &Deployment| {
            let Deployment { description, status, creator, .. } = deployment;
            format!("{description}: {status} by {creator}")
        };
        self.deployments.iter().map(line).collect()
    }

    fn active(&self) -> Option<usize> {
        self.deployments.iter().position(Deployment::is_active)
    }
}

impl State {
    /// Lets everything that takes its time come as far as the clock says.
    pub(super) fn settle(&mut self) {
        let keys: Vec<_> = self.groups.keys().cloned().collect();
        for key in keys {
            let Some(mut group) = self.groups.remove(&key) else { continue };
            while let Some(index) = group.active() {
                if !self.move_on(&mut group, index) {
                    break;
                }
            }
            self.groups.insert(key, group);
        }
    }

    /// Moves a deployment on. `false` if it has to wait for the clock.
    fn move_on(&mut self, group: &mut Group, index: usize) -> bool {
        let now = self.clock.now();
        let is_alarmed = group.alarm == Alarm::Active && group.deployments[index].heeds_alarms;
        if is_alarmed {
            self.end(group, index, "Stopped", "ALARM_ACTIVE", "One or more alarms have been activated");
            return true;
        }
        let Deployment { spec, status, .. } = group.deployments[index].clone();
        let (full, share) = group.deployments[index].shift();
        if let Spec::Alias(shift) = &spec {
            let main = self.alias_of(shift).map(|alias| alias.main.clone());
            if status == "Created" && main.as_ref() != Some(&shift.current) {
                let message = "The CurrentVersion is not the one that the alias points to";
                self.end(group, index, "Failed", "INVALID_LAMBDA_CONFIGURATION", message);
                return true;
            }
            let revision = self.next();
            if let Some(alias) = self.alias_of(shift) {
                alias.revision = revision;
                if full <= now {
                    (alias.main, alias.other) = (shift.target.clone(), None);
                } else {
                    alias.other = Some((shift.target.clone(), share));
                }
            }
        }
        group.deployments[index].status = if full <= now { "Succeeded" } else { "InProgress" };
        full <= now
    }

    fn alias_of(&mut self, shift: &Shift) -> Option<&mut Alias> {
        self.functions.get_mut(&shift.function)?.alias_mut(&shift.alias)
    }

    /// Ends a deployment that does not go well: traffic is as before, by a deployment of CodeDeploy's own.
    fn end(&mut self, group: &mut Group, index: usize, status: &'static str, code: &'static str, why: &str) {
        let rollback_id = format!("d-{:09}", self.next());
        let now = self.clock.now();
        let installed = group.deployments.iter().rev().find(|other| other.status == "Succeeded");
        let installed = installed.map(|other| other.spec.clone());
        let deployment = &mut group.deployments[index];
        deployment.status = status;
        deployment.error = Some((code, why.to_owned()));
        let before = match &deployment.spec {
            Spec::Alias(shift) => Some(Spec::Alias(Shift { target: shift.current.clone(), ..shift.clone() })),
            Spec::Object(_) => installed,
        };
        let Some(before) = before.filter(|_| deployment.goes_back) else { return };
        let why = format!("Deployment {} {}", deployment.id, status.to_lowercase());
        deployment.rollback = json!({ "rollbackDeploymentId": rollback_id, "rollbackMessage": why });
        let mut back = deployment.clone();
        back.rollback = json!({ "rollbackTriggeringDeploymentId": deployment.id, "rollbackMessage": why });
        back.id = rollback_id;
        back.description = String::new();
        back.status = "Succeeded";
        back.creator = "codeDeployRollback";
        back.created = now;
        back.error = None;
        back.spec = before.clone();
        group.deployments.push(back);
        let revision = self.next();
        if let Spec::Alias(shift) = before
            && let Some(alias) = self.alias_of(&shift)
        {
            (alias.main, alias.other, alias.revision) = (shift.current, None, revision);
        }
    }
}

pub(super) fn answer(state: &mut State, ask: &Ask) -> Reply {
    match ask.call.as_str() {
        "CreateDeployment" => create(state, ask),
        "StopDeployment" => stop(state, ask),
        "ListDeployments" => list(state, ask),
        "BatchGetDeployments" => batch_get(state, ask),
        "GetDeploymentGroup" => get_group(state, ask),
        "ListTagsForResource" => list_tags(state, ask),
        "TagResource" => tag(state, ask),
        other => Reply::refused(400, "UnknownOperationException", other),
    }
}

fn key(ask: &Ask) -> (String, String) {
    (ask.text("applicationName").to_owned(), ask.text("deploymentGroupName").to_owned())
}

fn no_group(state: &State, key: &(String, String)) -> Reply {
    let is_application = state.groups.keys().any(|(application, _)| *application == key.0);
    let code = if is_application {
        "DeploymentGroupDoesNotExistException"
    } else {
        "ApplicationDoesNotExistException"
    };
    Reply::refused(
        400,
        code,
        format!("No {} found for name: {}", code.split("Does").next().unwrap_or(""), key.1),
    )
}

fn create(state: &mut State, ask: &Ask) -> Reply {
    let (key, id, created) = (key(ask), format!("d-{:09}", state.next()), state.clock.now());
    let Some(group) = state.groups.get_mut(&key) else { return no_group(state, &key) };
    if let Some(active) = group.active() {
        let message = format!(
            "The Deployment Group '{}' already has an active Deployment '{}'",
            key.1, group.deployments[active].id
        );
        return Reply::refused(400, "DeploymentLimitExceededException", message);
    }
    let revision = &ask.body["revision"];
    let spec = match revision["appSpecContent"]["content"].as_str() {
        Some(content) => Shift::read(content).map(Spec::Alias),
        // Without these CodeDeploy would take whatever lies there.
        None => Some(&revision["s3Location"])
            .filter(|location| location["version"].is_string() && location["eTag"].is_string())
            .map(|location| Spec::Object(location.clone())),
    };
    let Some(spec) = spec else {
        return Reply::refused(400, "InvalidRevisionException", "The revision is not valid");
    };
    let alarms = &ask.body["overrideAlarmConfiguration"]["enabled"];
    group.deployments.push(Deployment {
        id: id.clone(),
        description: ask.text("description").to_owned(),
        status: "Created",
        creator: "user",
        created,
        error: None,
        spec,
        config: ask.text("deploymentConfigName").to_owned(),
        goes_back: ask.body["autoRollbackConfiguration"]["enabled"].as_bool().unwrap_or(false),
        heeds_alarms: alarms.as_bool() != Some(false),
        rollback: Value::Null,
    });
    Reply::ok(json!({ "deploymentId": id }))
}

fn stop(state: &mut State, ask: &Ask) -> Reply {
    let id = ask.text("deploymentId");
    let has_it = |group: &Group| group.deployments.iter().position(|deployment| deployment.id == id);
    let found = state.groups.iter().find_map(|(key, group)| Some((key.clone(), has_it(group)?)));
    let Some((key, index)) = found else {
        return Reply::refused(400, "DeploymentDoesNotExistException", format!("No deployment {id}"));
    };
    let Some(mut group) = state.groups.remove(&key) else { return no_group(state, &key) };
    let is_active = group.deployments[index].is_active();
    if is_active {
        group.deployments[index].goes_back |= ask.body["autoRollbackEnabled"].as_bool() == Some(true);
        state.end(&mut group, index, "Stopped", "MANUAL_STOP", "The deployment was stopped");
    }
    state.groups.insert(key, group);
    match is_active {
        true => Reply::ok(json!({ "status": "Succeeded", "statusMessage": "" })),
        false => Reply::refused(
            400,
            "DeploymentAlreadyCompletedException",
            format!("The deployment {id} has already completed"),
        ),
    }
}

fn list(state: &State, ask: &Ask) -> Reply {
    let key = key(ask);
    let Some(group) = state.groups.get(&key) else { return no_group(state, &key) };
    let since = ask.body["createTimeRange"]["start"].as_f64().unwrap_or(0.0);
    let statuses = ask.body["includeOnlyStatuses"].as_array();
    let is_wanted = |deployment: &&Deployment| {
        let is_late_enough = deployment.created.as_millisecond() as f64 / 1000.0 >= since;
        is_late_enough && statuses.is_none_or(|all| all.iter().any(|status| *status == deployment.status))
    };
    let found: Vec<&str> =
        group.deployments.iter().filter(is_wanted).map(|deployment| deployment.id.as_str()).collect();
    Reply::ok(json!({ "deployments": found }))
}

fn batch_get(state: &State, ask: &Ask) -> Reply {
    let wanted = ask.body["deploymentIds"].as_array().cloned().unwrap_or_default();
    if wanted.len() > 25 {
        return Reply::refused(400, "BatchLimitExceededException", "at most 25");
    }
    let all = state.groups.values().flat_map(|group| &group.deployments);
    let found: Vec<Value> =
        all.filter(|deployment| wanted.iter().any(|id| *id == deployment.id)).map(Deployment::told).collect();
    Reply::ok(json!({ "deploymentsInfo": found }))
}

const GROUPS: &str = "arn:aws:codedeploy:eu-central-1:123456789012:deploymentgroup:";

fn get_group(state: &State, ask: &Ask) -> Reply {
    let key = key(ask);
    let Some(group) = state.groups.get(&key) else { return no_group(state, &key) };
    let last = group.deployments.iter().rev().find(|deployment| deployment.status == "Succeeded");
    Reply::ok(json!({ "deploymentGroupInfo": {
        "applicationName": key.0,
        "deploymentGroupName": key.1,
        "serviceRoleArn": "arn:aws:iam::123456789012:role/codedeploy",
        "lastSuccessfulDeployment": last.map(|last| json!({ "deploymentId": last.id, "status": last.status })),
    }}))
}

/// The group of an ARN.
fn named<'s>(state: &'s mut State, arn: &str) -> Option<&'s mut Group> {
    let (application, group) = arn.strip_prefix(GROUPS)?.split_once('/')?;
    state.groups.get_mut(&(application.to_owned(), group.to_owned()))
}

fn list_tags(state: &mut State, ask: &Ask) -> Reply {
    let Some(group) = named(state, ask.text("ResourceArn")) else {
        return Reply::refused(400, "InvalidArnException", "The ARN is not valid");
    };
    let tags: Vec<Value> =
        group.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    Reply::ok(json!({ "Tags": tags }))
}

fn tag(state: &mut State, ask: &Ask) -> Reply {
    let Some(group) = named(state, ask.text("ResourceArn")) else {
        return Reply::refused(400, "InvalidArnException", "The ARN is not valid");
    };
    for tag in ask.body["Tags"].as_array().into_iter().flatten() {
        let text = |name: &str| tag[name].as_str().unwrap_or_default().to_owned();
        let allowed = |letter: char| letter.is_alphanumeric() || " +-=._:/@".contains(letter);
        if text("Value").len() > 256 || !text("Value").chars().all(allowed) {
            return Reply::refused(400, "InvalidTagsToAddException", "The tag is not valid");
        }
        group.tags.insert(text("Key"), text("Value"));
    }
    Reply::ok(json!({}))
}
