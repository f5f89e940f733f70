//! What CI says of a commit.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which kind of report a check comes from. A name may come from several; each counts on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckSource {
    /// A check run.
    CheckRun,
    /// A job of a workflow.
    WorkflowJob,
    /// A whole workflow.
    WorkflowRun,
    /// A commit status.
    Status,
}

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Waiting for a runner.
    Queued,
    /// Running.
    Running,
    /// Green.
    Passed,
    /// Did not apply: skipped or neutral. As good as green.
    Skipped,
    /// Red: failed, timed out, cancelled, or anything that is not known to be green.
    Failed,
}

impl CheckState {
    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Passed => "green",
            Self::Skipped => "skipped",
            Self::Failed => "red",
        }
    }

    /// Whether the check stands in nobody's way.
    pub fn is_green(self) -> bool {
        matches!(self, Self::Passed | Self::Skipped)
    }

    /// Whether the check has an answer still to come.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// The newest known state of one check on one commit. Name, source and workflow tell it from others of that commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Its name, as the git host shows it.
    pub name: String,
    /// Which kind of report it comes from.
    pub source: CheckSource,
    /// The workflow or app whose job of that name it is, where the host says so: two workflows may both have a `test`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// How far it is.
    pub state: CheckState,
    /// The host's own word for the result, such as `timed_out`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<String>,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    /// When a runner took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// Its page on the git host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Rises with every report of the same check: the host's id of the run, then how far it is.
    ///
    /// A report with a lower order than the one known is late and says nothing new.
    pub order: u64,
}

impl Check {
    /// Whether this report should replace the one known: a newer run, the same run further on, or a later result.
    ///
    /// A total order, so the same reports leave the same state in whatever order they arrive. Of two results that
    /// nothing else tells apart the red one stays.
    pub fn replaces(&self, known: &Self) -> bool {
        let rank = |check: &Self| {
            let progress = match check.state {
                CheckState::Queued => 0,
                CheckState::Running => 1,
                CheckState::Passed | CheckState::Skipped | CheckState::Failed => 2,
            };
            (check.order, check.attempt, progress, check.completed_at, check.state)
        };
        rank(self) > rank(known)
    }
}

/// The same checks, each run once: of a report without its workflow and one of the same run with it, the one that is
/// further on. Reports were kept without before workflows were told apart.
pub fn each_once(checks: Vec<Check>) -> Vec<Check> {
    let is_told_better = |check: &Check| {
        checks.iter().any(|other| {
            let is_same_run =
                (other.source, &other.name, other.order) == (check.source, &check.name, check.order);
            let told_apart = other.workflow.is_some() != check.workflow.is_some();
            let is_better = other.replaces(check) || (other.workflow.is_some() && !check.replaces(other));
            is_same_run && told_apart && is_better
        })
    };
    checks.iter().filter(|check| !is_told_better(check)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn report(order: u64, attempt: u32, state: CheckState, completed_at: Option<i64>) -> Check {
        Check {
            name: "unit".to_owned(),
            source: CheckSource::CheckRun,
            workflow: None,
            state,
            conclusion: None,
            attempt,
            queued_at: None,
            started_at: None,
            completed_at: completed_at.map(|second| Timestamp::from_second(second).unwrap()),
            url: None,
            order,
        }
    }

    #[test]
    fn a_run_that_ends_twice_has_its_later_result() {
        let red = report(1, 1, CheckState::Failed, Some(10));
        let green = report(1, 1, CheckState::Passed, Some(20));
        assert!(green.replaces(&red) && !red.replaces(&green));
        let at_once = report(1, 1, CheckState::Failed, Some(20));
        assert!(at_once.replaces(&green), "when in doubt, red");
    }

    #[test]
    fn a_run_that_is_known_with_and_without_its_workflow_is_one_check() {
        let of = |workflow: &str, order: u64, state: CheckState| Check {
            workflow: Some(workflow.to_owned()).filter(|workflow| !workflow.is_empty()),
            ..report(order, 1, state, None)
        };
        let (queued, passed) = (CheckState::Queued, CheckState::Passed);
        let kept = |checks: &[&Check]| each_once(checks.iter().map(|check| (*check).clone()).collect());
        let (old, new) = (of("", 50, queued), of("CI", 50, passed));
        assert_eq!(kept(&[&old, &new]), std::slice::from_ref(&new));
        assert_eq!(kept(&[&new, &old]), std::slice::from_ref(&new));
        let late = of("CI", 50, queued);
        assert_eq!(kept(&[&of("", 50, passed), &late]), [of("", 50, passed)]);
        assert_eq!(kept(&[&old, &late]), [late]);
        let others = [of("", 51, queued), of("Nightly", 50, passed)];
        assert_eq!(kept(&[&others[0], &new, &others[1]]).len(), 3, "other runs and workflows are others");
    }

    proptest! {
        #[test]
        fn the_same_reports_leave_the_same_state_in_any_order(
            reports in Just(vec![
                report(1, 1, CheckState::Queued, None),
                report(1, 1, CheckState::Running, None),
                report(1, 1, CheckState::Failed, Some(10)),
                report(1, 2, CheckState::Running, None),
                report(1, 2, CheckState::Passed, Some(30)),
                report(2, 1, CheckState::Queued, None),
                report(2, 1, CheckState::Passed, Some(20)),
                report(2, 1, CheckState::Failed, Some(20)),
            ]).prop_shuffle(),
        ) {
            let last = reports.into_iter().reduce(|known, new| if new.replaces(&known) { new } else { known });
            prop_assert_eq!(last, Some(report(2, 1, CheckState::Failed, Some(20))));
        }
    }
}
