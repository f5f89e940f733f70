//! Alarms measure something that is there, and everything that users would feel has one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::stack::{Resource, Stack, leads_to};
use super::functions::FUNCTION;
use super::{Said, Subject};

const ALARM: &str = "AWS::CloudWatch::Alarm";

/// One figure that an alarm looks at.
struct Metric<'a> {
    namespace: &'a Value,
    name: &'a Value,
    dimensions: &'a Value,
    statistic: &'a Value,
}

/// What an alarm looks at: one metric, or several in an expression.
fn metrics(alarm: Resource<'_>) -> Vec<Metric<'_>> {
    if let Some(parts) = alarm.at("Metrics").as_array() {
        let stats = parts.iter().map(|part| &part["MetricStat"]).filter(|stat| !stat.is_null());
        return stats
            .map(|stat| Metric {
                namespace: &stat["Metric"]["Namespace"],
                name: &stat["Metric"]["MetricName"],
                dimensions: &stat["Metric"]["Dimensions"],
                statistic: &stat["Stat"],
            })
            .collect();
    }
    let simple = alarm.at("Statistic");
    vec![Metric {
        namespace: alarm.at("Namespace"),
        name: alarm.at("MetricName"),
        dimensions: alarm.at("Dimensions"),
        statistic: if simple.is_null() { alarm.at("ExtendedStatistic") } else { simple },
    }]
}

/// Whether an alarm can measure anything at all.
pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    for alarm in subject.stack.of(ALARM) {
        for metric in metrics(alarm) {
            let whole =
                metric.namespace.is_string() && metric.name.is_string() && metric.statistic.is_string();
            said.unless(whole, alarm, "does not say what it measures (row 8)");
            let dimensions = metric.dimensions.as_array().is_some_and(|dimensions| {
                !dimensions.is_empty()
                    && dimensions.iter().all(|it| it["Name"].is_string() && !it["Value"].is_null())
            });
            said.unless(dimensions, alarm, "does not say of what it measures (row 8)");
        }
        match alarm.at("Metrics").as_array() {
            Some(parts) => expression(alarm, parts, said),
            None => said.unless(
                is_period(alarm.at("Period")),
                alarm,
                "does not say how often it measures (row 8)",
            ),
        }
        let [looks, bad] =
            ["EvaluationPeriods", "DatapointsToAlarm"].map(|path| subject.stack.most(alarm.at(path)));
        said.unless(bad <= looks, alarm, "can never go off (row 8)");
        said.unless(alarm.at("Threshold").is_number(), alarm, "has no threshold (row 8)");
    }
}

fn is_period(period: &Value) -> bool {
    period == 60 || period == 300
}

/// The parts of an expression are there, and it alone is looked at.
fn expression(alarm: Resource<'_>, parts: &[Value], said: &mut Said) {
    said.unless(parts.iter().all(|part| part["Id"].is_string()), alarm, "has a part without a name (row 8)");
    let known: BTreeSet<&str> = parts.iter().filter_map(|part| part["Id"].as_str()).collect();
    let expressions: Vec<&str> = parts.iter().filter_map(|part| part["Expression"].as_str()).collect();
    let [expression] = expressions[..] else { return said.of(alarm, "must have one expression (row 8)") };
    let names =
        expression.split(|character: char| !character.is_ascii_lowercase()).filter(|name| !name.is_empty());
    let all_known = names.clone().all(|name| known.contains(name));
    said.unless(
        all_known && names.count() == parts.len() - 1,
        alarm,
        "calculates with what it does not measure (row 8)",
    );
    for part in parts.iter().filter(|part| part["Expression"].is_null()) {
        let hidden = part["ReturnData"] == false && is_period(&part["MetricStat"]["Period"]);
        said.unless(hidden, alarm, "must look at its expression alone, and say how often (row 8)");
    }
}

/// What must be measured: `namespace`, metric, statistic, and the dimension that leads to a resource.
struct Wanted<'a> {
    namespace: &'a str,
    name: &'a str,
    statistic: &'a str,
    dimension: &'a str,
    of: Resource<'a>,
}

