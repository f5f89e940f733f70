//! What a git host is told of a promotion: a status on the commit, and a deployment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::manifest::RepositoryRef;
use crate::promotion::{Outcome, Promotion, State};
use crate::{CommitSha, EnvironmentName, PromotionId, ServiceName};

/// How a commit stands towards an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusState {
    /// It is not there yet, and its way there has not begun.
    Pending,
    /// It is on its way there, or back.
    Running,
    /// It is there, and serves all traffic.
    Success,
    /// It did not come up, or was taken back.
    Failure,
    /// A person stopped it.
    Stopped,
    /// Another took its place before it was there. It can still be promoted, so it is no failure.
    Superseded,
}

/// A status on a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitStatus {
    /// How it stands.
    pub state: StatusState,
    /// Why, in a line of at most 140 characters: GitHub takes no more.
    pub description: String,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Its rollout is under way, or goes back.
    InProgress,
    /// It serves all traffic.
    Success,
    /// It did not come up, or was taken back.
    Failure,
    /// It serves no more, or a person stopped it.
    Inactive,
}

/// How many characters a description has at most.
const LONGEST: usize = 140;

impl CommitStatus {
    /// What a commit's status says while its promotion is where it is.
    pub fn of(promotion: &Promotion) -> Self {
        let to = &promotion.environment;
        let (state, description) = match &promotion.state {
            State::Waiting => (StatusState::Pending, format!("Waits to go to {to}")),
            State::Rolling { .. } | State::Baking { .. } => {
                (StatusState::Running, format!("Is going to {to}"))
            }
            State::Reverting { reason, .. } => {
                (StatusState::Running, format!("Is taken back in {to}: {reason}"))
            }
            State::Finished { outcome, reason, .. } => {
                let because = reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                let told = |text: &str| format!("{text} {to}{because}");
                match outcome {
                    Outcome::Done => (StatusState::Success, format!("Serves all of {to}")),
                    Outcome::Failed => (StatusState::Failure, told("Did not start in")),
                    Outcome::RolledBack => (StatusState::Failure, told("Was rolled back in")),
                    Outcome::Cancelled => (StatusState::Stopped, told("Was stopped on its way to")),
                    Outcome::Superseded => (StatusState::Superseded, told("Was superseded for")),
                }
            }
        };
        Self { state, description: shortened(description) }
    }
}

fn shortened(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    let head: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", head.trim_end())
}

impl DeploymentState {
    /// How far a promotion's deployment is; `None` if its rollout never began.
    pub fn of(promotion: &Promotion) -> Option<Self> {
        match &promotion.state {
            State::Waiting => None,
            State::Rolling { .. } | State::Baking { .. } | State::Reverting { .. } => Some(Self::InProgress),
            State::Finished { .. } if promotion.steps.is_empty() => None,
            State::Finished { outcome, .. } => match outcome {
                Outcome::Done => Some(Self::Success),
                Outcome::Failed | Outcome::RolledBack => Some(Self::Failure),
                Outcome::Cancelled | Outcome::Superseded => Some(Self::Inactive),
            },
        }
    }
}

/// What a git host was told of a promotion: written before anything is told, so that nothing is told twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which promotion.
    pub promotion: PromotionId,
    /// Its service.
    pub service: ServiceName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// Where its commit is.
    pub repository: RepositoryRef,
    /// Its commit.
    pub commit: CommitSha,
    /// The name of the status on the commit.
    pub context: String,
    /// The status that the host has, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CommitStatus>,
    /// Since when a deployment is being made: from then on, one is looked for before another is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploying_since: Option<Timestamp>,
    /// The host's number of the deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// What the host was told of the deployment last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_state: Option<DeploymentState>,
    /// Why the host could not be told, unless it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Report {
    /// What is told of a promotion before anything was told.
    ///
    /// `shares_repository`: whether other services have the same commits, so that the status must name its service.
    pub fn begin(promotion: &Promotion, repository: RepositoryRef, shares_repository: bool) -> Self {
        let (service, environment) = (&promotion.service, &promotion.environment);
        let context = match shares_repository {
            false => format!("keelson/{environment}"),
            true => format!("keelson/{service}/{environment}"),
        };
        Self {
            promotion: promotion.id,
            service: service.clone(),
            environment: environment.clone(),
            repository,
            commit: promotion.release.commit.clone(),
            context,
            status: None,
            deploying_since: None,
            deployment: None,
            deployment_state: None,
            problem: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_fits_what_hosts_take() {
        let long = shortened(format!("Was rolled back in production: {}", "ä".repeat(200)));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with('…'));
        assert_eq!(shortened("short".to_owned()), "short");
    }
}
