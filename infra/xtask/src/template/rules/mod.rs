//! Our own rules: every row of the checklist in `infra/aws/README.md` that no tool checks, and what the tools check once
//! more where that is cheap, so that the mutation test needs no Python.

mod alarms;
mod cloudfront;
mod costs;
mod data;
mod events;
mod functions;
mod http;
mod programs;
mod project;
mod properties;
mod references;
mod resource_policies;
mod rights;
mod roles;
mod tags;

use serde_json::Value;

use super::Finding;
use super::facts::Facts;
use super::gate::Gate;
use super::stack::{Index, Resource, Stack};

/// What a rule looks at.
pub(super) struct Subject<'a> {
    pub(super) stack: Stack<'a>,
    pub(super) gate: &'a Gate,
    pub(super) facts: &'a Facts,
}

/// What a rule has to say: of which resource, and what.
#[derive(Default)]
pub(super) struct Said(Vec<(String, String)>);

impl Said {
    fn of(&mut self, resource: Resource<'_>, what: impl Into<String>) {
        self.at(resource.id, what);
    }

    fn at(&mut self, place: &str, what: impl Into<String>) {
        self.0.push((place.to_owned(), what.into()));
    }

    /// Says so unless it holds.
    fn unless(&mut self, holds: bool, resource: Resource<'_>, what: &str) {
        if !holds {
            self.of(resource, what);
        }
    }
}

type Check = fn(&Subject<'_>, &mut Said);

type CheckOne = fn(&Subject<'_>, Resource<'_>, &mut Said);

/// The rules that look at each resource alone, by the names under which they may be skipped.
const OF_EACH: [(&str, CheckOne); 2] = [("own/properties", properties::of), ("own/tags", tags::of)];

/// The rules that look at several, by the names under which they may be skipped. What finds most is first, for the
/// mutation test's sake.
const RULES: [(&str, Check); 21] = [
    ("own/references", references::check),
    ("own/retained", data::retained),
    ("own/conditions", references::conditions),
    ("own/functions", functions::check),
    ("own/concurrency", functions::concurrency),
    ("own/deployments", functions::deployments),
    ("own/programs", programs::check),
    ("own/roles", roles::check),
    ("own/rights", rights::check),
    ("own/resource-policies", resource_policies::check),
    ("own/queues", events::queues),
    ("own/mappings", events::mappings),
    ("own/events", events::rules),
    ("own/alarms", alarms::check),
    ("own/alarmed", alarms::coverage),
    ("own/tables", data::tables),
    ("own/buckets", data::buckets),
    ("own/http", http::check),
    ("own/cloudfront", cloudfront::check),
    ("own/costs", costs::check),
    ("own/project", project::check),
];

/// All that our own rules find.
pub(super) fn check(document: &Value, gate: &Gate, facts: &Facts) -> Vec<Finding> {
    let index = Index::of(document);
    let subject = Subject { stack: Stack::new(&index), gate, facts };
    let mut found = Vec::new();
    let mut tell = |name: &str, look: &dyn Fn(&mut Said)| {
        let mut said = Said::default();
        look(&mut said);
        found.extend(said.0.into_iter().map(|(resource, what)| Finding {
            check: name.to_owned(),
            resource,
            what,
        }));
    };
    for (name, of) in OF_EACH {
        tell(name, &|said| subject.stack.resources().for_each(|resource| of(&subject, resource, said)));
    }
    for (name, check) in RULES {
        tell(name, &|said| check(&subject, said));
    }
    found
}

/// Whether any rule finds anything, where nothing but the resource `changed` has changed since none did.
pub(super) fn is_red(document: &Value, gate: &Gate, facts: &Facts, changed: &str) -> bool {
    let index = Index::of(document);
    let subject = Subject { stack: Stack::new(&index), gate, facts };
    let mut said = Said::default();
    if let Some(resource) = subject.stack.resource(changed) {
        OF_EACH.iter().for_each(|(_, of)| of(&subject, resource, &mut said));
    }
    !said.0.is_empty()
        || RULES.iter().any(|(_, check)| {
            check(&subject, &mut said);
            !said.0.is_empty()
        })
}

/// How many rules there are.
pub(super) const COUNT: usize = OF_EACH.len() + RULES.len();
