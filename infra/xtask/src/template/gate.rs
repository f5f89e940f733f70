//! `infra/aws/gate.toml`: what the template is held to, and what is let pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

const FILE: &str = "infra/aws/gate.toml";

/// All of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    pub(super) skip: Vec<Skip>,
    pub(super) star: Vec<Star>,
    pub(super) tags: Tags,
    pub(super) retained: Retained,
    /// The condition of resources, by patterns of their logical ids.
    pub(super) condition: BTreeMap<String, String>,
    pub(super) public: Public,
    /// The variables of functions, by their programs; those of `every` are every function's.
    pub(super) variables: BTreeMap<String, Vec<String>>,
    /// What must be said of properties, by type and path.
    pub(super) property: BTreeMap<String, BTreeMap<String, Property>>,
    pub(super) free: Vec<Free>,
}

/// Findings that are let pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    pub(super) check: String,
    /// Patterns of logical ids.
    pub(super) resources: Vec<String>,
    pub(super) reason: String,
    pub(super) owner: String,
    /// The last day, such as `2027-11-30`.
    pub(super) until: String,
}

/// Actions that may be allowed on everything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Star {
    pub(super) actions: Vec<String>,
    pub(super) reason: String,
}

/// Which types can be tagged, and how.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tags {
    pub(super) keys: Vec<String>,
    pub(super) list: Vec<String>,
    pub(super) map: Vec<String>,
    pub(super) resource_tags: Vec<String>,
    pub(super) none: Vec<String>,
}

/// What lives on when the stack is deleted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retained {
    pub(super) resources: Vec<String>,
}

/// What may be called without saying who calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Public {
    pub(super) routes: Vec<String>,
}

/// What must be said of a property.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Property {
    /// The row of the review checklist.
    pub(super) row: u8,
    pub(super) is: Option<Value>,
    pub(super) one_of: Option<Vec<Value>>,
    pub(super) between: Option<[f64; 2]>,
    pub(super) refers: Option<String>,
    #[serde(default)]
    pub(super) absent: bool,
    /// It need not be there, but if it is, it must be so.
    #[serde(default)]
    pub(super) optional: bool,
}

/// What no rule of ours guards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Free {
    /// Patterns of `TYPE PATH`.
    pub(super) paths: Vec<String>,
    pub(super) reason: String,
}

impl Gate {
    /// Reads it from the repository at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        toml::from_str(&text).context(FILE)
    }
}

/// Whether `text` is as `pattern`, in which `*` stands for anything.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|&at| rest.is_char_boundary(at)).any(|at| matches(tail, &rest[at..]))
}

/// Whether one of `patterns` says so.
pub(super) fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}
