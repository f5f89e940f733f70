//! What a closed gate means: when it opens, whether an emergency may pass it, and one sentence for people.

use jiff::Timestamp;

use super::{Unmet, Void};
use crate::Login;

/// How many names a sentence lists.
const MOST_NAMES: usize = 5;

impl Unmet {
    /// When the gate opens by itself, if time alone opens it.
    pub fn opens_at(&self) -> Option<Timestamp> {
        match self {
            Self::Soak { until, .. } | Self::Frozen { until, .. } | Self::Locked { until, .. } => *until,
            Self::Checks { .. }
            | Self::NotVerified { .. }
            | Self::Approvals { .. }
            | Self::TakenBack { .. }
            | Self::Unhealthy { .. }
            | Self::Train { .. }
            | Self::Held { .. }
            | Self::Drifted { .. }
            | Self::Busy { .. } => None,
        }
    }

    /// Who could open it.
    pub fn people(&self) -> &[Login] {
        match self {
            Self::Approvals { could, .. } => could,
            Self::Checks { .. }
            | Self::NotVerified { .. }
            | Self::Soak { .. }
            | Self::TakenBack { .. }
            | Self::Unhealthy { .. }
            | Self::Frozen { .. }
            | Self::Locked { .. }
            | Self::Train { .. }
            | Self::Held { .. }
            | Self::Drifted { .. }
            | Self::Busy { .. } => &[],
        }
    }

    /// Whether two people may pass it in an emergency: every rule, but neither another rollout under way, nor the
    /// order of a train, nor what runs there not being what was promoted.
    pub fn can_be_overridden(&self) -> bool {
        match self {
            Self::Checks { .. }
            | Self::NotVerified { .. }
            | Self::Soak { .. }
            | Self::Approvals { .. }
            | Self::TakenBack { .. }
            | Self::Unhealthy { .. }
            | Self::Frozen { .. }
            | Self::Locked { .. }
            | Self::Held { .. } => true,
            Self::Train { .. } | Self::Drifted { .. } | Self::Busy { .. } => false,
        }
    }

    /// One sentence for people: what the promotion waits for.
    pub fn sentence(&self) -> String {
        match self {
            Self::Checks { pending, failed, missing } => {
                let part = |word: &str, names: &[String]| {
                    (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
                };
                let parts = [part("red:", failed), part("running:", pending), part("not seen yet:", missing)];
                format!(
                    "waits for green checks ({})",
                    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
                )
            }
            Self::NotVerified { environment } => format!("waits until it is verified in {environment}"),
            Self::Soak { environment, until: Some(until) } => {
                format!("soaks in {environment} until {}", moment(*until))
            }
            Self::Soak { environment, until: None } => {
                format!(
                    "has not soaked long enough in {environment}, and runs there no more: promote it there again"
                )
            }
            Self::Approvals { given, needed, from, not_from, could, void } => {
                let team = from.as_ref().map_or(String::new(), |team| format!(" from {team}"));
                let but = if not_from.is_empty() {
                    String::new()
                } else {
                    format!(", not by {}", not_from.join(", "))
                };
                format!("waits for approval{team}: {given} of {needed}{but}{}{}", people(could), voids(void))
            }
            Self::TakenBack { environment, reason } => {
                format!("was taken back in {environment} ({reason}): promote it there again, or pick another")
            }
            Self::Unhealthy { environment, reason } => {
                format!("waits until {environment} is healthy: {reason}")
            }
            Self::Frozen { until, local, reason } => {
                let why = reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                match (until, local) {
                    (Some(until), Some(local)) => format!("frozen until {local} ({}){why}", moment(*until)),
                    (Some(until), None) => format!("frozen until {}{why}", moment(*until)),
                    (None, _) => {
                        format!("frozen{why}; no end is in sight: change the windows in keelson.toml")
                    }
                }
            }
            Self::Locked { by, reason, until, .. } => {
                let until = until
                    .map_or(" until they unlock it".to_owned(), |until| format!(" until {}", moment(until)));
                format!("locked by {by}{until}: {reason}")
            }
            Self::Train { train, reason } => format!("waits for train {train}: {reason}"),
            Self::Held { by, reason, .. } => {
                format!("held by {by}: {reason}; resume the environment to go on")
            }
            Self::Drifted { drift } => {
                format!("blocked, because {}; to resolve it, {}", drift.sentence(), drift.remedy())
            }
            Self::Busy { promotion } => format!("waits for {promotion}, which is rolling out there"),
        }
    }
}

/// A moment as sentences show it: to the second, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn people(could: &[Login]) -> String {
    let named: Vec<&str> = could.iter().take(MOST_NAMES).map(Login::as_str).collect();
    match (named.as_slice(), could.len().saturating_sub(MOST_NAMES)) {
        ([], _) => String::new(),
        (named, 0) => format!("; {} could", named.join(", ")),
        (named, more) => format!("; {} and {more} more could", named.join(", ")),
    }
}

fn voids(void: &[Void]) -> String {
    let one = |Void { by, because }: &Void| format!("; {by}'s approval is void, {because}");
    void.iter().map(one).collect()
}
