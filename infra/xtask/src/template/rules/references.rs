//! Whatever is referred to is there, and whatever a parameter decides, it decides for something.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::gate::matches;
use super::super::stack::{many, references};
use super::{Said, Subject};

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let mut named = BTreeSet::new();
    for resource in stack.resources() {
        let mut see = |name: &str| {
            let known =
                name.starts_with("AWS::") || stack.has("Resources", name) || stack.has("Parameters", name);
            if !known {
                said.of(resource, format!("refers to {name}, which is not there"));
            }
        };
        references(resource.body, &mut see);
        for other in many(&resource.body["DependsOn"]).iter().filter_map(Value::as_str) {
            see(other);
        }
    }
    for section in stack.referring() {
        references(section, &mut |name| {
            named.insert(name.to_owned());
        });
    }
    for (name, parameter) in stack.section("Parameters") {
        if !named.contains(name) {
            said.at(name, "is a parameter that decides nothing");
        }
        constrained(name, parameter, said);
    }
}

/// What a parameter may be is said, so that a mistake is told before anything is changed.
fn constrained(name: &str, parameter: &Value, said: &mut Said) {
    const CONSTRAINTS: [&str; 5] = ["AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue"];
    let is_list = parameter["Type"].as_str().is_some_and(|kind| kind.contains("List"));
    if !is_list && !CONSTRAINTS.iter().any(|constraint| parameter.get(constraint).is_some()) {
        said.at(name, "is a parameter of which nothing says what it may be");
    }
    if parameter["Description"].as_str().is_none_or(str::is_empty) {
        said.at(name, "is a parameter that is not described");
    }
    let is_secret = ["secret", "password", "token"].iter().any(|word| name.to_lowercase().contains(word));
    if is_secret && !name.ends_with("Arn") && parameter["NoEcho"] != true {
        said.at(name, "is a parameter that holds a secret; take the ARN of a secret instead");
    }
}

/// Conditions are there, decide something, and stand on what they are for.
pub(super) fn conditions(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let mut used = BTreeSet::new();
    for section in stack.referring() {
        conditions_in(section, &mut used);
    }
    for resource in stack.resources() {
        let condition = resource.body["Condition"].as_str();
        used.extend(condition.map(str::to_owned));
        let wanted = subject.gate.condition.iter().find(|(pattern, _)| matches(pattern, resource.id));
        if condition != wanted.map(|(_, condition)| condition.as_str()) {
            said.of(resource, "is not made under the condition that gate.toml says");
        }
    }
    for name in used.iter().filter(|name| !stack.has("Conditions", name)) {
        said.at(name, "is a condition that is not there");
    }
    for (name, _) in stack.section("Conditions").filter(|(name, _)| !used.contains(*name)) {
        said.at(name, "is a condition that decides nothing");
    }
}

fn conditions_in(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, part) in object {
                let name = match key.as_str() {
                    "Fn::If" => part[0].as_str(),
                    // In a resource's property it is IAM's, which is an object.
                    "Condition" => part.as_str().filter(|_| object.len() == 1),
                    _ => None,
                };
                used.extend(name.map(str::to_owned));
                conditions_in(part, used);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| conditions_in(value, used)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
