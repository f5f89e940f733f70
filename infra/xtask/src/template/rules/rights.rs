//! What follows from how the stack is put together is allowed, and of these services nothing else is.
//!
//! Which tables a function reads, no template tells: that is proven by running each function under its role.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::stack::{Resource, Stack, leads_to, many, references, statements};
use super::functions::{FUNCTION, alias};
use super::roles::documents;
use super::{Said, Subject};

/// An action, and the resource it is for; none if it has none.
type Right = (&'static str, Option<String>);

/// Services of which a role may have only what follows.
const CLOSED: [&str; 8] = ["logs:", "s3:", "sqs:", "secretsmanager:", "kms:", "events:", "xray:", "ec2:"];

const FROM_QUEUE: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
const FROM_STREAM: [&str; 4] =
    ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];
const TO_LOG: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
const TO_TRACE: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
const TO_BUCKET: [&str; 4] = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"];
const IN_VPC: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for function in stack.of(FUNCTION) {
        let Some(role) = stack.target(function.at("Role"), "AWS::IAM::Role") else { continue };
        compare(role, &of_function(stack, function), said);
    }
    for role in stack.of("AWS::IAM::Role") {
        let wanted = of_others(stack, role);
        if !wanted.is_empty() {
            compare(role, &wanted, said);
        }
    }
}

/// What a function needs, by what feeds it and what its variables lead to.
fn of_function(stack: Stack<'_>, function: Resource<'_>) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    let mut need = |actions: &[&'static str], on: Option<Resource<'_>>| {
        rights.extend(actions.iter().map(|action| (*action, on.map(|resource| resource.id.to_owned()))));
    };
    need(&TO_LOG, stack.target(function.at("LoggingConfig.LogGroup"), "AWS::Logs::LogGroup"));
    need(&TO_TRACE, None);
    need(&IN_VPC, None);
    let alias = alias(stack, function);
    let is_own =
        |value: &Value| leads_to(value, function.id) || alias.is_some_and(|alias| leads_to(value, alias.id));
    for mapping in stack.of("AWS::Lambda::EventSourceMapping").filter(|it| is_own(it.at("FunctionName"))) {
        let source = mapping.at("EventSourceArn");
        match stack.target(source, "AWS::SQS::Queue") {
            Some(queue) => need(&FROM_QUEUE, Some(queue)),
            None => need(&FROM_STREAM, stack.target(source, "AWS::DynamoDB::Table")),
        }
        if let Some(queue) = stack.target(mapping.at("DestinationConfig"), "AWS::SQS::Queue") {
            need(&["sqs:SendMessage"], Some(queue));
        }
    }
    for config in stack.of("AWS::Lambda::EventInvokeConfig").filter(|it| is_own(it.at("FunctionName"))) {
        need(&["sqs:SendMessage"], stack.target(config.at("DestinationConfig"), "AWS::SQS::Queue"));
    }
    references(function.at("Environment.Variables"), &mut |name| {
        let resource = Resource { id: name, kind: stack.kind(name), body: &Value::Null };
        match resource.kind {
            "AWS::SecretsManager::Secret" => {
                need(&["secretsmanager:GetSecretValue"], Some(resource));
                let keys = stack.of("AWS::SecretsManager::Secret").filter(|secret| secret.id == name);
                for key in keys.filter_map(|secret| stack.target(secret.at("KmsKeyId"), "AWS::KMS::Key")) {
                    need(&["kms:Decrypt"], Some(key));
                }
            }
            "AWS::SQS::Queue" => need(&["sqs:SendMessage"], Some(resource)),
            "AWS::Events::EventBus" => need(&["events:PutEvents"], Some(resource)),
            "AWS::S3::Bucket" => need(&TO_BUCKET, Some(resource)),
            "" if name.ends_with("SecretArn") => need(&["secretsmanager:GetSecretValue"], Some(resource)),
            _ => {}
        }
    });
    rights
}

/// What the roles of schedules and of deployments need.
fn of_others(stack: Stack<'_>, role: Resource<'_>) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    let mut need = |action: &'static str, on: Option<Resource<'_>>| {
        rights.insert((action, on.map(|resource| resource.id.to_owned())));
    };
    for schedule in
        stack.of("AWS::Scheduler::Schedule").filter(|it| leads_to(it.at("Target.RoleArn"), role.id))
    {
        need("lambda:InvokeFunction", stack.target(schedule.at("Target.Arn"), "AWS::Lambda::Alias"));
        need("sqs:SendMessage", stack.target(schedule.at("Target.DeadLetterConfig"), "AWS::SQS::Queue"));
    }
    let deploys = |it: &Resource<'_>| leads_to(it.at("ServiceRoleArn"), role.id);
    if stack.of("AWS::CodeDeploy::DeploymentGroup").any(|group| deploys(&group)) {
        for action in ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"] {
            need(action, None);
        }
        need("cloudwatch:DescribeAlarms", None);
    }
    rights
}

fn compare(role: Resource<'_>, wanted: &BTreeSet<Right>, said: &mut Said) {
    let granted: Vec<(&str, &Value)> = documents(role)
        .into_iter()
        .flat_map(statements)
        .flat_map(|statement| {
            let resources = many(&statement["Resource"]);
            many(&statement["Action"])
                .iter()
                .filter_map(Value::as_str)
                .flat_map(move |action| resources.iter().map(move |it| (action, it)))
        })
        .collect();
    for (action, on) in wanted {
        let is_granted = granted.iter().any(|(granted, resource)| {
            granted == action && on.as_ref().is_none_or(|on| leads_to(resource, on))
        });
        if !is_granted {
            said.of(role, format!("lacks {action} on {} (row 2)", on.as_deref().unwrap_or("anything")));
        }
    }
    for (action, resource) in
        granted.iter().filter(|(action, _)| CLOSED.iter().any(|it| action.starts_with(it)))
    {
        let is_wanted = wanted
            .iter()
            .any(|(wanted, on)| wanted == action && on.as_ref().is_none_or(|on| leads_to(resource, on)));
        if !is_wanted {
            said.of(role, format!("has {action} on {resource} for nothing (row 2)"));
        }
    }
}
