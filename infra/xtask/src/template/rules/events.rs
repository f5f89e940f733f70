//! Nothing that was to be handed over is lost: queues redrive, mappings tell failures one by one, rules have somewhere to
//! put what they cannot deliver.

use serde_json::json;

use super::super::stack::{Resource, Stack, leads_to};
use super::functions::alias;
use super::{Said, Subject};

const QUEUE: &str = "AWS::SQS::Queue";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// The queue into which `queue` redrives.
fn dead_queue<'a>(stack: Stack<'a>, queue: Resource<'_>) -> Option<Resource<'a>> {
    stack.target(&queue.at("RedrivePolicy")["deadLetterTargetArn"], QUEUE)
}

/// The queues that rules lead events to.
fn is_subscribers(stack: Stack<'_>, queue: Resource<'_>) -> bool {
    stack.of("AWS::Events::Rule").any(|rule| rule.list("Targets").any(|it| leads_to(&it["Arn"], queue.id)))
}

pub(super) fn queues(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for queue in stack.of(QUEUE) {
        if is_subscribers(stack, queue) {
            match dead_queue(stack, queue) {
                Some(dead) => redriven(stack, queue, dead, said),
                None => said.of(queue, "does not redrive what fails (row 5)"),
            }
        }
        let read: Vec<_> =
            stack.of(MAPPING).filter(|it| leads_to(it.at("EventSourceArn"), queue.id)).collect();
        for mapping in &read {
            in_time(stack, queue, *mapping, said);
        }
        let is_dead =
            stack.of(QUEUE).any(|other| dead_queue(stack, other).is_some_and(|dead| dead.id == queue.id));
        said.unless(
            !read.is_empty() || !(is_dead || is_subscribers(stack, queue)),
            queue,
            "is read by nobody (row 5)",
        );
    }
}

fn redriven(stack: Stack<'_>, queue: Resource<'_>, dead: Resource<'_>, said: &mut Said) {
    let tries = stack.most(&queue.at("RedrivePolicy")["maxReceiveCount"]);
    said.unless((5.0..=20.0).contains(&tries), queue, "must try an event five to twenty times (row 5)");
    let allow = dead.at("RedriveAllowPolicy");
    let by_queue = allow["redrivePermission"] == "byQueue";
    // Written out by its name, since the queue leads to its dead one already.
    let name =
        queue.at("QueueName")["Fn::Sub"].as_str().unwrap_or("?").trim_start_matches("${AWS::StackName}");
    let source = &allow["sourceQueueArns"][0]["Fn::Sub"];
    let from_it =
        source.as_str().is_some_and(|source| source.ends_with(&format!("${{AWS::StackName}}{name}")));
    said.unless(by_queue && from_it, dead, "takes dead events from other queues too (row 5)");
}

/// A message is not given to another run while one handles it.
fn in_time(stack: Stack<'_>, queue: Resource<'_>, mapping: Resource<'_>, said: &mut Said) {
    let Some(alias) = stack.target(mapping.at("FunctionName"), "AWS::Lambda::Alias") else { return };
    let Some(function) = stack.target(alias.at("FunctionName"), "AWS::Lambda::Function") else { return };
    let visible = stack.most(queue.at("VisibilityTimeout"));
    said.unless(
        visible > stack.most(function.at("Timeout")),
        queue,
        "shows a message again while it is handled (row 5)",
    );
}

