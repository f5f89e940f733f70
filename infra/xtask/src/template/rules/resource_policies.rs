//! What queues, buckets, the topic and the key let in: over TLS alone, and named services alone, for this account.

use serde_json::{Value, json};

use super::super::stack::{Resource, Stack, leads_to, many, statements};
use super::{Said, Subject};

/// The services that tell of alarms and costs.
const TELLING: [&str; 3] = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"];

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for queue in stack.of("AWS::SQS::Queue") {
        over_tls(stack, queue, "sqs:*", said);
    }
    for bucket in stack.of("AWS::S3::Bucket") {
        over_tls(stack, bucket, "s3:*", said);
    }
    for topic in stack.of("AWS::SNS::Topic") {
        over_tls(stack, topic, "sns:Publish", said);
        let told = |service: &&str| allows(stack, topic, service, "sns:Publish", &from_account());
        said.unless(
            TELLING.iter().all(told),
            topic,
            "is not open to alarms, budgets and cost alerts of this account (row 8)",
        );
    }
    for (_, statement) in all(stack).filter(|(_, statement)| statement["Effect"] == "Allow") {
        named(statement, said);
    }
    from_events(stack, said);
    for bucket in stack.of("AWS::S3::Bucket") {
        of_bucket(stack, bucket, said);
    }
    for key in stack.of("AWS::KMS::Key") {
        of_key(key, said);
    }
}

/// Every statement of every policy of a resource, with the policy.
fn all<'a>(stack: Stack<'a>) -> impl Iterator<Item = (Resource<'a>, &'a Value)> {
    const POLICIES: [&str; 3] = ["AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"];
    let policies = stack.resources().filter(|resource| POLICIES.contains(&resource.kind));
    policies
        .flat_map(|policy| statements(policy.at("PolicyDocument")).map(move |statement| (policy, statement)))
}

/// The statements that are in force for a resource.
fn of<'a>(stack: Stack<'a>, resource: Resource<'_>) -> impl Iterator<Item = &'a Value> {
    let id = resource.id.to_owned();
    all(stack)
        .filter(move |(policy, statement)| {
            let attached = ["Queues", "Bucket", "Topics"].iter().any(|path| leads_to(policy.at(path), &id));
            attached && leads_to(&statement["Resource"], &id)
        })
        .map(|(_, statement)| statement)
}

fn over_tls(stack: Stack<'_>, resource: Resource<'_>, action: &str, said: &mut Said) {
    let refused = |statement: &Value| {
        statement["Effect"] == "Deny"
            && statement["Principal"] == "*"
            && statement["Action"] == action
            && statement["Condition"] == json!({"Bool": {"aws:SecureTransport": "false"}})
            // A bucket's objects are resources of their own.
            && (resource.kind != "AWS::S3::Bucket" || many(&statement["Resource"]).len() == 2)
    };
    said.unless(of(stack, resource).any(refused), resource, "may be used without TLS (rows 10 and 14)");
}

/// Whoever is let in is a service, and for something of this account.
fn named(statement: &Value, said: &mut Said) {
    let well = statement["Principal"]["Service"] != Value::Null && !statement["Condition"].is_null();
    if !well {
        said.at(
            statement["Sid"].as_str().unwrap_or("a statement"),
            "lets in more than a service for this account (row 10)",
        );
    }
}

fn from_account() -> Value {
    json!({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}})
}

fn allows(stack: Stack<'_>, resource: Resource<'_>, service: &str, action: &str, condition: &Value) -> bool {
    of(stack, resource).any(|statement| {
        statement["Effect"] == "Allow"
            && many(&statement["Principal"]["Service"]).iter().any(|it| it == service)
            && many(&statement["Action"]).iter().any(|it| it == action)
            && statement["Condition"] == *condition
    })
}

/// The bus may put into a queue what its rules lead there, and nothing else.
fn from_events(stack: Stack<'_>, said: &mut Said) {
    for rule in stack.of("AWS::Events::Rule") {
        for target in rule.list("Targets") {
            for queue in [&target["Arn"], &target["DeadLetterConfig"]] {
                let Some(queue) = stack.target(queue, "AWS::SQS::Queue") else { continue };
                let admitted = of(stack, queue).any(|statement| {
                    statement["Effect"] == "Allow"
                        && statement["Principal"] == json!({"Service": "events.amazonaws.com"})
                        && statement["Action"] == "sqs:SendMessage"
                        && leads_to(&statement["Condition"]["ArnEquals"]["aws:SourceArn"], rule.id)
                });
                said.unless(admitted, queue, &format!("does not take what {} leads there (row 5)", rule.id));
            }
        }
    }
}

fn of_bucket(stack: Stack<'_>, bucket: Resource<'_>, said: &mut Said) {
    for distribution in stack.of("AWS::CloudFront::Distribution") {
        let origin =
            distribution.list("DistributionConfig.Origins").any(|it| leads_to(&it["DomainName"], bucket.id));
        let admitted = of(stack, bucket).any(|statement| {
            statement["Effect"] == "Allow"
                && statement["Principal"] == json!({"Service": "cloudfront.amazonaws.com"})
                && statement["Action"] == "s3:GetObject"
                && leads_to(&statement["Condition"]["StringEquals"]["AWS:SourceArn"], distribution.id)
        });
        said.unless(
            admitted || !origin,
            bucket,
            "is not readable by CloudFront for this distribution (row 12)",
        );
    }
    let holds_logs = stack
        .of("AWS::S3::Bucket")
        .any(|other| leads_to(other.at("LoggingConfiguration.DestinationBucketName"), bucket.id));
    let admitted = allows(stack, bucket, "logging.s3.amazonaws.com", "s3:PutObject", &from_account());
    said.unless(admitted || !holds_logs, bucket, "does not take access logs of this account (row 14)");
}

/// The account decides over the key, so that it never locks itself out; and who tells of alarms may use it.
fn of_key(key: Resource<'_>, said: &mut Said) {
    let root = json!({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}});
    let statements: Vec<&Value> = statements(key.at("KeyPolicy")).collect();
    let decides = |it: &&Value| {
        it["Effect"] == "Allow" && it["Principal"] == root && it["Action"] == "kms:*" && it["Resource"] == "*"
    };
    said.unless(statements.iter().any(decides), key, "is not decided over by the account (row 10)");
    let telling = |it: &&Value| {
        it["Effect"] == "Allow"
            && it["Principal"]["Service"] == json!(TELLING)
            && it["Action"] == json!(["kms:Decrypt", "kms:GenerateDataKey"])
            && it["Resource"] == "*"
            && it["Condition"] == from_account()
    };
    said.unless(
        statements.iter().any(telling),
        key,
        "is not usable by alarms and budgets of this account (row 10)",
    );
    said.unless(statements.len() == 2, key, "is usable by others (row 10)");
}
