//! The figures: what their rows add up to.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ledger, Metric, Row, Window};
use crate::figure::{Figure, Share, Spread};

/// How often a change reaches all users.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Frequency {
    /// The deployments in the window.
    pub deployments: usize,
    /// On average in seven days.
    pub per_week: f64,
    /// On how many days (UTC) there was one.
    pub days_with: usize,
}

/// All figures of one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Of which time.
    pub window: Window,
    /// How often a change reaches all users.
    pub deployment_frequency: Figure<Frequency>,
    /// From commit to all users.
    pub lead_time: Figure<Spread>,
    /// From merge to all users.
    pub lead_time_from_merge: Figure<Spread>,
    /// How many changes had to be taken back.
    pub change_fail_rate: Figure<Share>,
    /// From a failed change's first traffic to a good artifact again.
    pub recovery_time: Figure<Spread>,
    /// How many deployments repaired an earlier one.
    pub rework_rate: Figure<Share>,
}

/// What happened in one piece of a window: for a plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Which piece.
    #[serde(flatten)]
    pub window: Window,
    /// Changes that reached all users.
    pub deployments: usize,
    /// Changes that failed.
    pub failed: usize,
    /// Deployments that repaired an earlier one.
    pub rework: usize,
    /// From commit to all users; absent where no commit arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_time: Option<Spread>,
    /// From a failed change's first traffic to a good artifact again; absent where nothing failed and recovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_time: Option<Spread>,
}

impl Ledger<'_> {
    /// Every figure of the window.
    ///
    /// `deployed_before` says whether anything had reached this environment before the window, as far as the ledger
    /// does not know it itself: then no deployment in the window is a frequency of zero, and not a lack of data.
    pub fn report(&self, window: Window, deployed_before: bool) -> Report {
        let ever = deployed_before || self.observed_since().is_some_and(|since| since < window.to);
        let rows = |metric| self.rows(metric, &window);
        let why = |nothing: &'static str| if ever { nothing } else { NEVER };
        let no_commit = why("no commit arrived in this window");
        Report {
            window,
            deployment_frequency: frequency(&rows(Metric::DeploymentFrequency), &window, ever),
            lead_time: spread(&rows(Metric::LeadTime), no_commit),
            lead_time_from_merge: spread(&rows(Metric::LeadTimeFromMerge), no_commit),
            change_fail_rate: share(
                &rows(Metric::ChangeFailRate),
                why("no change got traffic in this window"),
            ),
            recovery_time: spread(&rows(Metric::RecoveryTime), why("nothing failed in this window")),
            rework_rate: share(&rows(Metric::ReworkRate), why("no deployment in this window")),
        }
    }

    /// The window in pieces of so many days, oldest first.
    pub fn points(&self, window: &Window, days: u16) -> Vec<Point> {
        let point = |window: Window| {
            let counted = |metric| self.rows(metric, &window).iter().filter(|row| row.counts).count();
            let measured =
                |metric| Spread::of(self.rows(metric, &window).iter().filter_map(|row| row.seconds));
            Point {
                window,
                deployments: counted(Metric::DeploymentFrequency),
                failed: counted(Metric::ChangeFailRate),
                rework: counted(Metric::ReworkRate),
                lead_time: measured(Metric::LeadTime),
                recovery_time: measured(Metric::RecoveryTime),
            }
        };
        window.split(days).into_iter().map(point).collect()
    }
}

const NEVER: &str = "nothing has reached production yet";

fn frequency(rows: &[Row], window: &Window, ever: bool) -> Figure<Frequency> {
    let days: BTreeSet<_> = rows.iter().map(|row| row.at.to_zoned(TimeZone::UTC).date()).collect();
    let per_week = rows.len() as f64 * 7.0 / window.length_in_days();
    let value = Frequency { deployments: rows.len(), per_week, days_with: days.len() };
    Figure::new(ever.then_some(value), NEVER, rows.len(), 0)
}

fn spread(rows: &[Row], nothing: &str) -> Figure<Spread> {
    let left_out = rows.iter().filter(|row| !row.counts).count();
    let value = Spread::of(rows.iter().filter_map(|row| row.seconds));
    let nothing = if rows.is_empty() { nothing } else { "none of the rows could be measured yet" };
    Figure::new(value, nothing, rows.len(), left_out)
}

fn share(rows: &[Row], nothing: &str) -> Figure<Share> {
    Figure::new(Share::of(rows.iter().map(|row| row.counts)), nothing, rows.len(), 0)
}
