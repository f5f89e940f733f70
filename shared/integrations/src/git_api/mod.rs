//! Asking a git host, beside being told by it: where a branch is, which commits lie between two, which webhooks did
//! not arrive; and telling it what became of a commit.
//!
//! One client for each kind of host, over the only way out that this crate has. An address is the connection's; a
//! token is given with each request, is never a part of an address, and is in no error.

use domain::CommitSha;
use domain::change::Commit;
use domain::connection::HostKind;
use domain::report::{CommitStatus, DeploymentState};
use jiff::Timestamp;

use crate::outgoing::Outgoing;

mod bitbucket;
mod commit;
mod gitea;
mod github;
mod gitlab;
mod request;
mod trouble;

pub use crate::outgoing::BadAddress;
pub use trouble::ApiError;

use bitbucket::Bitbucket;
use gitea::Gitea;
use github::GitHub;
use gitlab::GitLab;

/// How many pages of a list are read at most.
const MOST_PAGES: u32 = 10;
/// How many entries a page has.
const PAGE: u32 = 100;

/// The API of one git host.
#[derive(Debug, Clone)]
pub enum GitApi {
    /// GitHub, or a GitHub Enterprise server.
    GitHub(GitHub),
    /// GitLab.
    GitLab(GitLab),
    /// Gitea, or Forgejo.
    Gitea(Gitea),
    /// Bitbucket Cloud.
    Bitbucket(Bitbucket),
}

/// A token, and the repository it is used for.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    /// The token. For Bitbucket it may be `user:password`.
    pub token: &'a str,
    /// The repository's full name on the host.
    pub repository: &'a str,
}

/// Where a branch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// Where it was when the host's mark was noted.
    Unchanged,
    /// There.
    At {
        /// Its newest commit.
        commit: CommitSha,
        /// The host's mark of this answer.
        etag: Option<String>,
    },
}

/// A commit, and the commits it was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The commit.
    pub commit: Commit,
    /// What it was made on; the first is the branch, others were merged.
    pub parents: Vec<CommitSha>,
}

/// The commits between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// The commits, oldest first.
    pub commits: Vec<Commit>,
    /// Whether these are all. If not, the oldest are missing.
    pub complete: bool,
}

/// A webhook delivery that failed, as the host lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDelivery {
    /// What tells it from others, whenever it is made again: as the webhook itself has it.
    pub id: String,
    /// The host's number of this attempt.
    pub attempt: String,
    /// The host's word for the kind of event.
    pub event: String,
    /// When it was attempted, if the host says so.
    pub at: Option<Timestamp>,
}

/// The deliveries that failed since a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedDeliveries {
    /// Those that failed, as the host lists them.
    pub failed: Vec<FailedDelivery>,
    /// When the newest of those listed was made, failed or not.
    pub newest_at: Option<Timestamp>,
    /// Whether the list was read back to that moment.
    pub complete: bool,
}

impl FailedDeliveries {
    /// Adds a page of deliveries, each with whether it failed; answers whether it reaches back to before `since`.
    fn note(&mut self, page: impl IntoIterator<Item = (FailedDelivery, bool)>, since: Timestamp) -> bool {
        let mut is_behind = false;
        for (delivery, has_failed) in page {
            let is_before = delivery.at.is_some_and(|at| at < since);
            self.newest_at = self.newest_at.max(delivery.at);
            is_behind |= is_before;
            if has_failed && !is_before {
                self.failed.push(delivery);
            }
        }
        is_behind
    }
}

/// A status to set on a commit.
#[derive(Debug, Clone, Copy)]
pub struct StatusToSet<'a> {
    /// The commit.
    pub commit: &'a CommitSha,
    /// The status's name.
    pub context: &'a str,
    /// What it says.
    pub status: &'a CommitStatus,
    /// Where more is told.
    pub target_url: &'a str,
}

/// A deployment to make.
#[derive(Debug, Clone, Copy)]
pub struct NewDeployment<'a> {
    /// Keelson's own id of it.
    pub promotion: &'a str,
    /// The commit.
    pub commit: &'a CommitSha,
    /// The branch that the commit is on.
    pub branch: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// Whether that is what users see.
    pub is_production: bool,
    /// In a line.
    pub description: &'a str,
    /// Since when it is being made: one that is older is another.
    pub since: Timestamp,
}

