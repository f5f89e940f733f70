//! Each function has what is its own: a role, a log, room, an alias that is moved carefully.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::stack::{Resource, Stack, leads_to};
use super::{Said, Subject};

pub(super) const FUNCTION: &str = "AWS::Lambda::Function";
pub(super) const ALIAS: &str = "AWS::Lambda::Alias";
const GROUP: &str = "AWS::CodeDeploy::DeploymentGroup";
/// What an HTTP API waits for, in seconds, less a second to answer in.
const ANSWER: f64 = 28.0;
/// What is to be reserved of an account's 1,000, of which AWS keeps 100 for all others.
const CONCURRENCY: f64 = 900.0;

/// The alias of a function.
pub(super) fn alias<'a>(stack: Stack<'a>, function: Resource<'_>) -> Option<Resource<'a>> {
    stack.of(ALIAS).find(|alias| leads_to(alias.at("FunctionName"), function.id))
}

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let mut owners = BTreeMap::new();
    for function in stack.of(FUNCTION) {
        let role = stack.target(function.at("Role"), "AWS::IAM::Role");
        let log = stack.target(function.at("LoggingConfig.LogGroup"), "AWS::Logs::LogGroup");
        for own in [role, log].into_iter().flatten() {
            if let Some(other) = owners.insert(own.id, function.id) {
                said.of(function, format!("shares {} with {other} (rows 2 and 6)", own.id));
            }
        }
        let answers_alone = answers(stack, function) && !is_fed(stack, function);
        let in_time = stack.most(function.at("Timeout")) <= ANSWER;
        said.unless(!answers_alone || in_time, function, "may take longer than the API waits (row 1)");
        secrets(subject, function, said);
    }
}

/// Whether the HTTP API calls it.
fn answers(stack: Stack<'_>, function: Resource<'_>) -> bool {
    let Some(alias) = alias(stack, function) else { return false };
    stack.of("AWS::ApiGatewayV2::Integration").any(|it| leads_to(it.at("IntegrationUri"), alias.id))
}

/// Whether a queue, a stream or a schedule does.
fn is_fed(stack: Stack<'_>, function: Resource<'_>) -> bool {
    let Some(alias) = alias(stack, function) else { return false };
    let mapped =
        stack.of("AWS::Lambda::EventSourceMapping").any(|it| leads_to(it.at("FunctionName"), alias.id));
    mapped || stack.of("AWS::Scheduler::Schedule").any(|it| leads_to(it.at("Target.Arn"), alias.id))
}

/// No secret lies in a variable: one that is called so leads to a secret.
fn secrets(subject: &Subject<'_>, function: Resource<'_>, said: &mut Said) {
    for (name, value) in function.at("Environment.Variables").as_object().into_iter().flatten() {
        let is_secret = ["_SECRET", "_KEY", "_TOKEN", "_PASSWORD"].iter().any(|end| name.ends_with(end));
        let to_secret = subject.stack.target(value, "AWS::SecretsManager::Secret").is_some();
        let to_parameter = value["Ref"].as_str().is_some_and(|parameter| parameter.ends_with("Arn"));
        let resolved = value.to_string().contains("{{resolve:");
        let well = !resolved && (!is_secret || to_secret || to_parameter);
        said.unless(well, function, &format!("{name} must be the ARN of a secret (row 18)"));
    }
    let sealing = function.at("Environment.Variables.KEELSON_SEALING_KEY");
    if let Some(keyring) = subject.stack.target(sealing, "AWS::SecretsManager::Secret") {
        let generated = keyring.at("GenerateSecretString");
        let whole =
            generated["SecretStringTemplate"].is_string() && generated["GenerateStringKey"].is_string();
        said.unless(whole, keyring, "is made without a keyring (row 18)");
    }
    // Whoever goes around CloudFront is refused by the functions that are asked over HTTP.
    let knows = function.at("Environment.Variables.KEELSON_ORIGIN_SECRET");
    let knows = subject.stack.target(knows, "AWS::SecretsManager::Secret").is_some();
    said.unless(
        knows || !answers(subject.stack, function),
        function,
        "does not know KEELSON_ORIGIN_SECRET (row 11)",
    );
}

/// All that is reserved leaves the account enough.
pub(super) fn concurrency(subject: &Subject<'_>, said: &mut Said) {
    let reserved = |function: Resource<'_>| subject.stack.most(function.at("ReservedConcurrentExecutions"));
    let sum: f64 = subject.stack.of(FUNCTION).map(reserved).sum();
    if sum > CONCURRENCY {
        said.at("Resources", format!("{sum} of the account's concurrency are reserved (row 4)"));
    }
}

/// A new version gets a part of the traffic first, and is taken back by an alarm on what it alone does.
pub(super) fn deployments(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for function in stack.of(FUNCTION) {
        let Some(alias) = alias(stack, function) else {
            said.of(function, "has no alias (row 16)");
            continue;
        };
        let update = &alias.body["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"];
        let application = stack.target(&update["ApplicationName"], "AWS::CodeDeploy::Application");
        let group = stack.target(&update["DeploymentGroupName"], GROUP);
        let (Some(_), Some(group)) = (application, group) else {
            said.of(alias, "is moved at once, not by CodeDeploy (row 16)");
            continue;
        };
        let watched = |alarm: &Value| {
            let alarm = stack.target(alarm, "AWS::CloudWatch::Alarm");
            alarm.is_some_and(|alarm| is_of_new_version(stack, alarm, function))
        };
        let alarms: Vec<&Value> = group.list("AlarmConfiguration.Alarms").collect();
        said.unless(
            alarms.iter().any(|alarm| watched(alarm)),
            group,
            "heeds no alarm of the new version alone (row 16)",
        );
        said.unless(alarms.len() >= 2, group, "does not heed the alarm of the function as a whole (row 16)");
    }
}

fn is_of_new_version(stack: Stack<'_>, alarm: Resource<'_>, function: Resource<'_>) -> bool {
    let dimension = |name: &str| alarm.list("Dimensions").find(|dimension| dimension["Name"] == name);
    let of_version =
        dimension("ExecutedVersion").and_then(|it| stack.target(&it["Value"], "AWS::Lambda::Version"));
    let by_alias = dimension("Resource").is_some_and(|it| leads_to(&it["Value"], function.id));
    let of_function = dimension("FunctionName").is_some_and(|it| leads_to(&it["Value"], function.id));
    by_alias
        && of_function
        && of_version.is_some_and(|version| leads_to(version.at("FunctionName"), function.id))
}
