//! Where releases run.

use async_trait::async_trait;
use domain::manifest::Target;
use domain::rollout::{TargetRequest, TargetStatus};
use domain::{Digest, EnvironmentName, ServiceName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a target could not be asked.
///
/// Not for a release that does not start: that is a [`domain::rollout::TargetPhase::Failed`].
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The target does not answer; asking again later may help.
    #[error("the target does not answer: {0}")]
    Unavailable(String),
    /// The target will never accept this request.
    #[error("the target refuses: {0}")]
    Refused(String),
}

/// One line that a release wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Rises by one per line of the environment; the cursor of [`LogQuery::after`].
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The artifact that wrote it.
    pub artifact: Digest,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// The line as it was written; a JSON line stays JSON.
    pub text: String,
    /// The severity of a structured line, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The message of a structured line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Which log lines to read.
#[derive(Debug, Clone)]
pub struct LogQuery {
    /// The service.
    pub service: ServiceName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Only this artifact's lines.
    pub artifact: Option<Digest>,
    /// Only lines that contain this text, letter case ignored.
    pub contains: Option<String>,
    /// Only lines after this one, oldest first. Without it: the newest lines, oldest first.
    pub after: Option<u64>,
    /// How many at most.
    pub limit: usize,
}

/// Where releases run: processes on one machine, CodeDeploy, Lambda or ECS on AWS.
#[async_trait]
pub trait Deployer: Send + Sync {
    /// Whether releases can run in such a target from where Keelson runs. Asked when a team declares a service, so
    /// that nobody finds out by a promotion.
    ///
    /// # Errors
    /// Why not, and what could be declared instead: one sentence without a full stop.
    fn supports(&self, target: &Target) -> Result<(), String>;

    /// Declares the state an environment shall reach, durably, and returns without waiting for it.
    ///
    /// Idempotent: the same request again changes nothing, an older one (by sequence) is ignored.
    async fn apply(&self, request: &TargetRequest) -> Result<(), TargetError>;

    /// The environment as it is now; `None` before the first request.
    async fn observe(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<TargetStatus>, TargetError>;

    /// What releases wrote.
    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogLine>, TargetError>;
}
