//! A service as it is declared now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Actor, Place};
use crate::manifest::Manifest;
use crate::{EnvironmentName, ServiceName};

/// A service as its team declared it last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// What the declaration says.
    pub manifest: Manifest,
    /// The `keelson.toml` it was read from, to show it as it was written.
    pub manifest_text: String,
    /// How often it was declared or changed, from 1.
    pub revision: u64,
    /// When it was declared or changed last.
    pub applied_at: Timestamp,
    /// By whom.
    pub applied_by: Actor,
}

impl Service {
    /// Its name.
    pub fn name(&self) -> &ServiceName {
        &self.manifest.service.name
    }

    /// Where it is, as far as rights are concerned: as a whole, or in one environment.
    pub fn place(&self, environment: Option<&EnvironmentName>) -> Place {
        Place {
            team: Some(self.manifest.service.team.clone()),
            service: Some(self.name().clone()),
            environment: environment.cloned(),
        }
    }
}
