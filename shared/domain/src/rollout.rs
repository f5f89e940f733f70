//! What a deploy target is asked for and what it answers, the same for a process, a Lambda alias or an ECS service.
//!
//! A target is *declared*, never commanded: the request names every release that shall run and its share of
//! traffic. Asking twice is harmless, and a request older than the newest one is ignored, so a target can be
//! asked again after any crash.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::drift::ReadBack;
use crate::manifest::Target;
use crate::{CommitSha, Digest, EnvironmentName, ServiceName, Weight};

/// An artifact and the commit it was built from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// The artifact.
    pub artifact: Digest,
    /// The commit it was built from.
    pub commit: CommitSha,
}

/// A release and its share of traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// What serves it.
    pub release: Release,
    /// How much. Zero keeps the release running and ready without traffic.
    pub weight: Weight,
}

/// Everything a target needs to know to bring about one state of one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetRequest {
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Rises with every request for this environment; a target ignores a request below the highest it has seen.
    pub sequence: u64,
    /// How to run a release.
    pub target: Target,
    /// What shall run. Weights sum to 100, or the list is empty and nothing shall run.
    pub shares: Vec<Share>,
}

/// Where a target is on its way to the newest request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum TargetPhase {
    /// Still on its way.
    Applying,
    /// Every release asked for is ready, and traffic is shared as asked.
    Settled,
    /// It cannot be reached; traffic stays as it was before the request.
    Failed {
        /// Why.
        report: FailureReport,
    },
}

/// Why a release does not run: enough to act on without opening another tool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureReport {
    /// One sentence: what happened.
    pub summary: String,
    /// The process's exit code, if it exited by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The signal that ended the process, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// The last readiness probe: its status, or why there was none, and the head of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_probe: Option<String>,
    /// The last lines the process wrote, oldest first, 50 at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log_tail: Vec<String>,
}

/// How one release is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "condition", rename_all = "snake_case")]
pub enum Condition {
    /// Started, not yet ready.
    Starting,
    /// Serving, or able to.
    Ready,
    /// Getting no new requests, finishing those in flight.
    Draining,
    /// Stopped without being asked to.
    Exited {
        /// How.
        report: FailureReport,
    },
}

/// One release as the target sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseStatus {
    /// The digest as read back from what runs, not as it was asked for.
    pub artifact: Digest,
    /// The share of traffic it gets now.
    pub weight: Weight,
    /// How it is doing.
    #[serde(flatten)]
    pub condition: Condition,
    /// Since when it runs.
    pub since: Timestamp,
    /// What was read back of its content; absent if it was not looked at yet, or the target cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBack>,
}

/// A target as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetStatus {
    /// The highest request seen; zero before the first.
    pub sequence: u64,
    /// Where it is on its way there.
    #[serde(flatten)]
    pub phase: TargetPhase,
    /// Every release that runs or stopped by itself.
    pub releases: Vec<ReleaseStatus>,
    /// Where users reach it, if it has an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl TargetStatus {
    /// The release of that artifact, if the target has it.
    pub fn release(&self, artifact: &Digest) -> Option<&ReleaseStatus> {
        self.releases.iter().find(|release| release.artifact == *artifact)
    }
}
