//! What is measured, and how in words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// How often a change reaches all users.
    DeploymentFrequency,
    /// How long a commit takes from its author to all users.
    LeadTime,
    /// How long it takes of that once it is on the branch that ships.
    LeadTimeFromMerge,
    /// How many changes had to be taken back.
    ChangeFailRate,
    /// How long users had a release that had to be taken back.
    RecoveryTime,
    /// How many deployments only repaired what an earlier one broke.
    ReworkRate,
}

impl Metric {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::DeploymentFrequency,
        Self::LeadTime,
        Self::LeadTimeFromMerge,
        Self::ChangeFailRate,
        Self::RecoveryTime,
        Self::ReworkRate,
    ];

    /// As it is named in JSON and in queries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => "deployment_frequency",
            Self::LeadTime => "lead_time",
            Self::LeadTimeFromMerge => "lead_time_from_merge",
            Self::ChangeFailRate => "change_fail_rate",
            Self::RecoveryTime => "recovery_time",
            Self::ReworkRate => "rework_rate",
        }
    }

    /// How the figure comes from its rows, in words.
    pub const fn formula(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => {
                "The promotions into the last environment of the manifest that reached 100 % of traffic in the \
                 window, and that number times 7 divided by the window's days. Rollbacks and other environments do \
                 not count."
            }
            Self::LeadTime => {
                "For each commit, the moment its first production promotion reached 100 % of traffic minus the \
                 moment it was committed; the median and the 90th percentile over the commits that arrived in the \
                 window. A commit counts once; the first promotion of all counts too. A commit whose clock is ahead \
                 of its arrival is listed and left out."
            }
            Self::LeadTimeFromMerge => {
                "For each commit, the moment its first production promotion reached 100 % of traffic minus the \
                 moment its pull request was merged, or it was pushed where there was none; the median and the 90th \
                 percentile over the commits that arrived in the window."
            }
            Self::ChangeFailRate => {
                "Of the production promotions that got traffic and reached 100 % or ended in the window, the share \
                 that was rolled back (by itself or by a person), stopped under traffic, or linked to an incident. A \
                 promotion counts once, however many commits or incidents it has. Rollbacks are not promotions of a \
                 change, and a release that never got traffic harmed nobody: neither counts."
            }
            Self::RecoveryTime => {
                "For each failed promotion of the window, from the first traffic it got to the moment a good artifact \
                 had all traffic again (or the linked incident was resolved); the median and the 90th percentile. One \
                 that is not recovered yet is listed and left out."
            }
            Self::ReworkRate => {
                "Of the production promotions that reached 100 % of traffic in the window, the share that repaired \
                 an earlier one: made after a failed promotion got traffic and before the service was back on a good \
                 artifact, or shipping a commit whose title begins with `hotfix` or `Revert`. Both are inferred, and \
                 marked so."
            }
        }
    }
}
