//! A CI job that says who it is with a token of its git host (OIDC), and what it may register.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CommitSha;
use crate::access::Actor;
use crate::manifest::TrustedWorkflow;

/// What a git host vouches for about one CI job. Only made from a token whose signature was verified.
///
/// The `sub` claim is not here: its form differs between repositories and can be customized, so nothing may
/// depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiIdentity {
    /// Who vouches: the issuer's address.
    pub issuer: String,
    /// The repository's full name, such as `acme/storefront`. For people: names are recycled.
    pub repository: String,
    /// The repository's number, which is never recycled.
    pub repository_id: u64,
    /// The number of the repository's owner.
    pub owner_id: u64,
    /// What the job runs for, such as `refs/heads/main`.
    pub git_ref: String,
    /// The commit the job runs for.
    pub commit: CommitSha,
    /// What started the workflow, such as `push`.
    pub event: String,
    /// The workflow and the ref it was read from: `acme/storefront/.github/workflows/ship.yml@refs/heads/main`.
    pub workflow_ref: String,
    /// The same of the reusable workflow that the job belongs to, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_workflow_ref: Option<String>,
    /// The run's number on the host.
    pub run_id: String,
    /// Which try of the run, from 1.
    pub run_attempt: u32,
    /// Who started it there.
    pub started_by: String,
    /// When the token stops being valid.
    pub expires_at: Timestamp,
}

impl CiIdentity {
    /// The job as the author of what it does.
    pub fn actor(&self) -> Actor {
        Actor::Workflow {
            repository: self.repository.clone(),
            run_id: self.run_id.clone(),
            started_by: self.started_by.clone(),
        }
    }
}

/// Events whose workflows are read from a branch of the repository and run code of that branch.
///
/// `pull_request_target`, `workflow_run` and `issue_comment` run with the default branch's ref too, but can be made
/// to execute the code of a fork.
pub const TRUSTED_EVENTS: [&str; 4] = ["push", "workflow_dispatch", "release", "merge_group"];

/// Why a CI job may not register an artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another repository, or one of that name that belonged to somebody else.
    #[error(
        "the job runs in repository {repository_id} of owner {owner_id} ({name}), which is not the service's repository"
    )]
    Repository {
        /// The name, for people.
        name: String,
        /// The repository's number.
        repository_id: u64,
        /// Its owner's number.
        owner_id: u64,
    },
    /// An event that may run code that nobody merged.
    #[error("jobs started by `{0}` are not trusted, as they can run code that nobody merged")]
    Event(String),
    /// Not the branch that ships.
    #[error("the job runs for `{actual}`, but only `{expected}` ships")]
    Ref {
        /// The job's.
        actual: String,
        /// The service's branch.
        expected: String,
    },
    /// Not the workflow that the service's manifest names.
    #[error("the job belongs to the workflow `{actual}`, not to `{expected}`")]
    Workflow {
        /// The job's.
        actual: String,
        /// The manifest's.
        expected: String,
    },
    /// Another commit than the job's own.
    #[error("the job runs for commit {actual}, and cannot speak for {claimed}")]
    Commit {
        /// The job's.
        actual: CommitSha,
        /// What it says it built.
        claimed: CommitSha,
    },
}

