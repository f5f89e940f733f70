//! What can be said of one property alone, as `gate.toml` says it.

use serde_json::Value;

use super::super::gate::Property;
use super::super::stack::Resource;
use super::{Said, Subject};

/// What can be said of the properties of one resource.
pub(super) fn of(subject: &Subject<'_>, resource: Resource<'_>, said: &mut Said) {
    let Some(properties) = subject.gate.property.get(resource.kind) else {
        return said.of(resource, format!("gate.toml says nothing of the properties of {}", resource.kind));
    };
    for (path, property) in properties {
        let mut found = Vec::new();
        let segments: Vec<&str> = path.split('.').collect();
        find(&resource.body["Properties"], &segments, &mut found);
        for value in found {
            if let Err(what) = judge(subject, property, value) {
                said.of(resource, format!("{path} {what} (row {})", property.row));
            }
        }
    }
}

/// Collects what lies at a path; none where something is missing. A list that is missing has no elements.
fn find<'v>(value: &'v Value, path: &[&str], found: &mut Vec<Option<&'v Value>>) {
    match path {
        [] => found.push(Some(value)),
        ["*", rest @ ..] => value.as_array().into_iter().flatten().for_each(|value| find(value, rest, found)),
        [key, rest @ ..] => match value.get(*key) {
            Some(value) => find(value, rest, found),
            None if rest.contains(&"*") => {}
            None => found.push(None),
        },
    }
}

fn judge(subject: &Subject<'_>, property: &Property, value: Option<&Value>) -> Result<(), String> {
    let value = match (value, property.absent) {
        (None, true) => return Ok(()),
        (Some(_), true) => return Err("must not be there".to_owned()),
        (None, false) if property.optional => return Ok(()),
        (None, false) => return Err("is missing".to_owned()),
        (Some(value), false) => value,
    };
    if value == &Value::Array(Vec::new()) {
        return Err("is empty".to_owned());
    }
    let values = subject.stack.values(value);
    let every = |holds: &dyn Fn(&Value) -> bool| !values.is_empty() && values.iter().all(holds);
    if let Some(wanted) = &property.is
        && !every(&|value| value == wanted)
    {
        return Err(format!("must be {wanted}"));
    }
    if let Some(wanted) = &property.one_of
        && !every(&|value| wanted.contains(value))
    {
        return Err(format!("must be one of {}", Value::from(wanted.clone())));
    }
    if let Some([least, most]) = property.between
        && !every(&|value| value.as_f64().is_some_and(|number| (least..=most).contains(&number)))
    {
        return Err(format!("must be between {least} and {most}"));
    }
    if let Some(kind) = &property.refers
        && !every(&|value| refers_to(subject, value, kind))
    {
        return Err(format!("must lead to a {kind}"));
    }
    Ok(())
}

fn refers_to(subject: &Subject<'_>, value: &Value, kind: &str) -> bool {
    subject.stack.target(value, kind).is_some()
}