impl Wanted<'_> {
    fn is(&self, metric: &Metric<'_>) -> bool {
        let dimensions = metric.dimensions.as_array().into_iter().flatten();
        let leads =
            dimensions.clone().any(|it| it["Name"] == self.dimension && leads_to(&it["Value"], self.of.id));
        metric.namespace == self.namespace
            && metric.name == self.name
            && metric.statistic == self.statistic
            && leads
            // One of all that a function does, not of one version.
            && dimensions.count() == 1
    }

    fn alarm<'s>(&self, stack: Stack<'s>) -> Option<Resource<'s>> {
        stack.of(ALARM).find(|alarm| metrics(*alarm).iter().any(|metric| self.is(metric)))
    }
}

/// Everything that users would feel has an alarm.
pub(super) fn coverage(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for function in stack.of(FUNCTION) {
        of_function(stack, function, said);
    }
    for mapping in
        stack.of("AWS::Lambda::EventSourceMapping").filter(|it| !it.at("StartingPosition").is_null())
    {
        let alias = stack.target(mapping.at("FunctionName"), "AWS::Lambda::Alias");
        let function = alias.and_then(|alias| stack.target(alias.at("FunctionName"), FUNCTION));
        if let Some(function) = function {
            want(stack, function, "AWS/Lambda", "IteratorAge", "Maximum", "FunctionName", said);
        }
    }
    for queue in stack.of("AWS::SQS::Queue") {
        of_queue(stack, queue, said);
    }
    for table in stack.of("AWS::DynamoDB::Table") {
        for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
            want(stack, table, "AWS/DynamoDB", metric, "Sum", "TableName", said);
        }
    }
    for api in stack.of("AWS::ApiGatewayV2::Api") {
        for (metric, statistic) in [("5xx", "Sum"), ("Count", "Sum"), ("Latency", "p99")] {
            want(stack, api, "AWS/ApiGateway", metric, statistic, "ApiId", said);
        }
    }
}

fn want<'a>(
    stack: Stack<'a>,
    of: Resource<'a>,
    namespace: &str,
    name: &str,
    statistic: &str,
    dimension: &str,
    said: &mut Said,
) -> Option<Resource<'a>> {
    let alarm = Wanted { namespace, name, statistic, dimension, of }.alarm(stack);
    said.unless(alarm.is_some(), of, &format!("has no alarm on the {statistic} of {name} (row 8)"));
    alarm
}

fn of_function<'a>(stack: Stack<'a>, function: Resource<'a>, said: &mut Said) {
    let mut want =
        |name, statistic| want(stack, function, "AWS/Lambda", name, statistic, "FunctionName", &mut *said);
    for name in ["Errors", "Invocations", "Throttles"] {
        want(name, "Sum");
    }
    let slow = want("Duration", "p99");
    let full = want("ConcurrentExecutions", "Maximum");
    let below = |alarm: Option<Resource<'_>>, most: f64| {
        alarm.is_none_or(|alarm| stack.most(alarm.at("Threshold")) < most)
    };
    let timeout = stack.most(function.at("Timeout")) * 1_000.0;
    said.unless(below(slow, timeout), function, "is told to be slow only once it is cut off (row 8)");
    let room = stack.most(function.at("ReservedConcurrentExecutions"));
    said.unless(below(full, room), function, "is told to be full only once it is (row 8)");
}

/// A queue that is worked off must not be late; of one that redrives, each dead event is told; in one that nobody reads
/// nothing may be.
fn of_queue<'a>(stack: Stack<'a>, queue: Resource<'a>, said: &mut Said) {
    let is_read =
        stack.of("AWS::Lambda::EventSourceMapping").any(|it| leads_to(it.at("EventSourceArn"), queue.id));
    let is_dead = stack.of("AWS::SQS::Queue").any(|other| leads_to(other.at("RedrivePolicy"), queue.id));
    let mut want = |name, statistic| want(stack, queue, "AWS/SQS", name, statistic, "QueueName", &mut *said);
    if is_read {
        want("ApproximateAgeOfOldestMessage", "Maximum");
    } else {
        want("ApproximateNumberOfMessagesVisible", "Maximum");
    }
    if is_dead {
        // What is redriven counts as sent nowhere; its reader is what tells of it.
        want("NumberOfMessagesReceived", "Sum");
    }
}
