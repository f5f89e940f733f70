//! The stack without what an emulator of AWS does not know.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

const FILE: &str = "infra/aws/emulator.toml";

/// `infra/aws/emulator.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Emulator {
    pub(super) left_out: Vec<LeftOut>,
}

/// Resources that an emulator does not know.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOut {
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Only those that have this property.
    pub(super) having: Option<String>,
    pub(super) reason: String,
}

impl Emulator {
    /// Reads it from the repository at `root`.
    ///
    /// # Errors
    /// If it cannot be read, or leaves something out without a reason.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        let emulator: Self = toml::from_str(&text).context(FILE)?;
        if let Some(left_out) = emulator.left_out.iter().find(|left_out| left_out.reason.is_empty()) {
            bail!("{FILE} leaves out {} for no reason", left_out.kind);
        }
        Ok(emulator)
    }

    /// Whether a resource is left out, by which entry.
    pub(super) fn leaves_out(&self, resource: &Value) -> Option<&LeftOut> {
        self.left_out.iter().find(|left_out| {
            let has =
                left_out.having.as_ref().is_none_or(|having| resource["Properties"].get(having).is_some());
            resource["Type"] == left_out.kind && has
        })
    }

    /// The expanded template, as the emulator can make it. Aliases are moved at once where there is no CodeDeploy.
    pub(super) fn without(&self, mut document: Value) -> Value {
        if let Some(resources) = document["Resources"].as_object_mut() {
            resources.retain(|_, resource| self.leaves_out(resource).is_none());
            for resource in resources.values_mut().filter_map(Value::as_object_mut) {
                resource.remove("UpdatePolicy");
            }
        }
        document
    }
}
