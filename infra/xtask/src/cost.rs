//! What a month of the stack in `infra/aws` costs: what there is by the template, what it does by `infra/aws/cost.toml`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::out;
use crate::workspace::Workspace;

const MODEL: &str = "infra/aws/cost.toml";
const STACK: &str = "infra/aws/template.expanded.json";
/// The types of which a month has a price of its own, and that price.
const KEPT: [(&str, &str); 2] = [("AWS::KMS::Key", "key"), ("AWS::SecretsManager::Secret", "secret")];
/// Metrics that a look at an environment reads: five if it has traffic and one if not, which is as likely. See
/// `shared/aws/src/signals`.
const METRICS_PER_PLACE: f64 = 3.0;
/// How often a process asks CloudWatch for the same within an hour, however many look.
const LOOKS_PER_HOUR: f64 = 30.0;

/// `infra/aws/cost.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    prices: BTreeMap<String, f64>,
    workload: BTreeMap<String, f64>,
}

/// A line of the bill.
#[derive(Debug, PartialEq)]
struct Line {
    what: &'static str,
    /// How many a month, in the unit that is paid for.
    quantity: f64,
    /// In USD.
    cost: f64,
}

/// Tells what a month costs.
///
/// # Errors
/// If a file of `infra/aws` cannot be read, or the model lacks a figure.
pub(crate) fn run(workspace: &Workspace, as_json: bool) -> Result<()> {
    let read = |file: &str| {
        fs::read_to_string(workspace.root.join(file)).with_context(|| format!("cannot read {file}"))
    };
    let model: Model = toml::from_str(&read(MODEL)?).context(MODEL)?;
    let lines = bill(&model, &serde_json::from_str(&read(STACK)?).context(STACK)?)?;
    let sum: f64 = lines.iter().map(|line| line.cost).sum();
    for Line { what, quantity, cost } in &lines {
        if as_json {
            out::line(&json!({ "what": what, "quantity": quantity, "usd": cost }).to_string());
        } else {
            out::line(&format!("{what:34} {quantity:>14.2} {cost:>9.2} USD"));
        }
    }
    out::line(&match as_json {
        true => json!({ "what": "a month", "usd": sum }).to_string(),
        false => format!("{:34} {:>14} {sum:>9.2} USD", "a month", ""),
    });
    Ok(())
}

impl Model {
    fn price(&self, name: &str) -> Result<f64> {
        self.prices.get(name).copied().with_context(|| format!("{MODEL} has no price of `{name}`"))
    }

    fn load(&self, name: &str) -> Result<f64> {
        self.workload.get(name).copied().with_context(|| format!("{MODEL} does not say `{name}`"))
    }
}

/// The lines of a month's bill.
fn bill(model: &Model, stack: &Value) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut add = |what, quantity: f64, price: &str| -> Result<()> {
        lines.push(Line { what, quantity, cost: quantity * model.price(price)? });
        Ok(())
    };
    let load = |name: &str| model.load(name);
    let resources = Resources::of(stack);
    let days = load("days")?;
    let minutes = days * 24.0 * 60.0;
    let calls = load("calls_per_day")? * days;
    let events = load("changes_per_day")? * load("events_per_change")? * days;
    let ticks = resources.count("AWS::Scheduler::Schedule") * minutes;
    // The relay, and one subscriber: few events have two, and many none.
    let handled = events * 2.0;

    add("alarms, by metrics", resources.alarm_metrics(), "alarm_metric")?;
    for (kind, price) in KEPT {
        add(if price == "key" { "keys" } else { "secrets" }, resources.count(kind), price)?;
    }
    add("calls of the HTTP API", calls, "http_api_call")?;
    add("requests to CloudFront", calls, "cloudfront_request")?;
    add("invocations", calls + ticks + handled, "lambda_request")?;
    let seconds =
        (calls * load("call_ms")? + ticks * load("tick_ms")? + handled * load("event_ms")?) / 1_000.0;
    add("GB-seconds of functions", seconds * resources.memory_gb()?, "lambda_gb_second")?;
    let reads = calls * load("call_reads")? + ticks * load("tick_reads")? + events * load("event_reads")?;
    add("units read from tables", reads, "dynamodb_read")?;
    add("units written to tables", events * load("event_writes")?, "dynamodb_write")?;
    add("GB in tables", load("stored_gb")?, "dynamodb_gb")?;
    add("GB of their backups", load("stored_gb")?, "dynamodb_pitr_gb")?;
    add("events on the bus", events, "event")?;
    let asked = resources.queues_asked() * load("queue_pollers")? * 3.0 * minutes;
    add("requests to queues", asked + events * 3.0, "sqs_request")?;
    let logged = calls * load("call_log_bytes")?
        + ticks * load("tick_log_bytes")?
        + handled * load("event_log_bytes")?;
    add("GB of logs", logged / 1e9, "log_gb")?;
    add("GB of artifacts", load("artifacts_gb")?, "s3_gb")?;
    add("metrics read", metrics_read(model, days, minutes)?, "metric_read")?;
    add("traces", calls + ticks + handled, "trace")?;
    add("schedules that fire", ticks, "schedule")?;
    Ok(lines)
}

