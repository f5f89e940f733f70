//! What a git host said in passing: kept with the delivery that said it, acted upon by nothing yet.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CommitSha;
use crate::manifest::RepositoryRef;

/// What a git host said in passing.
///
/// States and actions are the host's own words, so that a new one is kept as well as a known one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// A pull request was opened, changed, or closed without a merge.
    PullRequest {
        /// Where.
        repository: RepositoryRef,
        /// Its number.
        number: u64,
        /// The branch it is meant for.
        branch: String,
        /// Its newest commit.
        head: CommitSha,
        /// `open` or `closed`.
        state: String,
        /// Who opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<String>,
    },
    /// A merge queue asks for checks of a commit it made, or gives the commit up.
    MergeGroup {
        /// Where.
        repository: RepositoryRef,
        /// The branch it is meant for.
        branch: String,
        /// The commit that would be merged.
        head: CommitSha,
    },
    /// All checks of one app on a commit, taken together. Each check is reported on its own too.
    CheckSuite {
        /// Where.
        repository: RepositoryRef,
        /// The commit.
        commit: CommitSha,
        /// The app's name.
        app: String,
        /// How far it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// The result, once there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conclusion: Option<String>,
    },
    /// Something asked for a deployment that Keelson does not run.
    Deployment {
        /// Where.
        repository: RepositoryRef,
        /// The deployment's number on the host.
        id: u64,
        /// The environment, as the host has it.
        environment: String,
        /// The commit.
        commit: CommitSha,
        /// When it was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A deployment that Keelson does not run got further.
    DeploymentStatus {
        /// Where.
        repository: RepositoryRef,
        /// The deployment's number on the host.
        deployment: u64,
        /// The environment, as the host has it.
        environment: String,
        /// The commit.
        commit: CommitSha,
        /// How far it is, such as `success`.
        state: String,
        /// When it got there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A release was made or changed.
    Release {
        /// Where.
        repository: RepositoryRef,
        /// Its tag.
        tag: String,
        /// Whether it is not published yet.
        draft: bool,
        /// Whether it is marked as not final.
        prerelease: bool,
        /// When it was published.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// The host's app was installed somewhere, or removed.
    Installation {
        /// The installation's number on the host.
        id: u64,
        /// Whose it is.
        account: String,
    },
}