pub(super) fn mappings(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let mut streamed = false;
    for mapping in stack.of(MAPPING) {
        if stack.target(mapping.at("EventSourceArn"), QUEUE).is_some() {
            let most = stack.most(mapping.at("ScalingConfig.MaximumConcurrency"));
            said.unless(
                (2.0..=20.0).contains(&most),
                mapping,
                "could take all of the function's room (row 5)",
            );
            continue;
        }
        streamed = true;
        let is_stream = mapping.at("EventSourceArn")["Fn::GetAtt"][1] == "StreamArn";
        let table = stack.target(mapping.at("EventSourceArn"), "AWS::DynamoDB::Table");
        let is_stream = is_stream
            && table.is_some_and(|table| table.at("StreamSpecification.StreamViewType") == "NEW_IMAGE");
        said.unless(is_stream, mapping, "leads to no queue and to no stream of new images (row 5)");
        said.unless(
            mapping.at("StartingPosition") == "TRIM_HORIZON",
            mapping,
            "skips what was before it (row 5)",
        );
        said.unless(mapping.at("BisectBatchOnFunctionError") == true, mapping, "fails as a whole (row 5)");
        let kept = stack.most(mapping.at("MaximumRecordAgeInSeconds")) == 86_400.0;
        let tried = stack.most(mapping.at("MaximumRetryAttempts")) >= 1_000.0;
        said.unless(kept && tried, mapping, "gives events up before the stream does (row 5)");
        let told = stack.target(mapping.at("DestinationConfig.OnFailure.Destination"), QUEUE).is_some();
        said.unless(told, mapping, "tells nobody what it gives up (row 5)");
    }
    for table in stack.of("AWS::DynamoDB::Table").filter(|table| !table.at("StreamSpecification").is_null()) {
        said.unless(streamed, table, "has a stream that nobody reads (row 5)");
    }
}

/// Each subscriber of the bus, and what AWS tells of deployments.
pub(super) fn rules(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for rule in stack.of("AWS::Events::Rule") {
        let is_own = rule.at("EventPattern")["source"] == json!(["keelson"]);
        let on_bus = stack.target(rule.at("EventBusName"), "AWS::Events::EventBus").is_some();
        said.unless(is_own == on_bus, rule, "listens on the wrong bus (row 5)");
        let kinds = rule.at("EventPattern")["detail-type"].as_array();
        said.unless(kinds.is_some_and(|kinds| !kinds.is_empty()), rule, "takes everything there is (row 5)");
    }
    let deployments = json!({"source": ["aws.codedeploy"], "detail-type": ["CodeDeploy Deployment State-change Notification"]});
    if !stack.of("AWS::Events::Rule").any(|rule| rule.at("EventPattern") == &deployments) {
        said.at("Resources", "nobody listens to CodeDeploy");
    }
    for queue in stack.of(QUEUE).filter(|queue| dead_queue(stack, *queue).is_some()) {
        said.unless(is_subscribers(stack, queue), queue, "is filled by no rule (row 5)");
    }
    ticks(stack, said);
}

/// Whatever is invoked by the clock is so asynchronously, and has somewhere to put what fails.
fn ticks(stack: Stack<'_>, said: &mut Said) {
    let ticked = |function: &Resource<'_>| {
        let alias = alias(stack, *function);
        stack
            .of("AWS::Scheduler::Schedule")
            .any(|it| alias.is_some_and(|alias| leads_to(it.at("Target.Arn"), alias.id)))
    };
    let configured = |function: &Resource<'_>| {
        stack.of("AWS::Lambda::EventInvokeConfig").any(|it| leads_to(it.at("FunctionName"), function.id))
    };
    for function in stack.of("AWS::Lambda::Function") {
        said.unless(
            ticked(&function) == configured(&function),
            function,
            "is ticked without an EventInvokeConfig, or has one for nothing (row 5)",
        );
        // Subscribers have work of their own to look after.
        let subscribes = stack.of(MAPPING).any(|mapping| {
            let queue = stack.target(mapping.at("EventSourceArn"), QUEUE);
            let own =
                alias(stack, function).is_some_and(|alias| leads_to(mapping.at("FunctionName"), alias.id));
            own && queue.is_some_and(|queue| is_subscribers(stack, queue))
        });
        said.unless(
            !subscribes || ticked(&function),
            function,
            "subscribes and is never woken by the clock (row 5)",
        );
    }
}