/// What is read of CloudWatch, by people who look and by the looks that nobody asks for.
fn metrics_read(model: &Model, days: f64, minutes: f64) -> Result<f64> {
    let places = model.load("services")? * model.load("environments")?;
    let most = model.load("looking_hours")? * LOOKS_PER_HOUR * model.load("looking_processes")?;
    let looks = model.load("looks_per_day")?.min(most) * days;
    // Five services, every ten minutes.
    let by_itself = minutes / 10.0 * 5.0 * model.load("environments")?;
    Ok((looks * places + by_itself) * METRICS_PER_PLACE)
}

/// What the template makes.
struct Resources<'a>(Vec<&'a Value>);

impl<'a> Resources<'a> {
    /// Those that are made whatever the parameters say.
    fn of(stack: &'a Value) -> Self {
        let all = stack["Resources"].as_object().into_iter().flatten().map(|(_, resource)| resource);
        Self(all.filter(|resource| resource.get("Condition").is_none()).collect())
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().copied().filter(move |resource| resource["Type"] == kind)
    }

    #[expect(clippy::cast_precision_loss, reason = "some hundreds at most")]
    fn count(&self, kind: &str) -> f64 {
        self.of_kind(kind).count() as f64
    }

    /// An alarm costs as much as it has metrics; one that calculates nothing has one.
    #[expect(clippy::cast_precision_loss, reason = "some hundreds at most")]
    fn alarm_metrics(&self) -> f64 {
        let metrics = |alarm: &Value| {
            let metrics = alarm["Properties"]["Metrics"].as_array().map_or(0, |metrics| {
                metrics.iter().filter(|metric| metric.get("MetricStat").is_some()).count()
            });
            metrics.max(1)
        };
        self.of_kind("AWS::CloudWatch::Alarm").map(metrics).sum::<usize>() as f64
    }

    /// Queues that Lambda asks all the time; a stream is asked for nothing.
    #[expect(clippy::cast_precision_loss, reason = "some hundreds at most")]
    fn queues_asked(&self) -> f64 {
        let is_queue = |mapping: &&Value| mapping["Properties"].get("StartingPosition").is_none();
        self.of_kind("AWS::Lambda::EventSourceMapping").filter(is_queue).count() as f64
    }

    /// The memory of the largest function.
    fn memory_gb(&self) -> Result<f64> {
        let memory = self
            .of_kind("AWS::Lambda::Function")
            .filter_map(|function| function["Properties"]["MemorySize"].as_f64());
        memory.reduce(f64::max).map(|megabytes| megabytes / 1_024.0).context("the template has no function")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        toml::from_str(&fs::read_to_string(root.join(MODEL)).unwrap()).unwrap()
    }

    fn stack(alarm: &Value) -> Value {
        json!({ "Resources": {
            "F": { "Type": "AWS::Lambda::Function", "Properties": { "MemorySize": 512 } },
            "A": { "Type": "AWS::CloudWatch::Alarm", "Properties": alarm },
            "T": { "Type": "AWS::Scheduler::Schedule" },
            "Q": { "Type": "AWS::Lambda::EventSourceMapping", "Properties": {} },
            "S": { "Type": "AWS::Lambda::EventSourceMapping", "Properties": { "StartingPosition": "TRIM_HORIZON" } },
            "W": { "Type": "AWS::KMS::Key", "Condition": "Never" },
        }})
    }

    fn quantity(lines: &[Line], what: &str) -> f64 {
        lines.iter().find(|line| line.what == what).unwrap().quantity
    }

    #[test]
    fn what_is_paid_for_is_counted_in_the_template() {
        let one = bill(&model(), &stack(&json!({ "MetricName": "Errors" }))).unwrap();
        assert_eq!((quantity(&one, "alarms, by metrics"), quantity(&one, "keys")), (1.0, 0.0));
        assert_eq!(quantity(&one, "schedules that fire"), 43_200.0);
        let two = json!({ "Metrics": [{ "MetricStat": {} }, { "MetricStat": {} }, { "Expression": "a/b" }] });
        assert_eq!(quantity(&bill(&model(), &stack(&two)).unwrap(), "alarms, by metrics"), 2.0);
    }

    #[test]
    fn a_figure_that_the_model_lacks_is_named() {
        let mut model = model();
        model.prices.remove("trace");
        let why = bill(&model, &stack(&json!({}))).unwrap_err().to_string();
        assert_eq!(why, "infra/aws/cost.toml has no price of `trace`");
    }
}