/// Whether a CI job may register what it built from `commit`, for a service that ships from `branch` and trusts
/// that one workflow.
///
/// # Errors
/// The first rule that the job breaks.
pub fn ci_identity_allows(
    trusted: &TrustedWorkflow,
    branch: &str,
    identity: &CiIdentity,
    commit: &CommitSha,
) -> Result<(), Refusal> {
    if (identity.repository_id, identity.owner_id) != (trusted.repository_id, trusted.owner_id) {
        return Err(Refusal::Repository {
            name: identity.repository.clone(),
            repository_id: identity.repository_id,
            owner_id: identity.owner_id,
        });
    }
    if !TRUSTED_EVENTS.contains(&identity.event.as_str()) {
        return Err(Refusal::Event(identity.event.clone()));
    }
    let expected = format!("refs/heads/{branch}");
    if identity.git_ref != expected {
        return Err(Refusal::Ref { actual: identity.git_ref.clone(), expected });
    }
    let is_pinned =
        [Some(&identity.workflow_ref), identity.job_workflow_ref.as_ref()].contains(&Some(&trusted.workflow));
    if !is_pinned {
        return Err(Refusal::Workflow {
            actual: identity.workflow_ref.clone(),
            expected: trusted.workflow.clone(),
        });
    }
    if identity.commit != *commit {
        return Err(Refusal::Commit { actual: identity.commit.clone(), claimed: commit.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIP: &str = "acme/storefront/.github/workflows/ship.yml@refs/heads/main";

    fn sha(n: u8) -> CommitSha {
        format!("{n:040x}").parse().unwrap()
    }

    fn job() -> CiIdentity {
        CiIdentity {
            issuer: "https://token.actions.githubusercontent.com".to_owned(),
            repository: "acme/storefront".to_owned(),
            repository_id: 74,
            owner_id: 65,
            git_ref: "refs/heads/main".to_owned(),
            commit: sha(1),
            event: "push".to_owned(),
            workflow_ref: SHIP.to_owned(),
            job_workflow_ref: None,
            run_id: "1234".to_owned(),
            run_attempt: 1,
            started_by: "ada".to_owned(),
            expires_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[track_caller]
    fn check(job: &CiIdentity, expected: Result<(), Refusal>) {
        let trusted = TrustedWorkflow { repository_id: 74, owner_id: 65, workflow: SHIP.to_owned() };
        assert_eq!(ci_identity_allows(&trusted, "main", job, &sha(1)), expected);
    }

    #[test]
    fn the_pinned_workflow_of_the_branch_that_ships_may_register_its_own_commit() {
        for event in TRUSTED_EVENTS {
            check(&CiIdentity { event: event.to_owned(), ..job() }, Ok(()));
        }
    }

    #[test]
    fn a_recycled_repository_name_is_not_the_repository() {
        let refusal = |repository_id, owner_id| {
            Err(Refusal::Repository { name: "acme/storefront".to_owned(), repository_id, owner_id })
        };
        check(&CiIdentity { repository_id: 75, ..job() }, refusal(75, 65));
        check(&CiIdentity { owner_id: 66, ..job() }, refusal(74, 66));
    }

    #[test]
    fn events_that_can_run_a_forks_code_are_refused_although_their_ref_is_trusted() {
        for event in ["pull_request_target", "workflow_run", "issue_comment", "pull_request", "schedule", ""]
        {
            check(&CiIdentity { event: event.to_owned(), ..job() }, Err(Refusal::Event(event.to_owned())));
        }
    }

    #[test]
    fn other_branches_and_tags_of_the_same_name_do_not_ship() {
        for git_ref in ["refs/heads/main2", "refs/tags/main", "main", "refs/pull/1/merge"] {
            let refusal = Refusal::Ref { actual: git_ref.to_owned(), expected: "refs/heads/main".to_owned() };
            check(&CiIdentity { git_ref: git_ref.to_owned(), ..job() }, Err(refusal));
        }
    }

    #[test]
    fn only_the_pinned_workflow_is_trusted_whether_it_runs_itself_or_is_called() {
        let other = "acme/storefront/.github/workflows/other.yml@refs/heads/main";
        let refusal = Refusal::Workflow { actual: other.to_owned(), expected: SHIP.to_owned() };
        let elsewhere = CiIdentity { workflow_ref: other.to_owned(), ..job() };
        check(&elsewhere, Err(refusal));
        check(&CiIdentity { job_workflow_ref: Some(SHIP.to_owned()), ..elsewhere }, Ok(()));
    }

    #[test]
    fn a_job_speaks_for_its_own_commit_only() {
        let refusal = Refusal::Commit { actual: sha(2), claimed: sha(1) };
        check(&CiIdentity { commit: sha(2), ..job() }, Err(refusal));
    }
}
