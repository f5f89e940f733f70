//! Everything that can be tagged is: whose it is, what it is for, and to which installation its costs belong.

use serde_json::{Value, json};

use super::super::stack::Resource;
use super::{Said, Subject};

/// Whether one resource is tagged.
pub(super) fn of(subject: &Subject<'_>, resource: Resource<'_>, said: &mut Said) {
    let tags = &subject.gate.tags;
    let is_in = |kinds: &[String]| kinds.iter().any(|kind| kind == resource.kind);
    let value: &dyn Fn(&str) -> Value = if is_in(&tags.list) {
        &|key| listed(resource, "Tags", key)
    } else if is_in(&tags.map) {
        &|key| resource.at("Tags")[key].clone()
    } else if is_in(&tags.resource_tags) {
        &|key| listed(resource, "ResourceTags", key)
    } else {
        let said_so = is_in(&tags.none);
        return said.unless(
            said_so,
            resource,
            "is of a type of which gate.toml does not say whether it can be tagged",
        );
    };
    for key in tags.keys.iter().filter(|key| value(key) != wanted(key)) {
        said.of(resource, format!("lacks the tag {key} (row 15)"));
    }
}

/// `team` and `environment` are parameters; the installation is the stack.
fn wanted(key: &str) -> Value {
    match key {
        "team" => json!({"Ref": "Team"}),
        "environment" => json!({"Ref": "Environment"}),
        _ => json!({"Ref": "AWS::StackName"}),
    }
}

fn listed(resource: Resource<'_>, property: &str, key: &str) -> Value {
    resource.list(property).find(|tag| tag["Key"] == key).map_or(Value::Null, |tag| tag["Value"].clone())
}