/// What became of a deployment.
#[derive(Debug, Clone, Copy)]
pub struct DeploymentStatus<'a> {
    /// How far it is.
    pub state: DeploymentState,
    /// The environment.
    pub environment: &'a str,
    /// In a line.
    pub description: &'a str,
    /// Where more is told.
    pub log_url: &'a str,
}

/// Whether a kind of host lists deliveries that failed, and makes them again when asked.
pub const fn lists_deliveries(kind: HostKind) -> bool {
    match kind {
        HostKind::GitHub | HostKind::GitLab => true,
        HostKind::Gitea | HostKind::Bitbucket => false,
    }
}

/// Whether a kind of host is told of deployments, beside statuses of commits.
pub const fn takes_deployments(kind: HostKind) -> bool {
    match kind {
        HostKind::GitHub | HostKind::GitLab => true,
        HostKind::Gitea | HostKind::Bitbucket => false,
    }
}

/// Whether a kind of host must be told that a deployment serves no more; others see that for themselves.
pub const fn retires_deployments(kind: HostKind) -> bool {
    match kind {
        HostKind::GitHub => true,
        HostKind::GitLab | HostKind::Gitea | HostKind::Bitbucket => false,
    }
}

/// Where the API of a kind of host usually is; `None` where everybody has a server of their own.
pub const fn usual_url(kind: HostKind) -> Option<&'static str> {
    match kind {
        HostKind::GitHub => Some("https://api.github.com"),
        HostKind::GitLab => Some("https://gitlab.com/api/v4"),
        HostKind::Bitbucket => Some("https://api.bitbucket.org/2.0"),
        HostKind::Gitea => None,
    }
}

impl GitApi {
    /// The API of a host at that address.
    ///
    /// # Errors
    /// If the address may not be asked: not encrypted, or inside a network.
    pub fn at(kind: HostKind, url: &str) -> Result<Self, BadAddress> {
        let outgoing = Outgoing::to(url.trim_end_matches('/'))?;
        Ok(match kind {
            HostKind::GitHub => Self::GitHub(GitHub::new(outgoing)),
            HostKind::GitLab => Self::GitLab(GitLab::new(outgoing)),
            HostKind::Gitea => Self::Gitea(Gitea::new(outgoing)),
            HostKind::Bitbucket => Self::Bitbucket(Bitbucket::new(outgoing)),
        })
    }

    /// Where a branch is. With the mark of an earlier answer it is cheap to learn that nothing changed.
    ///
    /// # Errors
    /// Why the host did not say.
    pub async fn head(&self, access: Access<'_>, branch: &str, etag: Option<&str>) -> Result<Head, ApiError> {
        match self {
            Self::GitHub(host) => host.head(access, branch, etag).await,
            Self::GitLab(host) => host.head(access, branch, etag).await,
            Self::Gitea(host) => host.head(access, branch, etag).await,
            Self::Bitbucket(host) => host.head(access, branch, etag).await,
        }
    }

    /// A commit, and what it was made on.
    ///
    /// # Errors
    /// Why the host did not say.
    pub async fn commit(&self, access: Access<'_>, commit: &CommitSha) -> Result<Listed, ApiError> {
        let found = match self {
            Self::GitHub(host) => host.commit(access, commit).await?,
            Self::GitLab(host) => host.commit(access, commit).await?,
            Self::Gitea(host) => host.commit(access, commit).await?,
            Self::Bitbucket(host) => host.commit(access, commit).await?,
        };
        found.ok_or_else(|| ApiError::unexpected(format!("it does not know the commit {}", commit.short())))
    }

    /// The commits that lead from `base`, itself left out, to `head`; from the first one without `base`. Bounded.
    ///
    /// # Errors
    /// Why the host did not say.
    pub async fn between(
        &self,
        access: Access<'_>,
        base: Option<&CommitSha>,
        head: &CommitSha,
    ) -> Result<Between, ApiError> {
        match self {
            Self::GitHub(host) => host.between(access, base, head).await,
            Self::GitLab(host) => host.between(access, base, head).await,
            Self::Gitea(host) => host.between(access, base, head).await,
            Self::Bitbucket(host) => host.between(access, base, head).await,
        }
    }

