//! How long CI takes, on the wire.

use domain::ServiceName;
use domain::ci_path::{CriticalPath, Run, Summary};
use domain::dora::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long commits of a service take from push to artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CiView {
    /// The service.
    pub service: ServiceName,
    /// How long the window is: 7, 30 or 90 days.
    pub days: u16,
    /// Of which time.
    pub window: Window,
    /// How long it should take at most, in seconds: the manifest's `critical_path`.
    pub budget: u64,
    /// Whether the manifest says nothing, so that it is five minutes.
    pub budget_is_default: bool,
    /// Whether there were too many runs to read them all: then the oldest are missing.
    pub truncated: bool,
    /// What the runs add up to.
    #[serde(flatten)]
    pub summary: Summary,
    /// The newest run, with its jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<CiRunView>,
    /// How the figures come from the runs, in words.
    pub formula: String,
}

/// A commit's way through CI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CiRunView {
    /// The run and its jobs.
    #[serde(flatten)]
    pub run: Run,
    /// The chain of jobs that the artifact waited for; absent while the push is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<CriticalPath>,
}

impl From<Run> for CiRunView {
    fn from(run: Run) -> Self {
        Self { path: run.critical_path(), run }
    }
}
