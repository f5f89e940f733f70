//! What of the repository the template is held against.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Where the API's own document is kept, as a snapshot.
const DOCUMENT: &str = "shared/api/src/snapshots/api__openapi__tests__openapi.snap";

/// What the programs of the functions do, as a test of `infra/lambda` keeps it.
const PROGRAMS: &str = "infra/lambda/programs.json";

/// What the rest of the repository says.
pub(super) struct Facts {
    /// Every operation of the API.
    pub(super) operations: Vec<Operation>,
    /// The programs by their names.
    pub(super) programs: BTreeMap<String, Program>,
    /// `samconfig.toml`.
    pub(super) samconfig: toml::Table,
    /// `infra/aws/stack-policy.json`.
    pub(super) stack_policy: Value,
}

/// An operation of the API.
pub(super) struct Operation {
    /// As the HTTP API names a route: `GET /api/me`.
    pub(super) route: String,
    /// Whether anybody may ask.
    pub(super) public: bool,
}

/// A program of a function.
#[derive(serde::Deserialize)]
pub(super) struct Program {
    /// The requests it answers, as the HTTP API spells them.
    pub(super) routes: Vec<String>,
    /// The kinds of events it acts on.
    pub(super) subscribes: Vec<String>,
    /// Whether the clock calls it.
    pub(super) ticks: bool,
}

impl Operation {
    /// The path alone.
    pub(super) fn path(&self) -> &str {
        self.route.split_once(' ').map_or("", |(_, path)| path)
    }
}

impl Facts {
    /// Reads them from the repository at `root`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let read =
            |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"));
        let snapshot = read(DOCUMENT)?;
        let document = snapshot.splitn(3, "---\n").nth(2).context("the API's document is no snapshot")?;
        let document: Value = serde_json::from_str(document).context(DOCUMENT)?;
        Ok(Self {
            operations: operations(&document),
            programs: serde_json::from_str(&read(PROGRAMS)?).context(PROGRAMS)?,
            samconfig: read("samconfig.toml")?.parse().context("samconfig.toml")?,
            stack_policy: serde_json::from_str(&read("infra/aws/stack-policy.json")?)
                .context("infra/aws/stack-policy.json")?,
        })
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) {
                let public = operation["security"].as_array().is_some_and(Vec::is_empty);
                operations.push(Operation { route: format!("{} {path}", method.to_uppercase()), public });
            }
        }
    }
    operations
}
