//! Whether an environment is healthy: "can serve requests", not "a process runs".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::{Measured, Observation, Observed, Verdict, Watch, judge, percent};
use crate::drift::Drift;
use crate::lane::Running;
use crate::manifest::Thresholds;
use crate::rollout::{Condition, TargetStatus};

/// How well something is. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// It serves requests.
    Healthy,
    /// Nothing runs there yet.
    Empty,
    /// It is coming up.
    Starting,
    /// Nobody can tell.
    Unknown,
    /// It serves requests, but what runs is not what was promoted.
    Drifted,
    /// It does not serve, or serves badly.
    Unhealthy,
}

/// How well something is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// The word.
    pub state: HealthState,
    /// The reason.
    pub reason: String,
}

impl Health {
    fn new(state: HealthState, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }
}

/// How well an environment is, by what runs, what the target says of it, and what users got in the last minutes.
pub fn of_environment(
    running: Option<&Running>,
    target: Option<&TargetStatus>,
    recent: Option<&Measured>,
    thresholds: &Thresholds,
    drift: Option<&Drift>,
) -> Health {
    let Some(running) = running else {
        return Health::new(HealthState::Empty, "nothing has been deployed here yet");
    };
    let Some(target) = target else {
        return Health::new(HealthState::Unknown, "the deploy target does not answer");
    };
    match target.release(&running.release.artifact).map(|release| &release.condition) {
        None => {
            let what = running.release.artifact.short();
            Health::new(
                HealthState::Unhealthy,
                format!("{what} should run here, but the target does not have it"),
            )
        }
        Some(Condition::Exited { report }) => Health::new(HealthState::Unhealthy, report.summary.clone()),
        Some(Condition::Starting) => Health::new(HealthState::Starting, "it is starting and not ready yet"),
        Some(Condition::Ready | Condition::Draining) => match (served(recent, thresholds), drift) {
            (Health { state: HealthState::Healthy, .. }, Some(drift)) => {
                Health::new(HealthState::Drifted, drift.sentence())
            }
            (served, _) => served,
        },
    }
}

fn served(recent: Option<&Measured>, thresholds: &Thresholds) -> Health {
    let Some(recent) = recent.filter(|recent| recent.requests > 0) else {
        return Health::new(HealthState::Healthy, "ready; no requests in the last five minutes");
    };
    let observation = Observation { new: Observed::from(*recent), old: None };
    match judge(thresholds, &Ok(observation), Watch::ONCE).verdict {
        Verdict::Fail { reason } => Health::new(HealthState::Unhealthy, reason),
        Verdict::Pass | Verdict::NotEnoughData { .. } | Verdict::CouldNotMeasure { .. } => {
            Health::new(HealthState::Healthy, serving(recent, thresholds))
        }
    }
}

/// What is right with an environment that serves. Without a limit to errors nothing says that there are too many, so
/// "healthy" must not read as "few errors".
fn serving(recent: &Measured, thresholds: &Thresholds) -> String {
    match (thresholds.error_rate, recent.error_share()) {
        (None, Some(share)) if recent.errors > 0 => {
            let share = percent(share);
            format!("ready; {share} of requests fail, and no `rollback_when` says how many are too many")
        }
        (None | Some(_), None | Some(_)) => "ready, and serving within its thresholds".to_owned(),
    }
}

/// The worst of several, with its reason; healthy if there are none.
pub fn worst(all: impl IntoIterator<Item = Health>) -> Health {
    let healthy = Health::new(HealthState::Healthy, "everything that runs serves requests");
    let mut worst = healthy;
    for one in all {
        // An environment nobody has deployed to is no reason to worry.
        if one.state > worst.state && one.state != HealthState::Empty {
            worst = one;
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(requests: u64, errors: u64) -> Measured {
        Measured { requests, errors, ..Measured::default() }
    }

    #[test]
    fn errors_that_no_threshold_limits_are_told_beside_healthy() {
        let unlimited = Thresholds::default();
        let health = served(Some(&measured(1000, 89)), &unlimited);
        assert_eq!(health.state, HealthState::Healthy);
        assert_eq!(
            health.reason,
            "ready; 8.9 % of requests fail, and no `rollback_when` says how many are too many"
        );
        let health = served(Some(&measured(1000, 0)), &unlimited);
        assert_eq!(health.reason, "ready, and serving within its thresholds");
    }

    #[test]
    fn errors_beyond_the_threshold_are_unhealthy_and_few_requests_are_not_judged() {
        let limited = Thresholds { error_rate: Some(0.05), ..Thresholds::default() };
        assert_eq!(served(Some(&measured(1000, 89)), &limited).state, HealthState::Unhealthy);
        assert_eq!(served(Some(&measured(1000, 1)), &limited).state, HealthState::Healthy);
        assert_eq!(served(Some(&measured(5, 1)), &limited).state, HealthState::Healthy);
        let health = served(None, &limited);
        assert_eq!(health.reason, "ready; no requests in the last five minutes");
    }
}