    /// The host's number of the webhook that leads to `url`; none if there is none, or the host lists no deliveries.
    ///
    /// # Errors
    /// Why the host did not say. Tokens often may not read webhooks.
    pub async fn hook(&self, access: Access<'_>, url: &str) -> Result<Option<String>, ApiError> {
        match self {
            Self::GitHub(host) => host.hook(access, url).await,
            Self::GitLab(host) => host.hook(access, url).await,
            Self::Gitea(_) | Self::Bitbucket(_) => Ok(None),
        }
    }

    /// The deliveries of a webhook since a moment that failed. Bounded.
    ///
    /// # Errors
    /// Why the host did not say.
    pub async fn failed_deliveries(
        &self,
        access: Access<'_>,
        hook: &str,
        since: Timestamp,
    ) -> Result<FailedDeliveries, ApiError> {
        match self {
            Self::GitHub(host) => host.failed_deliveries(access, hook, since).await,
            Self::GitLab(host) => host.failed_deliveries(access, hook, since).await,
            Self::Gitea(_) | Self::Bitbucket(_) => Ok(FailedDeliveries::default()),
        }
    }

    /// Has the host make a delivery again.
    ///
    /// # Errors
    /// Why it did not.
    pub async fn deliver_again(&self, access: Access<'_>, hook: &str, attempt: &str) -> Result<(), ApiError> {
        match self {
            Self::GitHub(host) => host.deliver_again(access, hook, attempt).await,
            Self::GitLab(host) => host.deliver_again(access, hook, attempt).await,
            Self::Gitea(_) | Self::Bitbucket(_) => Ok(()),
        }
    }

    /// Sets a status on a commit. The same status again changes nothing.
    ///
    /// # Errors
    /// Why it is not set.
    pub async fn set_status(&self, access: Access<'_>, status: StatusToSet<'_>) -> Result<(), ApiError> {
        match self {
            Self::GitHub(host) => host.set_status(access, status).await,
            Self::GitLab(host) => host.set_status(access, status).await,
            Self::Gitea(host) => host.set_status(access, status).await,
            Self::Bitbucket(host) => host.set_status(access, status).await,
        }
    }

    /// The host's number of a deployment that was made before; none if there is none, or the host has none at all.
    ///
    /// # Errors
    /// Why the host did not say.
    pub async fn find_deployment(
        &self,
        access: Access<'_>,
        deployment: NewDeployment<'_>,
    ) -> Result<Option<String>, ApiError> {
        match self {
            Self::GitHub(host) => host.find_deployment(access, deployment).await,
            Self::GitLab(host) => host.find_deployment(access, deployment).await,
            Self::Gitea(_) | Self::Bitbucket(_) => Ok(None),
        }
    }

    /// Makes a deployment, and gives the host's number of it; none if the host has none.
    ///
    /// # Errors
    /// Why it is not made. After a lost answer it may be all the same: look for it before the next try.
    pub async fn create_deployment(
        &self,
        access: Access<'_>,
        deployment: NewDeployment<'_>,
    ) -> Result<Option<String>, ApiError> {
        match self {
            Self::GitHub(host) => host.create_deployment(access, deployment).await.map(Some),
            Self::GitLab(host) => host.create_deployment(access, deployment).await.map(Some),
            Self::Gitea(_) | Self::Bitbucket(_) => Ok(None),
        }
    }

    /// Says how far a deployment is. The same again changes nothing.
    ///
    /// # Errors
    /// Why it is not said.
    pub async fn set_deployment(
        &self,
        access: Access<'_>,
        deployment: &str,
        status: DeploymentStatus<'_>,
    ) -> Result<(), ApiError> {
        match self {
            Self::GitHub(host) => host.set_deployment(access, deployment, status).await,
            Self::GitLab(host) => host.set_deployment(access, deployment, status).await,
            Self::Gitea(_) | Self::Bitbucket(_) => Ok(()),
        }
    }
}
