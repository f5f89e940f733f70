//! The five figures of delivery that dora.dev defines, each made of rows that can be looked at.
//!
//! A figure is never computed beside its rows: [`Ledger::rows`] lists what a [`Metric`] looks at and says of each why
//! it counts or not, and [`Ledger::report`] only adds them up.
//! So every number opens its rows, and [`Metric::formula`] says in words how anybody gets it from them again.
//!
//! What other tools get wrong, and is a test here: deployments to staging counted (fourkeys has no filter), a change
//! fail rate above 100 % (fourkeys joins incidents with changes), the first deployment left out (`DevLake` needs one
//! before it), a rollback counted as a deployment, commits counted again when they arrive a second time, and zero
//! where nothing is known.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::promotion::{Kind, Outcome};
use crate::rollout::Release;
use crate::{CommitSha, EnvironmentName, PromotionId, ServiceName};

mod failures;
mod ledger;
mod metric;
mod record;
mod report;
#[cfg(test)]
mod tests;

pub use failures::{Cause, Failure, Link};
pub use ledger::{Ledger, Row};
pub use metric::Metric;
pub use record::MOST_COMMITS;
pub use report::{Frequency, Point, Report};

/// A promotion into production that is over, as the figures need it: kept for good, and small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// The promotion.
    pub promotion: PromotionId,
    /// The service.
    pub service: ServiceName,
    /// Where: the last environment of the manifest when the promotion ended.
    pub environment: EnvironmentName,
    /// What it brought.
    pub release: Release,
    /// What ran there before; for a rollback, what it took back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Release>,
    /// Who asked for it, and whether it was a rollback.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, unless all went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When users first got it; absent if they never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_traffic_at: Option<Timestamp>,
    /// When it had all traffic; absent if it never had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_all_at: Option<Timestamp>,
    /// When traffic was back on what ran before, if it took itself back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Timestamp,
    /// The commits that arrived in production with it for the first time, newest first.
    pub commits: Vec<ShippedCommit>,
    /// Whether those are all; false when the history known did not reach back, or there were more than
    /// [`MOST_COMMITS`].
    pub commits_complete: bool,
}

/// A commit on its way to production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShippedCommit {
    /// The commit.
    pub sha: CommitSha,
    /// The first line of its message, shortened.
    pub title: String,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// When it came to the branch that ships: its pull request's merge, or else its push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<Timestamp>,
    /// The pull request that brought it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<u64>,
}

impl Deployment {
    /// When it counts: once it has all traffic, or else when it was over.
    pub fn at(&self) -> Timestamp {
        self.reached_all_at.unwrap_or(self.finished_at)
    }

    /// Whether it is a change that users got. A rollback is none, and neither is a release that never came up.
    pub fn is_change(&self) -> bool {
        !self.kind.is_rollback() && self.first_traffic_at.is_some()
    }

    /// Whether it is a deployment: a change that had all traffic.
    pub fn is_deployment(&self) -> bool {
        self.is_change() && self.reached_all_at.is_some()
    }
}

/// Something that was wrong for users, as far as the figures need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its identifier.
    pub id: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Until when; absent while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// The promotion that somebody says caused it. Without it, the one live when it began is taken, and marked as
    /// inferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caused_by: Option<PromotionId>,
}

/// A span of time: from its first moment up to, but not including, its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub to: Timestamp,
}

impl Window {
    /// The days up to a moment, of 24 hours each.
    pub fn days(days: u16, to: Timestamp) -> Self {
        Self { from: back(to, days), to }
    }

    /// Whether the moment is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// The span of the same length before it.
    pub fn previous(&self) -> Self {
        let length = self.from.duration_until(self.to);
        Self { from: self.from.checked_sub(length).unwrap_or(Timestamp::MIN), to: self.from }
    }

    /// How long it is, in days.
    pub fn length_in_days(&self) -> f64 {
        self.from.duration_until(self.to).as_secs_f64() / 86_400.0
    }

    /// The span in pieces of so many days, oldest first. The oldest is shorter where the days do not go in evenly.
    pub fn split(&self, days: u16) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut to = self.to;
        while to > self.from && days > 0 {
            let from = back(to, days).max(self.from);
            pieces.push(Self { from, to });
            to = from;
        }
        pieces.reverse();
        pieces
    }
}

fn back(to: Timestamp, days: u16) -> Timestamp {
    to.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}

/// Whole seconds from one moment to a later one; `None` if the later one is earlier.
fn seconds(from: Timestamp, to: Timestamp) -> Option<u64> {
    u64::try_from(from.duration_until(to).as_secs()).ok().filter(|_| from <= to)
}
