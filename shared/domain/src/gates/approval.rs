//! Agreement: what it is bound to, whose counts, and who may still give it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Unmet;
use crate::change::Author;
use crate::promotion::Promotion;
use crate::{Digest, Login, TeamName};

/// What people look at when they agree: an artifact in place of what runs, in the way the manifest says.
///
/// As text: `<base>..<artifact>@<revision>`, the digests in hexadecimal, `nothing` where nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Diff {
    /// What runs, and would be replaced.
    pub base: Option<Digest>,
    /// What would run.
    pub artifact: Digest,
    /// The revision of the manifest with which the way it is run last changed.
    pub revision: u64,
}

/// Why a text is not a [`Diff`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name what ships: send the `diff` of the promotion as it was shown")]
pub struct InvalidDiff(String);

/// Where no artifact is.
const NOTHING: &str = "nothing";

impl Diff {
    /// What became different since somebody saw it; `None` if nothing did.
    pub fn changed_since(&self, seen: &Self) -> Option<&'static str> {
        if self.artifact != seen.artifact {
            Some("another artifact would ship")
        } else if self.base != seen.base {
            Some("the environment runs another release by now")
        } else if self.revision != seen.revision {
            Some("the manifest changed how it is run or when")
        } else {
            None
        }
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.base.as_ref().map_or(NOTHING.to_owned(), Digest::hex);
        write!(f, "{base}..{}@{}", self.artifact.hex(), self.revision)
    }
}

impl FromStr for Diff {
    type Err = InvalidDiff;

    fn from_str(given: &str) -> Result<Self, InvalidDiff> {
        let digest = |hex: &str| format!("sha256:{hex}").parse::<Digest>().ok();
        let read = || {
            let (base, rest) = given.split_once("..")?;
            let (artifact, revision) = rest.split_once('@')?;
            let base = if base == NOTHING { None } else { Some(digest(base)?) };
            Some(Self { base, artifact: digest(artifact)?, revision: revision.parse().ok()? })
        };
        read().ok_or_else(|| InvalidDiff(given.chars().take(80).collect()))
    }
}

impl TryFrom<String> for Diff {
    type Error = InvalidDiff;

    fn try_from(given: String) -> Result<Self, InvalidDiff> {
        given.parse()
    }
}

impl From<Diff> for String {
    fn from(diff: Diff) -> Self {
        diff.to_string()
    }
}

/// Somebody agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: Login,
    /// When.
    pub at: Timestamp,
    /// To what. Without it, it counts no more: nobody can tell what was agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<Diff>,
}

impl Approval {
    /// Why it counts no more; `None` if it counts.
    pub fn void(&self, now: &Diff) -> Option<&'static str> {
        match &self.diff {
            None => Some("it names nothing that was looked at"),
            Some(seen) => now.changed_since(seen),
        }
    }
}

/// An agreement that counts no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Whose.
    pub by: Login,
    /// Why.
    pub because: String,
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

/// Whether somebody's agreement counts. The server asks it before it takes one, and for the panel's button.
///
/// # Errors
/// Why it does not count.
pub fn may_approve(promotion: &Promotion, approver: &Approver) -> Result<(), NotAnApprover> {
    let rule = promotion.plan.gates.approvals.as_ref().ok_or(NotAnApprover::NotNeeded)?;
    if given(promotion).any(|approval| approval.by == approver.login) {
        return Err(NotAnApprover::AlreadyApproved);
    }
    if let Some(team) = rule.from.as_ref().filter(|team| !approver.teams.contains(team)) {
        return Err(NotAnApprover::NotInTeam(team.clone()));
    }
    if rule.not_author && is_author(promotion, approver) {
        return Err(NotAnApprover::IsAuthor);
    }
    Ok(())
}

fn is_author(promotion: &Promotion, person: &Approver) -> bool {
    let git_login = person.git_login.as_deref().unwrap_or(person.login.as_str());
    promotion.authors.iter().any(|author| author.is(git_login, &person.emails))
}

/// The agreements that count.
fn given(promotion: &Promotion) -> impl Iterator<Item = &Approval> {
    let diff = promotion.diff();
    promotion.approvals.iter().filter(move |approval| approval.void(&diff).is_none())
}

/// The gate, if too few have agreed. `people` are those who have the right to.
pub(super) fn unmet(promotion: &Promotion, people: &[Approver]) -> Option<Unmet> {
    let rule = promotion.plan.gates.approvals.as_ref()?;
    // Whose work ships may become known after they agreed.
    let own = |login: &Login| people.iter().any(|one| one.login == *login && is_author(promotion, one));
    let counting = given(promotion).filter(|approval| !(rule.not_author && own(&approval.by)));
    let counted = u32::try_from(counting.count()).unwrap_or(u32::MAX);
    if counted >= rule.count {
        return None;
    }
    let diff = promotion.diff();
    let void = promotion.approvals.iter().filter_map(|approval| {
        Some(Void { by: approval.by.clone(), because: approval.void(&diff)?.to_owned() })
    });
    let could = people.iter().filter(|one| may_approve(promotion, one).is_ok());
    Some(Unmet::Approvals {
        given: counted,
        needed: rule.count,
        from: rule.from.clone(),
        not_from: if rule.not_author { names(&promotion.authors) } else { Vec::new() },
        could: could.map(|one| one.login.clone()).collect(),
        void: void.collect(),
    })
}

fn names(authors: &[Author]) -> Vec<String> {
    authors.iter().map(|author| author.login.clone().unwrap_or_else(|| author.name.clone())).collect()
}
