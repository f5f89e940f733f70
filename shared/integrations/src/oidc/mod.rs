//! Identity tokens of CI jobs (OpenID Connect): is it from the trusted issuer, for this installation, and still valid.
//!
//! RS256 is the only algorithm the issuers use, so it is the only one here: `ring`, which TLS brings anyway, checks it
//! in one call. The crate `jsonwebtoken` would bring either the `rsa` crate, whose timing leak has no fix
//! (RUSTSEC-2023-0071), or a second cryptography library written in C, to offer a choice of algorithms that must not
//! be a choice.
//!
//! A token may be used more than once until it expires, because one job sends the same one with each of its requests;
//! registering an artifact twice is harmless.

use domain::CommitSha;
use domain::ci_identity::CiIdentity;
use jiff::{SignedDuration, Timestamp};

mod claims;
mod keys;
#[cfg(test)]
mod tests;
mod token;

pub use crate::outgoing::{BadAddress, Unreachable};
use claims::{Claims, GitHubJob, GitLabJob, Job};
use keys::Keys;
use token::Token;

/// How far the issuer's clock may be from this one.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Events that run with the default branch's rights, but can be made to execute the code of a fork.
const DANGEROUS_EVENTS: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Not a token, or one without what the issuer's tokens have.
    #[error("it is not an identity token of a CI job: {0}")]
    Malformed(String),
    /// Not RS256. Whoever sends a token has no say in how it is checked.
    #[error("it is signed by `{0}`, and only RS256 is accepted")]
    Algorithm(String),
    /// The issuer publishes no such key.
    #[error("the issuer has no key `{0}`")]
    UnknownKey(String),
    /// Not signed by the issuer, or changed since.
    #[error("its signature is wrong")]
    Signature,
    /// From somebody else.
    #[error("its issuer is `{0}`, which is not trusted")]
    Issuer(String),
    /// For somebody else, who could have kept it and sent it here.
    #[error("its audience is not exactly `{0}`")]
    Audience(String),
    /// Too old.
    #[error("it expired at {0}")]
    Expired(Timestamp),
    /// Too early.
    #[error("it is not valid before {0}")]
    NotYetValid(Timestamp),
    /// Of a job that may execute code that nobody merged.
    #[error("jobs started by `{0}` are not trusted, as they can run code that nobody merged")]
    Event(String),
    /// Of a branch that anybody with a right to push may change.
    #[error("the job runs for `{0}`, which is not protected on the git host")]
    Unprotected(String),
    /// The keys cannot be fetched, so nothing is known of the token. Trying again later may help.
    #[error("the issuer's keys cannot be fetched: {0}")]
    IssuerUnreachable(#[source] Unreachable),
}

impl Refused {
    /// Whether the same token may be accepted later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::IssuerUnreachable(_))
    }
}

/// Checks the tokens of one issuer that are meant for one audience.
#[derive(Debug)]
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: Keys,
}

impl Verifier {
    /// A verifier. Nothing is fetched until the first token comes.
    ///
    /// # Errors
    /// If the issuer's address may not be asked: it must be `https://` on the internet, or on this machine.
    pub fn new(issuer: &str, audience: &str) -> Result<Self, BadAddress> {
        let issuer = issuer.trim_end_matches('/').to_owned();
        Ok(Self { keys: Keys::of(&issuer)?, issuer, audience: audience.to_owned() })
    }

    /// Checks a token, and answers what it proves.
    ///
    /// # Errors
    /// The first reason not to accept it.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<CiIdentity, Refused> {
        let token = Token::parse(token)?;
        let key = self.keys.find(&token.key_id, now).await?;
        let claims = token.verified_claims(&key)?;
        self.check(&claims, now)?;
        self.identity(claims)
    }

    fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), Refused> {
        if claims.issuer.trim_end_matches('/') != self.issuer {
            return Err(Refused::Issuer(claims.issuer.chars().take(200).collect()));
        }
        if !claims.audience.is_exactly(&self.audience) {
            return Err(Refused::Audience(self.audience.clone()));
        }
        if now >= later(claims.expires_at) {
            return Err(Refused::Expired(claims.expires_at));
        }
        if let Some(start) = claims.not_before.filter(|start| *start > later(now)) {
            return Err(Refused::NotYetValid(start));
        }
        match &claims.job {
            Job::GitHub(job) if DANGEROUS_EVENTS.contains(&job.event_name.as_str()) => {
                Err(Refused::Event(job.event_name.clone()))
            }
            Job::GitHub(_) => Ok(()),
            Job::GitLab(job) => allowed_by_gitlab(job),
        }
    }

    fn identity(&self, claims: Claims) -> Result<CiIdentity, Refused> {
        let commit: CommitSha = claims.sha.parse().map_err(|error| Refused::Malformed(format!("{error}")))?;
        let (issuer, expires_at) = (self.issuer.clone(), claims.expires_at);
        Ok(match claims.job {
            Job::GitHub(job) => of_github(job, issuer, commit, expires_at),
            Job::GitLab(job) => of_gitlab(job, issuer, commit, expires_at),
        })
    }
}

/// Of GitLab's pipelines only those that a push to a protected ref started are trusted. The pipeline of a merge request
/// from a fork runs in the fork, and names it as the project; others can be started with variables of one's choice.
fn allowed_by_gitlab(job: &GitLabJob) -> Result<(), Refused> {
    if job.pipeline_source != "push" {
        return Err(Refused::Event(job.pipeline_source.clone()));
    }
    if !job.ref_protected {
        return Err(Refused::Unprotected(job.name.clone()));
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

fn later(at: Timestamp) -> Timestamp {
    at.saturating_add(LEEWAY).unwrap_or(Timestamp::MAX)
}
