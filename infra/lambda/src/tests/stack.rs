//! Each function starts with what the stack of `infra/aws` configures it with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fake_aws::FakeAws;
use crate::config::{Given, SETTINGS, Start};
use crate::{Panel, Relay, Webhooks};

/// The stack as AWS is told of it.
fn stack() -> Map<String, Value> {
    let mut template: Value =
        serde_json::from_str(include_str!("../../../aws/template.expanded.json")).unwrap();
    serde_json::from_value(template["Resources"].take()).unwrap()
}

/// The resources of a type: each one's name and properties.
fn of<'a>(stack: &'a Map<String, Value>, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let wanted = stack.iter().filter(move |(_, resource)| resource["Type"] == kind);
    wanted.map(|(name, resource)| (name.as_str(), &resource["Properties"]))
}

/// What a function finds in its environment, with something for whatever AWS makes.
fn given(stack: &Map<String, Value>, function: &str) -> Vec<(String, String)> {
    let (_, told) = of(stack, "AWS::Lambda::Function").find(|(name, _)| *name == function).unwrap();
    let variables: BTreeMap<String, Value> =
        serde_json::from_value(told["Environment"]["Variables"].clone()).unwrap();
    let keelsons = variables.into_iter().filter(|(name, _)| name.starts_with("KEELSON_"));
    let values = keelsons.map(|(name, value)| {
        let made = match (name.as_str(), value["Fn::Sub"].as_str()) {
            ("KEELSON_PUBLIC_URL" | "KEELSON_OIDC_ISSUER", _) => "https://keelson.example",
            ("KEELSON_LOG", _) => "info",
            (name, _) if name.starts_with("KEELSON_SIGN_IN") => "",
            (_, Some(text)) => &text.replace("${", "https://").replace('}', ""),
            (_, None) => value.as_str().unwrap_or("something"),
        };
        (name, made.to_owned())
    });
    values.filter(|(_, value)| !value.is_empty()).collect()
}

#[tokio::test]
async fn each_function_gets_the_variables_that_it_needs_and_none_that_nobody_reads() {
    let (stack, aws) = (stack(), FakeAws::start().await);
    let start = |function: &str| {
        let given = given(&stack, function);
        let given: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Start::of(Given::new(&given), aws.connection.clone()).unwrap()
    };
    let mut started = start("Webhooks");
    Webhooks::start(&mut started).unwrap();
    started.finish().unwrap();
    let mut started = start("Panel");
    Panel::start(&mut started).unwrap();
    started.finish().unwrap();
    let mut started = start("Relay");
    Relay::start(&mut started).unwrap();
    started.finish().unwrap();

    let known: BTreeSet<&str> =
        SETTINGS.iter().chain(&edge::settings::SETTINGS).map(|setting| setting.name).collect();
    for function in ["Webhooks", "Promotions", "Panel", "Relay"] {
        for (name, _) in given(&stack, function) {
            assert!(known.contains(name.as_str()), "{function} gets {name}, which nobody reads");
        }
    }
}
