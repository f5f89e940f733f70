//! What is kept: tables, buckets, and that they outlive the stack.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::gate::matches_any;
use super::super::stack::{Resource, leads_to};
use super::{Said, Subject};

/// What must not be lost lives on when the stack is deleted, and the stack policy keeps an update from replacing it.
pub(super) fn retained(subject: &Subject<'_>, said: &mut Said) {
    let denied: Vec<&str> = subject.facts.stack_policy["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|statement| statement["Effect"] == "Deny")
        .flat_map(|statement| statement["Resource"].as_array().into_iter().flatten())
        .filter_map(|resource| resource.as_str()?.strip_prefix("LogicalResourceId/"))
        .collect();
    for resource in subject.stack.resources() {
        let policy = |name: &str| resource.body[name].as_str().unwrap_or_default();
        if matches_any(&subject.gate.retained.resources, resource.id) {
            let kept = policy("DeletionPolicy") == "RetainExceptOnCreate"
                && policy("UpdateReplacePolicy") == "Retain";
            said.unless(kept, resource, "must outlive the stack (row 9)");
            said.unless(denied.contains(&resource.id), resource, "is not in stack-policy.json (row 20)");
        }
        if resource.kind == "AWS::Logs::LogGroup" {
            let kept = policy("DeletionPolicy") == "Delete" && policy("UpdateReplacePolicy") == "Retain";
            said.unless(kept, resource, "must say what becomes of it (row 6)");
        }
        if resource.kind == "AWS::Lambda::Version" {
            let kept = policy("DeletionPolicy") == "Retain";
            said.unless(kept, resource, "must live on, to go back to (row 16)");
        }
    }
    for name in denied.iter().filter(|name| !subject.stack.has("Resources", name)) {
        said.at("infra/aws/stack-policy.json", format!("names {name}, which is not there"));
    }
}

/// Attributes are defined if keys need them, and only then.
pub(super) fn tables(subject: &Subject<'_>, said: &mut Said) {
    for table in subject.stack.of("AWS::DynamoDB::Table") {
        let names = |of: Vec<&Value>| -> BTreeSet<String> {
            of.iter().filter_map(|it| it["AttributeName"].as_str().map(str::to_owned)).collect()
        };
        let defined = names(table.list("AttributeDefinitions").collect());
        let of_indexes = table
            .list("GlobalSecondaryIndexes")
            .flat_map(|index| index["KeySchema"].as_array().into_iter().flatten());
        let needed = names(table.list("KeySchema").chain(of_indexes).collect());
        said.unless(defined == needed, table, "defines other attributes than its keys are made of (row 9)");
        let whole = table.list("GlobalSecondaryIndexes").all(|index| {
            let kinds: Vec<&Value> =
                index["KeySchema"].as_array().into_iter().flatten().map(|key| &key["KeyType"]).collect();
            kinds == ["HASH", "RANGE"]
        });
        said.unless(whole, table, "has an index without both keys (row 9)");
        let lives = table.at("TimeToLiveSpecification");
        let well = lives.is_null() || (lives["Enabled"] == true && lives["AttributeName"] == "expires_at");
        said.unless(well, table, "does not say when rows expire (row 9)");
    }
}

/// Old versions and broken-off uploads go away; every access is logged, but of the bucket of these logs.
pub(super) fn buckets(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for bucket in stack.of("AWS::S3::Bucket") {
        let rules: Vec<&Value> = bucket.list("LifecycleConfiguration.Rules").collect();
        let days = |path: [&str; 2]| {
            rules
                .iter()
                .any(|rule| rule[path[0]][path[1]].as_u64().is_some_and(|days| (1..=365).contains(&days)))
        };
        said.unless(
            days(["NoncurrentVersionExpiration", "NoncurrentDays"]),
            bucket,
            "keeps replaced objects for ever (row 14)",
        );
        said.unless(
            days(["AbortIncompleteMultipartUpload", "DaysAfterInitiation"]),
            bucket,
            "keeps broken-off uploads for ever (row 14)",
        );
        let target = bucket.at("LoggingConfiguration.DestinationBucketName");
        let is_log = is_target(subject, bucket);
        let prefixed = bucket.at("LoggingConfiguration.LogFilePrefix").is_string();
        said.unless(
            is_log || (stack.target(target, "AWS::S3::Bucket").is_some() && prefixed),
            bucket,
            "does not log accesses (row 14)",
        );
        let acls = bucket.at("OwnershipControls.Rules")[0]["ObjectOwnership"] == "BucketOwnerPreferred";
        said.unless(
            acls == is_log,
            bucket,
            "must have access control lists for CloudFront's log, and only then (row 14)",
        );
        let expires = rules.iter().any(|rule| rule["ExpirationInDays"].is_u64());
        said.unless(expires == is_log, bucket, "must let logs expire, and nothing else (row 14)");
    }
}

fn is_target(subject: &Subject<'_>, bucket: Resource<'_>) -> bool {
    let logs =
        |other: Resource<'_>| leads_to(other.at("LoggingConfiguration.DestinationBucketName"), bucket.id);
    subject.stack.of("AWS::S3::Bucket").any(logs)
}
