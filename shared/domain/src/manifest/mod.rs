//! What a team writes in `keelson.toml`: who owns a service, where it runs, and how a change reaches each place.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EnvironmentName, Period, ServiceName, TeamName, Weight};

mod freeze;
mod node;
mod parse;
mod recurrence;
mod repository;
mod schema;
mod sections;
mod suggest;
mod target;
#[cfg(test)]
mod tests;

pub use freeze::{Freeze, Frozen, InvalidTimeOfDay, InvalidZone, TimeOfDay, Zone, frozen};
pub use parse::ManifestError;
pub use recurrence::{InvalidRecurrence, Recurrence};
pub use repository::{InvalidRepository, RepositoryRef};
pub use schema::json_schema;
pub use target::{CodeDeployGroup, EcsTarget, LambdaTarget, ProcessTarget, Target};

/// One service, as declared by its team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What the service is and who owns it.
    pub service: ServiceSection,
    /// What must be true of a commit before it ships.
    #[serde(default)]
    pub ci: CiSection,
    /// The environments, in the order in which a change passes through them.
    #[serde(rename = "environment")]
    #[schemars(length(min = 1))]
    pub environments: Vec<EnvironmentSection>,
}

impl Manifest {
    /// The environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&EnvironmentSection> {
        self.environments.iter().find(|environment| environment.name == *name)
    }

    /// The environment through which a change enters.
    ///
    /// A manifest that was parsed has one.
    pub fn first(&self) -> Option<&EnvironmentSection> {
        self.environments.first()
    }

    /// The environment at the end of a change's way: what counts as production.
    ///
    /// A manifest that was parsed has one.
    pub fn production(&self) -> Option<&EnvironmentSection> {
        self.environments.last()
    }

    /// The environment from which a change comes into the one of that name.
    ///
    /// `None` for the first one, and for one that is not declared.
    pub fn before(&self, name: &EnvironmentName) -> Option<&EnvironmentSection> {
        self.position(name)?.checked_sub(1).and_then(|index| self.environments.get(index))
    }

    /// The environment into which a change goes from the one of that name.
    ///
    /// `None` for the last one, and for one that is not declared.
    pub fn after(&self, name: &EnvironmentName) -> Option<&EnvironmentSection> {
        self.environments.get(self.position(name)? + 1)
    }

    fn position(&self, name: &EnvironmentName) -> Option<usize> {
        self.environments.iter().position(|environment| environment.name == *name)
    }
}

/// `[service]`: what it is and who owns it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSection {
    /// The service's name, unique in this installation.
    pub name: ServiceName,
    /// The team that owns it.
    pub team: TeamName,
    /// Where its code lives: `connection:owner/name`.
    pub repository: RepositoryRef,
    /// The branch whose commits ship.
    #[serde(default = "main_branch")]
    #[schemars(length(min = 1, max = 255))]
    pub branch: String,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// `[ci]`: what must be true of a commit before it ships.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CiSection {
    /// Names of the checks that must be green on the commit. Empty: every check seen must be.
    #[serde(default)]
    pub required: Vec<String>,
    /// How long the way from push to artifact may take.
    #[serde(default)]
    pub critical_path: Option<Period>,
    /// The GitHub Actions workflow that may register artifacts with its own identity (OIDC).
    #[serde(default)]
    pub github: Option<TrustedWorkflow>,
}

/// `[ci.github]`: which workflow may register artifacts by its OIDC token.
///
/// Identified by numbers, because names are recycled when a repository or an owner is renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedWorkflow {
    /// The `repository_id` claim.
    #[schemars(range(min = 1))]
    pub repository_id: u64,
    /// The `repository_owner_id` claim.
    #[schemars(range(min = 1))]
    pub owner_id: u64,
    /// The `workflow_ref` (or, for a reusable workflow, `job_workflow_ref`) claim,
    /// such as `acme/storefront/.github/workflows/ship.yml@refs/heads/main`.
    #[schemars(length(min = 1, max = 1000))]
    pub workflow: String,
}

/// `[[environment]]`: one place where the service runs, and how a change gets there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentSection {
    /// The environment's name, unique in the service.
    pub name: EnvironmentName,
    /// Who starts a promotion into it.
    #[serde(default)]
    pub promote: Promote,
    /// What runs there.
    pub target: Target,
    /// The rollout, weight by weight. Weights rise, and the last one is 100.
    #[serde(default = "all_at_once")]
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// When a rollout takes itself back.
    #[serde(default)]
    pub rollback_when: Thresholds,
    /// What must be true before a promotion starts.
    #[serde(default)]
    pub gates: Gates,
    /// Tags for cost and ownership, at most 50.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 50))]
    pub tags: BTreeMap<String, String>,
}

fn all_at_once() -> Vec<Step> {
    vec![Step { weight: Weight::ALL, bake: Period::ZERO }]
}

/// Who starts a promotion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Promote {
    /// Keelson, as soon as there is a candidate.
    Auto,
    /// Keelson proposes the candidate; it starts when every gate is open.
    #[default]
    Gated,
    /// A person; gates apply all the same.
    Manual,
}

/// One step of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The share of traffic that the new artifact gets, in whole percent.
    #[schemars(extend("minimum" = 1, "maximum" = 100))]
    pub weight: Weight,
    /// How long it is watched at that share.
    #[serde(default)]
    pub bake: Period,
}

/// When a rollout takes itself back. Without any threshold only a process that stops does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// The share of failed requests (answered 5xx, or not at all) that is too much, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub error_rate: Option<f64>,
    /// The 95th percentile of latency that is too much.
    #[serde(default)]
    pub p95: Option<Period>,
    /// How many requests the new artifact must have served before the figures count; 20 unless given.
    #[serde(default)]
    pub minimum_requests: Option<u64>,
}

/// What must be true before a promotion starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gates {
    /// How long the artifact must have run, verified and without interruption, in the environment before.
    /// The first environment has none before it, and no soak.
    #[serde(default)]
    pub soak: Option<Period>,
    /// Who must agree.
    #[serde(default)]
    pub approvals: Option<ApprovalRule>,
    /// When nothing may start but a rollback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub freeze: Vec<Freeze>,
}

/// Who must agree before a promotion starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// How many people.
    #[schemars(range(min = 1, max = 20))]
    pub count: u32,
    /// The team they must belong to. Without one, anybody who may approve there.
    #[serde(default)]
    pub from: Option<TeamName>,
    /// Whether an author, co-author or merger of what ships is refused as approver.
    #[serde(default)]
    pub not_author: bool,
}
