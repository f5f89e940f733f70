//! What must be true before a promotion starts, and the one sentence that says what it waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::change::Author;
use crate::check::Check;
use crate::promotion::{Approval, Promotion};
use crate::{EnvironmentName, Login, PromotionId, TeamName};

/// A gate that is closed, with what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum Unmet {
    /// CI has not said yes.
    Checks {
        /// Still running.
        pending: Vec<String>,
        /// Red.
        failed: Vec<String>,
        /// Required, but not seen on the commit.
        missing: Vec<String>,
    },
    /// The artifact has not been verified in the environment before.
    NotVerified {
        /// That environment.
        environment: EnvironmentName,
    },
    /// The artifact has not run long enough in the environment before.
    Soak {
        /// That environment.
        environment: EnvironmentName,
        /// When it will have, if it goes on running; absent if it runs there no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Too few people have agreed.
    Approvals {
        /// How many have.
        given: u32,
        /// How many it takes.
        needed: u32,
        /// The team they must belong to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<TeamName>,
        /// Whose agreement does not count, because their work ships.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_from: Vec<String>,
    },
    /// The environment is held.
    Held {
        /// Who holds it.
        by: String,
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: String,
    },
    /// Another rollout is under way there.
    Busy {
        /// That rollout.
        promotion: PromotionId,
    },
}

impl Unmet {
    /// When the gate opens by itself, if time alone opens it.
    pub fn opens_at(&self) -> Option<Timestamp> {
        match self {
            Self::Soak { until, .. } => *until,
            Self::Checks { .. }
            | Self::NotVerified { .. }
            | Self::Approvals { .. }
            | Self::Held { .. }
            | Self::Busy { .. } => None,
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
                format!("soaks in {environment} until {}", until.strftime("%Y-%m-%d %H:%M:%SZ"))
            }
            Self::Soak { environment, until: None } => {
                format!(
                    "has not soaked long enough in {environment}, and runs there no more: promote it there again"
                )
            }
            Self::Approvals { given, needed, from, not_from } => {
                let team = from.as_ref().map_or(String::new(), |team| format!(" from {team}"));
                let but = if not_from.is_empty() {
                    String::new()
                } else {
                    format!(", not by {}", not_from.join(", "))
                };
                format!("waits for approval{team}: {given} of {needed}{but}")
            }
            Self::Held { by, reason, .. } => {
                format!("held by {by}: {reason}; resume the environment to go on")
            }
            Self::Busy { promotion } => format!("waits for {promotion}, which is rolling out there"),
        }
    }
}

/// What is known, outside the environment itself, of a release that waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GateFacts {
    /// What CI says of its commit.
    pub checks: Vec<Check>,
    /// How it did in the environment before; `None` when the plan names none.
    pub previous: Option<PreviousStay>,
}

/// How a release did in the environment before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviousStay {
    /// It was never verified there.
    NeverVerified,
    /// It is verified and running there, without interruption, since then.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// It ran there, verified, but no more.
    Gone {
        /// The longest uninterrupted stay.
        longest: crate::Period,
    },
}

/// Every gate outside the environment that is closed for this promotion.
///
/// Soak follows Kargo's rule: it counts from verification, must be uninterrupted, and is the longest of the
/// completed stays and the current one.
pub fn unmet(promotion: &Promotion, facts: &GateFacts, now: Timestamp) -> Vec<Unmet> {
    let checks = checks(&promotion.plan.required_checks, &facts.checks);
    let previous = facts.previous.as_ref().and_then(|stay| previous(promotion, stay, now));
    let approvals = approvals(promotion);
    [checks, previous, approvals].into_iter().flatten().collect()
}

fn checks(required: &[String], seen: &[Check]) -> Option<Unmet> {
    let relevant = |check: &&Check| required.is_empty() || required.contains(&check.name);
    let names = |wanted: fn(&Check) -> bool| -> Vec<String> {
        let mut names: Vec<String> = seen
            .iter()
            .filter(relevant)
            .filter(|check| wanted(check))
            .map(|check| check.name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let pending = names(|check| check.state.is_pending());
    let failed = names(|check| !check.state.is_pending() && !check.state.is_green());
    let missing: Vec<String> =
        required.iter().filter(|name| !seen.iter().any(|check| check.name == **name)).cloned().collect();
    let all_green = pending.is_empty() && failed.is_empty() && missing.is_empty();
    (!all_green).then_some(Unmet::Checks { pending, failed, missing })
}

fn previous(promotion: &Promotion, stay: &PreviousStay, now: Timestamp) -> Option<Unmet> {
    let environment = promotion.plan.previous.clone()?;
    let soak = promotion.plan.gates.soak.unwrap_or_default();
    match *stay {
        PreviousStay::NeverVerified => Some(Unmet::NotVerified { environment }),
        PreviousStay::Running { since } => {
            let until = soak.after(since);
            (until > now).then_some(Unmet::Soak { environment, until: Some(until) })
        }
        PreviousStay::Gone { longest } => {
            (longest < soak).then_some(Unmet::Soak { environment, until: None })
        }
    }
}

fn approvals(promotion: &Promotion) -> Option<Unmet> {
    let rule = promotion.plan.gates.approvals.as_ref()?;
    let given = u32::try_from(promotion.approvals.len()).unwrap_or(u32::MAX);
    if given >= rule.count {
        return None;
    }
    let not_from = if rule.not_author { names(&promotion.authors) } else { Vec::new() };
    Some(Unmet::Approvals { given, needed: rule.count, from: rule.from.clone(), not_from })
}

fn names(authors: &[Author]) -> Vec<String> {
    authors.iter().map(|author| author.login.clone().unwrap_or_else(|| author.name.clone())).collect()
}

/// Somebody who wants to agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Their login.
    pub login: Login,
    /// Their login on the git host, if it differs.
    pub git_login: Option<String>,
    /// Their e-mail addresses.
    pub emails: Vec<String>,
    /// Their teams.
    pub teams: Vec<TeamName>,
}

/// Why somebody's agreement is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnApprover {
    /// The rule wants members of a team.
    #[error("approvals must come from team {0}, and you are not in it")]
    NotInTeam(TeamName),
    /// Their own work ships.
    #[error("your own work ships with this promotion, and its rule wants somebody else's approval")]
    IsAuthor,
    /// They agreed already.
    #[error("you have approved this promotion already")]
    AlreadyApproved,
    /// Nobody needs to agree.
    #[error("this promotion needs no approval")]
    NotNeeded,
}

/// Whether somebody's agreement counts. The server asks it before it takes one, the panel before it offers one.
///
/// # Errors
/// Why it does not count.
pub fn may_approve(promotion: &Promotion, approver: &Approver) -> Result<(), NotAnApprover> {
    let rule = promotion.plan.gates.approvals.as_ref().ok_or(NotAnApprover::NotNeeded)?;
    if promotion.approvals.iter().any(|Approval { by, .. }| *by == approver.login) {
        return Err(NotAnApprover::AlreadyApproved);
    }
    if let Some(team) = rule.from.as_ref().filter(|team| !approver.teams.contains(team)) {
        return Err(NotAnApprover::NotInTeam(team.clone()));
    }
    let git_login = approver.git_login.as_deref().unwrap_or(approver.login.as_str());
    if rule.not_author && promotion.authors.iter().any(|author| author.is(git_login, &approver.emails)) {
        return Err(NotAnApprover::IsAuthor);
    }
    Ok(())
}
