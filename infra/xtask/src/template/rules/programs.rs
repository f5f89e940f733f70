//! The stack runs the programs of `infra/lambda` as they are: each endpoint leads to the program that answers it, each
//! subscriber gets what it subscribes to, the clock calls whom it should, and each is configured with what it reads.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::facts::Program;
use super::super::stack::{Resource, Stack, leads_to, many};
use super::functions::{FUNCTION, alias};
use super::{Said, Subject};

/// The program that a function runs.
fn program<'a>(function: Resource<'a>) -> &'a str {
    function.body["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap_or_default()
}

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let run: BTreeSet<&str> = stack.of(FUNCTION).map(program).collect();
    let known: BTreeSet<&str> = subject.facts.programs.keys().map(String::as_str).collect();
    for name in run.symmetric_difference(&known) {
        said.at("Resources", format!("{name} is run by the stack or is a program, and not both"));
    }
    for function in stack.of(FUNCTION) {
        let named = function.at("FunctionName")["Fn::Sub"].as_str().unwrap_or_default();
        let well = named == format!("${{AWS::StackName}}-{}", program(function));
        said.unless(well, function, "is not called as its program (row 1)");
        let Some(program) = subject.facts.programs.get(program(function)) else { continue };
        let Some(alias) = alias(stack, function) else { continue };
        routes(stack, function, alias, program, said);
        subscriptions(stack, function, alias, program, said);
        let ticks = stack.of("AWS::Scheduler::Schedule").any(|it| leads_to(it.at("Target.Arn"), alias.id));
        said.unless(
            ticks == program.ticks,
            function,
            "is called by the clock in vain, or not called (row 5)",
        );
    }
    for function in stack.of(FUNCTION) {
        variables(subject, function, said);
    }
}

fn routes(stack: Stack<'_>, function: Resource<'_>, alias: Resource<'_>, program: &Program, said: &mut Said) {
    let led: BTreeSet<&str> = stack
        .of("AWS::ApiGatewayV2::Integration")
        .filter(|integration| leads_to(integration.at("IntegrationUri"), alias.id))
        .flat_map(|integration| {
            stack
                .of("AWS::ApiGatewayV2::Route")
                .filter(move |route| leads_to(route.at("Target"), integration.id))
        })
        .filter_map(|route| route.at("RouteKey").as_str())
        .filter(|key| *key != super::http::DEFAULT)
        .collect();
    let answered: BTreeSet<&str> = program.routes.iter().map(String::as_str).collect();
    for route in led.symmetric_difference(&answered) {
        said.of(function, format!("{route} is led here or answered here, and not both (row 11)"));
    }
}

fn subscriptions(
    stack: Stack<'_>,
    function: Resource<'_>,
    alias: Resource<'_>,
    program: &Program,
    said: &mut Said,
) {
    let queues = stack
        .of("AWS::Lambda::EventSourceMapping")
        .filter(|mapping| leads_to(mapping.at("FunctionName"), alias.id))
        .filter_map(|mapping| stack.target(mapping.at("EventSourceArn"), "AWS::SQS::Queue"));
    let queues: Vec<Resource<'_>> = queues.collect();
    let told: BTreeSet<&str> = stack
        .of("AWS::Events::Rule")
        .filter(|rule| many(&rule.at("EventPattern")["source"]).iter().any(|source| source == "keelson"))
        .filter(|rule| {
            rule.list("Targets").any(|it| queues.iter().any(|queue| leads_to(&it["Arn"], queue.id)))
        })
        .flat_map(|rule| rule.at("EventPattern")["detail-type"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let subscribed: BTreeSet<&str> = program.subscribes.iter().map(String::as_str).collect();
    for kind in told.symmetric_difference(&subscribed) {
        said.of(function, format!("{kind} is told or subscribed to, and not both (row 5)"));
    }
}

/// Each has the variables that its program reads, and no other.
fn variables(subject: &Subject<'_>, function: Resource<'_>, said: &mut Said) {
    let lists = &subject.gate.variables;
    let wanted = ["every", program(function)].into_iter().filter_map(|list| lists.get(list));
    let wanted: BTreeSet<&str> = wanted.flatten().map(String::as_str).collect();
    let given = function.at("Environment.Variables").as_object();
    let given: BTreeSet<&str> = given.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    for name in given.symmetric_difference(&wanted) {
        said.of(function, format!("{name} is given or wanted, and not both (row 1)"));
    }
}
