//! The mutation test: each guarded property is taken away or weakened in turn, and our own rules must see it.
//!
//! Everything that is said of a resource is a mutant: every key and every element of a list is removed once, every yes
//! and no is turned round, every right is widened, and every resource is removed. What no rule needs to guard is listed
//! in `gate.toml` with its reason; whatever else survives is a mistake of the gate.

use std::thread;

use serde_json::{Value, json};

use super::facts::Facts;
use super::gate::{Gate, matches_any};
use super::rules;
use super::stack::intrinsic;

/// What is done to a template.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Replace(Value),
}

/// One template that is not as it should be.
#[derive(Debug, Clone)]
struct Mutant {
    /// The logical id.
    resource: String,
    /// The keys and indexes that lead from the resource to what is changed.
    path: Vec<String>,
    change: Change,
    /// The type and the path with `*` for indexes, as `gate.toml` spells it.
    name: String,
}

/// What came of all of them.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// How many were seen.
    pub(super) killed: usize,
    /// How many nothing guards, and need not.
    pub(super) free: usize,
    /// Those that were not seen and should have been.
    pub(super) survivors: Vec<String>,
    /// What `gate.toml` calls free although a rule sees it, or that is not there.
    pub(super) idle: Vec<String>,
}

impl Score {
    /// Those that were seen, of a hundred that should have been.
    pub(super) fn percent(&self) -> f64 {
        let all = self.killed + self.survivors.len();
        // Thousands of mutants are far from what a float cannot count.
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let share = self.killed as f64 / all.max(1) as f64;
        100.0 * share
    }
}

/// Makes every mutant and looks at each.
pub(super) fn run(document: &Value, gate: &Gate, facts: &Facts) -> Score {
    let mutants = mutants(document);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let seen: Vec<(Mutant, bool)> = thread::scope(|scope| {
        let chunks = mutants.chunks(mutants.len().div_ceil(threads).max(1));
        let workers: Vec<_> =
            chunks.map(|chunk| scope.spawn(|| look(document.clone(), chunk, gate, facts))).collect();
        // A worker that panicked has seen nothing: its mutants are missing from the score, which a test would tell.
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
    });
    score(gate, &seen)
}

fn look(mut document: Value, mutants: &[Mutant], gate: &Gate, facts: &Facts) -> Vec<(Mutant, bool)> {
    let mut seen = Vec::new();
    for mutant in mutants {
        let resources = &mut document["Resources"];
        let whole = resources[&mutant.resource].clone();
        apply(resources, mutant);
        seen.push((mutant.clone(), rules::is_red(&document, gate, facts, &mutant.resource)));
        document["Resources"][&mutant.resource] = whole;
    }
    seen
}

fn score(gate: &Gate, seen: &[(Mutant, bool)]) -> Score {
    let mut score = Score::default();
    for (mutant, killed) in seen {
        let is_free = gate.free.iter().any(|free| matches_any(&free.paths, &mutant.name));
        match (killed, is_free) {
            (true, _) => score.killed += 1,
            (false, true) => score.free += 1,
            (false, false) => score.survivors.push(format!("{} ({})", mutant.name, mutant.resource)),
        }
    }
    for pattern in gate.free.iter().flat_map(|free| &free.paths) {
        let pattern = std::slice::from_ref(pattern);
        if !seen.iter().any(|(mutant, killed)| !killed && matches_any(pattern, &mutant.name)) {
            score.idle.push(pattern[0].clone());
        }
    }
    score.survivors.sort();
    score.survivors.dedup();
    score
}

fn mutants(document: &Value) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (id, body) in document["Resources"].as_object().into_iter().flatten() {
        let kind = body["Type"].as_str().unwrap_or_default();
        let mut add = |path: &[String], change: Change, how: &str| {
            let parts = path.iter().skip(usize::from(path.first().is_some_and(|part| part == "Properties")));
            let shown: Vec<&str> =
                parts.map(|part| if part.parse::<usize>().is_ok() { "*" } else { part }).collect();
            let name = format!("{kind} {}{how}", shown.join("."));
            all.push(Mutant { resource: id.clone(), path: path.to_vec(), change, name });
        };
        add(&[], Change::Remove, "");
        for key in ["DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Condition", "UpdatePolicy"] {
            if body.get(key).is_some() {
                add(&[key.to_owned()], Change::Remove, "");
            }
        }
        mutate(&body["Properties"], &mut vec!["Properties".to_owned()], &mut add);
    }
    all
}

fn mutate(value: &Value, path: &mut Vec<String>, add: &mut dyn FnMut(&[String], Change, &str)) {
    // A function of CloudFormation is one value; only what a condition chooses from is looked into.
    if let Some((function, of)) = intrinsic(value) {
        if function == "Fn::If" && path.iter().any(|part| part == "Statement") {
            path.extend(["Fn::If".to_owned(), "1".to_owned()]);
            mutate(&of[1], path, add);
            path.truncate(path.len() - 2);
        }
        return;
    }
    let parts: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, part)| (key.clone(), part)).collect(),
        Value::Array(parts) => {
            parts.iter().enumerate().map(|(index, part)| (index.to_string(), part)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (key, part) in parts {
        path.push(key);
        add(path, Change::Remove, "");
        if let Value::Bool(yes) = part {
            add(path, Change::Replace(json!(!yes)), " turned");
        }
        widen(path, part, add);
        mutate(part, path, add);
        path.pop();
    }
}

/// Widens the rights that a statement gives.
fn widen(path: &[String], part: &Value, add: &mut dyn FnMut(&[String], Change, &str)) {
    let of_policy =
        path.iter().any(|part| part == "PolicyDocument") && path.iter().any(|part| part == "Statement");
    let last = path.last().map(String::as_str);
    if !of_policy || !matches!(last, Some("Action" | "Resource")) {
        return;
    }
    if last == Some("Resource") && part != "*" {
        add(path, Change::Replace(json!("*")), " widened");
    }
    if last == Some("Action") {
        let first = super::stack::many(part).first().and_then(Value::as_str).unwrap_or_default();
        let service = first.split(':').next().unwrap_or_default();
        let all = json!(format!("{service}:*"));
        if &all != part {
            add(path, Change::Replace(all), " widened");
        }
    }
}

fn apply(resources: &mut Value, mutant: &Mutant) {
    let Some((last, way)) = mutant.path.split_last() else {
        if let Some(resources) = resources.as_object_mut() {
            resources.remove(&mutant.resource);
        }
        return;
    };
    let mut place = &mut resources[&mutant.resource];
    for key in way {
        place = match place {
            Value::Array(parts) => &mut parts[key.parse::<usize>().unwrap_or_default()],
            other => &mut other[key.as_str()],
        };
    }
    match (&mutant.change, place) {
        (Change::Remove, Value::Object(object)) => drop(object.remove(last)),
        (Change::Remove, Value::Array(parts)) => drop(parts.remove(last.parse().unwrap_or_default())),
        (Change::Replace(value), Value::Array(parts)) => {
            parts[last.parse::<usize>().unwrap_or_default()] = value.clone()
        }
        (Change::Replace(value), place) => place[last.as_str()] = value.clone(),
        (Change::Remove, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {}
    }
}
