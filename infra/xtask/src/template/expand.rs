//! What SAM makes of the template.

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::python::Environment;
use crate::workspace::Workspace;
use crate::{process, settings};

/// The SAM template.
pub(super) const TEMPLATE: &str = "infra/aws/template.yaml";
/// What SAM makes of it, which is committed: a change shows as one, and tests need no Python.
pub(super) const EXPANDED: &str = "infra/aws/template.expanded.json";

/// Expands the template and writes the result where it is committed; in CI it must be there already.
pub(super) fn expand(workspace: &Workspace, python: &Environment) -> Result<Value> {
    let mut expand = python.command(workspace, "python");
    expand.args(["infra/aws/expand.py", TEMPLATE]);
    let text = process::read(&mut expand).context("SAM does not take the template")? + "\n";
    let path = workspace.root.join(EXPANDED);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed != text {
        if settings::get("CI").is_some() {
            bail!(
                "{EXPANDED} is not what SAM makes of the template; run `cargo xtask template` and commit it"
            );
        }
        fs::write(&path, &text).with_context(|| format!("cannot write {EXPANDED}"))?;
    }
    serde_json::from_str(&text).context("SAM has made no JSON")
}
