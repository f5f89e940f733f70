//! The expanded template, as rules look at it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

static NOTHING: Value = Value::Null;

/// The resources of a template by their types, so that rules find them quickly: the mutation test asks thousands of times.
pub(super) struct Index<'a> {
    document: &'a Value,
    by_kind: BTreeMap<&'a str, Vec<Resource<'a>>>,
}

impl<'a> Index<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        let mut by_kind: BTreeMap<&str, Vec<Resource<'_>>> = BTreeMap::new();
        for (id, body) in document["Resources"].as_object().into_iter().flatten() {
            let kind = body["Type"].as_str().unwrap_or_default();
            by_kind.entry(kind).or_default().push(Resource { id, kind, body });
        }
        Self { document, by_kind }
    }
}

/// The template.
#[derive(Clone, Copy)]
pub(super) struct Stack<'a> {
    document: &'a Value,
    index: &'a Index<'a>,
}

/// One of its resources.
#[derive(Clone, Copy)]
pub(super) struct Resource<'a> {
    /// Its logical id.
    pub(super) id: &'a str,
    /// Its type.
    pub(super) kind: &'a str,
    /// All that is said of it.
    pub(super) body: &'a Value,
}

impl<'a> Stack<'a> {
    pub(super) fn new(index: &'a Index<'a>) -> Self {
        Self { document: index.document, index }
    }

    /// A section, such as `Parameters`.
    pub(super) fn section(self, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.document[name].as_object().into_iter().flatten()
    }

    /// The sections in which parameters, conditions and resources are referred to.
    pub(super) fn referring(self) -> impl Iterator<Item = &'a Value> + use<'a> {
        ["Resources", "Conditions", "Outputs", "Rules"].map(|name| &self.document[name]).into_iter()
    }

    pub(super) fn has(self, section: &str, name: &str) -> bool {
        self.document[section].get(name).is_some()
    }

    /// The resource called `id`.
    pub(super) fn resource(self, id: &'a str) -> Option<Resource<'a>> {
        let body = self.document["Resources"].get(id)?;
        Some(Resource { id, kind: body["Type"].as_str().unwrap_or_default(), body })
    }

    /// Every resource, type by type.
    pub(super) fn resources(self) -> impl Iterator<Item = Resource<'a>> + use<'a> {
        self.index.by_kind.values().flatten().copied()
    }

    /// The resources of a type.
    pub(super) fn of(self, kind: &str) -> impl Iterator<Item = Resource<'a>> + use<'a> {
        self.index.by_kind.get(kind).into_iter().flatten().copied()
    }

    /// The type of the resource called `id`; empty if there is none.
    pub(super) fn kind(self, id: &str) -> &'a str {
        self.document["Resources"][id]["Type"].as_str().unwrap_or_default()
    }

    /// Every value that an expression may have, as far as the template tells: of a parameter its allowed values or
    /// else its default, of a condition both, without that which is none.
    pub(super) fn values(self, value: &Value) -> Vec<Value> {
        let Some((function, of)) = intrinsic(value) else { return vec![value.clone()] };
        match function {
            "Fn::If" => {
                let branches = of.as_array().into_iter().flatten().skip(1);
                branches
                    .filter(|branch| branch["Ref"] != "AWS::NoValue")
                    .flat_map(|branch| self.values(branch))
                    .collect()
            }
            "Ref" => {
                let parameter = &self.document["Parameters"][of.as_str().unwrap_or_default()];
                match (parameter["AllowedValues"].as_array(), parameter.get("Default")) {
                    (Some(allowed), _) => allowed.clone(),
                    (None, Some(default)) => vec![default.clone()],
                    (None, None) => vec![value.clone()],
                }
            }
            "Fn::Sub" => vec![substituted(of).map_or_else(|| value.clone(), Value::String)],
            _ => vec![value.clone()],
        }
    }

    /// The greatest number that an expression may have.
    pub(super) fn most(self, value: &Value) -> f64 {
        self.values(value).iter().filter_map(Value::as_f64).fold(0.0, f64::max)
    }

    /// The resource of a type that `value` leads to.
    pub(super) fn target(self, value: &Value, kind: &str) -> Option<Resource<'a>> {
        self.of(kind).find(|resource| leads_to(value, resource.id))
    }
}

impl<'a> Resource<'a> {
    /// A property by its path, with dots; null if there is none.
    pub(super) fn at(self, path: &str) -> &'a Value {
        within(&self.body["Properties"], path)
    }

    /// The elements of a property that is a list.
    pub(super) fn list(self, path: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.at(path).as_array().into_iter().flatten()
    }
}

/// What lies at a path, with dots; null if there is nothing.
pub(super) fn within<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, key| value.get(key).unwrap_or(&NOTHING))
}

/// One value or many: the many.
pub(super) fn many(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// The statements of a policy, those behind a condition too.
pub(super) fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    many(&document["Statement"]).iter().flat_map(|statement| match statement.get("Fn::If") {
        Some(Value::Array(branches)) => {
            branches.iter().skip(1).filter(|branch| branch.get("Ref").is_none()).collect()
        }
        _ => vec![statement],
    })
}

/// Whether `value` refers to what is called `id`.
pub(super) fn leads_to(value: &Value, id: &str) -> bool {
    let mut found = false;
    references(value, &mut |name| found |= name == id);
    found
}

/// Tells `see` of every name that `value` refers to: resources, parameters and AWS's own.
pub(super) fn references(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(object) => {
            for (key, part) in object {
                match (key.as_str(), part) {
                    ("Ref", Value::String(name)) => see(name),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        parts.first().and_then(Value::as_str).into_iter().for_each(&mut *see)
                    }
                    ("Fn::Sub", Value::String(text)) => placeholders(text).for_each(|(name, _)| see(name)),
                    ("Fn::Sub", Value::Array(parts)) => of_substitution(parts, see),
                    _ => references(part, see),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, see)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn of_substitution(parts: &[Value], see: &mut dyn FnMut(&str)) {
    let text = parts.first().and_then(Value::as_str).unwrap_or_default();
    let local = parts.get(1).and_then(Value::as_object).cloned().unwrap_or_default();
    placeholders(text).filter(|(name, _)| !local.contains_key(*name)).for_each(|(name, _)| see(name));
    local.values().for_each(|value| references(value, see));
}

/// The names in `${Name}` and `${Name.Attribute}`, with all that stands between the braces. `${!Literal}` is none.
fn placeholders(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("${").skip(1).filter_map(|rest| {
        let (whole, _) = rest.split_once('}')?;
        (!whole.starts_with('!')).then(|| (whole.split('.').next().unwrap_or(whole), whole))
    })
}

/// What a substitution comes to, if all in it is known.
fn substituted(of: &Value) -> Option<String> {
    let (text, local) = match of {
        Value::String(text) => (text.clone(), Map::new()),
        Value::Array(parts) => (parts.first()?.as_str()?.to_owned(), parts.get(1)?.as_object()?.clone()),
        _ => return None,
    };
    let text = local
        .iter()
        .try_fold(text, |text, (name, value)| Some(text.replace(&format!("${{{name}}}"), value.as_str()?)))?;
    (!text.contains("${")).then_some(text)
}

/// The function of CloudFormation that `value` is, and what it is given.
pub(super) fn intrinsic(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (function, of) = object.iter().next()?;
    (function == "Ref" || function.starts_with("Fn::")).then_some((function.as_str(), of))
}
