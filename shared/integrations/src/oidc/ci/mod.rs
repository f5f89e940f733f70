//! Identity tokens of CI jobs: is it from the trusted issuer, for this installation, and still valid.
//!
//! RS256 is the only algorithm that GitHub and GitLab use, so it is the only one here.
//!
//! A token may be used more than once until it expires, because one job sends the same one with each of its requests;
//! registering an artifact twice is harmless.

use domain::CommitSha;
use domain::ci_identity::CiIdentity;
use jiff::Timestamp;
use serde_json::Value;

mod claims;
#[cfg(test)]
mod tests;

use super::claims::Claims;
use super::issuer::Issuer;
use super::token::{Algorithm, Token};
use super::{BadAddress, Refused};
use claims::{About, GitHubJob, GitLabJob, Job};

/// Events that run with the default branch's rights, but can be made to execute the code of a fork.
const DANGEROUS_EVENTS: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// Why the word of an issuer for a CI job does not count.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// It may execute code that nobody merged.
    #[error("jobs started by `{0}` are not trusted, as they can run code that nobody merged")]
    Event(String),
    /// It runs for a branch that anybody with a right to push may change.
    #[error("the job runs for `{0}`, which is not protected on the git host")]
    Unprotected(String),
}

/// Checks the tokens of one issuer that are meant for one audience.
#[derive(Debug)]
pub struct Verifier {
    audience: String,
    issuer: Issuer,
}

impl Verifier {
    /// A verifier. Nothing is fetched until the first token comes.
    ///
    /// # Errors
    /// If the issuer's address may not be asked: it must be `https://` on the internet, or on this machine.
    pub fn new(issuer: &str, audience: &str) -> Result<Self, BadAddress> {
        Ok(Self { issuer: Issuer::of(issuer)?, audience: audience.to_owned() })
    }

    /// Checks a token, and answers what it proves.
    ///
    /// # Errors
    /// The first reason not to accept it.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<CiIdentity, Refused> {
        let token = Token::parse(token, &[Algorithm::Rs256])?;
        let told = self.issuer.claims(&token, now).await?;
        let claims: Claims = read(&told)?;
        let about: About = read(&told)?;
        claims.check(self.issuer.name(), now)?;
        if !claims.audience.is_exactly(&self.audience) {
            return Err(Refused::Audience(self.audience.clone()));
        }
        check(&about.job)?;
        self.identity(about, claims.expires_at)
    }

    fn identity(&self, about: About, expires_at: Timestamp) -> Result<CiIdentity, Refused> {
        let commit: CommitSha = about.sha.parse().map_err(|error| Refused::Malformed(format!("{error}")))?;
        let issuer = self.issuer.name().to_owned();
        Ok(match about.job {
            Job::GitHub(job) => of_github(job, issuer, commit, expires_at),
            Job::GitLab(job) => of_gitlab(job, issuer, commit, expires_at),
        })
    }
}

fn read<'a, T: serde::Deserialize<'a>>(told: &'a Value) -> Result<T, Refused> {
    T::deserialize(told).map_err(|error| Refused::Malformed(error.to_string()))
}

fn check(job: &Job) -> Result<(), Untrusted> {
    match job {
        Job::GitHub(job) if DANGEROUS_EVENTS.contains(&job.event_name.as_str()) => {
            Err(Untrusted::Event(job.event_name.clone()))
        }
        Job::GitHub(_) => Ok(()),
        Job::GitLab(job) => allowed_by_gitlab(job),
    }
}

/// Of GitLab's pipelines only those that a push to a protected ref started are trusted. The pipeline of a merge request
/// from a fork runs in the fork, and names it as the project; others can be started with variables of one's choice.
fn allowed_by_gitlab(job: &GitLabJob) -> Result<(), Untrusted> {
    if job.pipeline_source != "push" {
        return Err(Untrusted::Event(job.pipeline_source.clone()));
    }
    if !job.ref_protected {
        return Err(Untrusted::Unprotected(job.name.clone()));
    }
    Ok(())
}

fn of_github(job: GitHubJob, issuer: String, commit: CommitSha, expires_at: Timestamp) -> CiIdentity {
    CiIdentity {
        issuer,
        repository: job.repository,
        repository_id: job.repository_id,
        owner_id: job.repository_owner_id,
        git_ref: job.git_ref,
        commit,
        event: job.event_name,
        workflow_ref: job.workflow_ref,
        job_workflow_ref: job.job_workflow_ref,
        run_id: job.run_id,
        run_attempt: job.run_attempt,
        started_by: job.actor,
        expires_at,
    }
}

fn of_gitlab(job: GitLabJob, issuer: String, commit: CommitSha, expires_at: Timestamp) -> CiIdentity {
    let git_ref = match job.ref_type.as_str() {
        "branch" => format!("refs/heads/{}", job.name),
        "tag" => format!("refs/tags/{}", job.name),
        // What it is called elsewhere is no branch that ships.
        other => format!("refs/{other}/{}", job.name),
    };
    CiIdentity {
        issuer,
        repository: job.project_path,
        repository_id: job.project_id,
        owner_id: job.namespace_id,
        git_ref,
        commit,
        event: job.pipeline_source,
        workflow_ref: job.ci_config_ref_uri.unwrap_or_default(),
        job_workflow_ref: None,
        run_id: job.pipeline_id.to_string(),
        run_attempt: 1,
        started_by: job.user_login,
        expires_at,
    }
}
