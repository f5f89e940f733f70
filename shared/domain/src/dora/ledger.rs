//! The rows of every figure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failures::{Cause, Failure, Link, failures};
use super::{Deployment, Incident, Metric, ShippedCommit, Window, seconds};
use crate::rollout::Release;
use crate::{CommitSha, EnvironmentName, PromotionId};

/// What is known of one environment's deployments, put in order.
pub struct Ledger<'a> {
    deployments: Vec<&'a Deployment>,
    failures: BTreeMap<PromotionId, Failure>,
    incidents: BTreeMap<&'a str, &'a Incident>,
    /// The promotion with which each commit arrived first.
    arrivals: BTreeMap<&'a CommitSha, PromotionId>,
}

/// One thing that a figure looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The promotion.
    pub promotion: PromotionId,
    /// What it brought.
    pub release: Release,
    /// The moment that puts it into the window.
    pub at: Timestamp,
    /// Whether it counts: for a share, among those counted; for a length of time, whether it was measured.
    pub counts: bool,
    /// Why it counts, or why not.
    pub because: String,
    /// How sure that is, where it says that one thing caused another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// The commit, where each commit has a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<ShippedCommit>,
    /// From when its length of time is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// The seconds between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

impl Row {
    fn of(deployment: &Deployment, counts: bool, because: impl Into<String>) -> Self {
        Self {
            promotion: deployment.promotion,
            release: deployment.release.clone(),
            at: deployment.at(),
            counts,
            because: because.into(),
            link: None,
            commit: None,
            from: None,
            to: None,
            seconds: None,
        }
    }

    /// What tells it from every other row of the same figure.
    pub fn key(&self) -> String {
        match &self.commit {
            None => self.promotion.to_string(),
            Some(commit) => format!("{}.{}", self.promotion, commit.sha),
        }
    }
}

impl<'a> Ledger<'a> {
    /// Puts in order what is known of `environment`: anything of another environment, or told twice, is left out.
    pub fn new(
        environment: &EnvironmentName,
        deployments: &'a [Deployment],
        incidents: &'a [Incident],
    ) -> Self {
        let mut seen = BTreeSet::new();
        let here = |one: &&Deployment| one.environment == *environment && seen.insert(one.promotion);
        let mut deployments: Vec<&Deployment> = deployments.iter().filter(here).collect();
        deployments.sort_by_key(|one| (one.at(), one.promotion));
        let mut arrivals = BTreeMap::new();
        for deployment in deployments.iter().filter(|one| one.is_deployment()) {
            for commit in &deployment.commits {
                arrivals.entry(&commit.sha).or_insert(deployment.promotion);
            }
        }
        let failures = failures(&deployments, incidents);
        Self {
            failures: failures.into_iter().map(|failure| (failure.promotion, failure)).collect(),
            incidents: incidents.iter().map(|incident| (incident.id.as_str(), incident)).collect(),
            deployments,
            arrivals,
        }
    }

    /// The first moment of which anything is known.
    pub fn observed_since(&self) -> Option<Timestamp> {
        self.deployments.iter().map(|one| one.created_at).min()
    }

    /// The failure of a change, if it failed.
    pub fn failure_of(&self, promotion: &PromotionId) -> Option<&Failure> {
        self.failures.get(promotion)
    }

    /// Everything the metric looks at in the window, newest first.
    pub fn rows(&self, metric: Metric, window: &Window) -> Vec<Row> {
        let within = self.deployments.iter().rev().copied().filter(|one| window.contains(one.at()));
        match metric {
            Metric::DeploymentFrequency => {
                let deployments = within.filter(|one| one.is_deployment());
                deployments.map(|one| Row::of(one, true, "reached 100 % of traffic")).collect()
            }
            Metric::LeadTime => self.lead_times(within, |commit| Some(commit.committed_at), "committed"),
            Metric::LeadTimeFromMerge => self.lead_times(within, |commit| commit.merged_at, "merged"),
            Metric::ChangeFailRate => {
                within.filter(|one| one.is_change()).map(|one| self.outcome(one)).collect()
            }
            Metric::RecoveryTime => within.filter_map(|one| self.recovery(one)).collect(),
            Metric::ReworkRate => {
                within.filter(|one| one.is_deployment()).map(|one| self.rework(one)).collect()
            }
        }
    }

    /// The commits that arrived with the deployment and never before, each once.
    fn first_arrivals(&self, deployment: &'a Deployment) -> Vec<&'a ShippedCommit> {
        let mut seen = BTreeSet::new();
        let mut first = Vec::new();
        for commit in &deployment.commits {
            if self.arrivals.get(&commit.sha) == Some(&deployment.promotion) && seen.insert(&commit.sha) {
                first.push(commit);
            }
        }
        first
    }

    fn lead_times(
        &self,
        within: impl Iterator<Item = &'a Deployment>,
        start: impl Fn(&ShippedCommit) -> Option<Timestamp>,
        started: &str,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        for deployment in within.filter(|one| one.is_deployment()) {
            for commit in self.first_arrivals(deployment) {
                let from = start(commit);
                let measured = from.and_then(|from| seconds(from, deployment.at()));
                let because = match (from, measured) {
                    (_, Some(_)) => format!("from {started} to 100 % of traffic"),
                    (Some(_), None) => format!("{started} after it reached production: a clock is wrong"),
                    (None, None) => format!("when it was {started} is not known"),
                };
                rows.push(Row {
                    commit: Some(commit.clone()),
                    from,
                    to: Some(deployment.at()),
                    seconds: measured,
                    ..Row::of(deployment, measured.is_some(), because)
                });
            }
        }
        rows
    }

    fn outcome(&self, change: &Deployment) -> Row {
        match self.failure_of(&change.promotion) {
            None => Row::of(change, false, "reached 100 % of traffic and stayed"),
            Some(failure) => Row {
                link: Some(failure.link),
                ..Row::of(change, true, self.sentence(change, &failure.cause))
            },
        }
    }

    fn recovery(&self, change: &Deployment) -> Option<Row> {
        let failure = self.failure_of(&change.promotion)?;
        let measured = failure.recovered_at.and_then(|to| seconds(failure.since, to));
        let what = self.sentence(change, &failure.cause);
        let because = match (failure.recovered_at, measured) {
            (_, Some(_)) => what,
            (Some(_), None) => format!("{what}; it was over before it began: a clock is wrong"),
            (None, None) => format!("{what}; not recovered yet"),
        };
        Some(Row {
            link: Some(failure.link),
            from: Some(failure.since),
            to: failure.recovered_at,
            seconds: measured,
            ..Row::of(change, measured.is_some(), because)
        })
    }

    fn rework(&self, deployment: &Deployment) -> Row {
        let repaired = self.failures.values().find(|failure| {
            failure.promotion != deployment.promotion
                && failure.since <= deployment.created_at
                && failure.recovered_at.is_none_or(|recovered| deployment.created_at < recovered)
        });
        let inferred =
            |because: String| Row { link: Some(Link::Inferred), ..Row::of(deployment, true, because) };
        if let Some(failure) = repaired {
            return inferred(format!("made while users still had {}", failure.promotion));
        }
        match deployment.commits.iter().find(|commit| is_repair(&commit.title)) {
            Some(commit) => inferred(format!("ships {} \"{}\"", commit.sha.short(), commit.title)),
            None => Row::of(deployment, false, "planned, as far as is known"),
        }
    }

    fn sentence(&self, change: &Deployment, cause: &Cause) -> String {
        let because = change.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
        match cause {
            Cause::WentBack => format!("went back by itself{because}"),
            Cause::Stopped => format!("stopped while it had traffic{because}"),
            Cause::RolledBack { by } => {
                let rollback = self.deployments.iter().find(|one| one.promotion == *by);
                let who = match rollback.map(|one| &one.kind) {
                    Some(crate::promotion::Kind::Rollback { by, reason }) => {
                        let why = reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                        format!(" by {}{why}", by.label())
                    }
                    Some(_) | None => String::new(),
                };
                format!("rolled back{who}")
            }
            Cause::Incident { id } => {
                let lasted = self.incidents.get(id.as_str()).is_some_and(|one| one.resolved_at.is_none());
                format!("linked to incident {id}{}", if lasted { ", which lasts" } else { "" })
            }
        }
    }
}

/// Whether a commit's title says that it repairs: a hotfix, a branch of that name merged, or git's own revert.
fn is_repair(title: &str) -> bool {
    let title = title.trim_start().to_ascii_lowercase();
    let merged = title.strip_prefix("merge pull request #").and_then(|rest| rest.split_once('/'));
    title.starts_with("hotfix")
        || title.starts_with("revert \"")
        || merged.is_some_and(|(_, branch)| branch.starts_with("hotfix"))
}
