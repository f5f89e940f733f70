//! What a webhook says, in Keelson's words.

use domain::CommitSha;
use domain::change::{PullRequest, Push};
use domain::check::Check;
use domain::ci_path::JobSteps;
use domain::manifest::RepositoryRef;
use domain::note::Note;

/// One thing that a git host reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The connection works.
    Ping,
    /// Commits arrived on a branch.
    Push {
        /// Where.
        repository: RepositoryRef,
        /// The branch, without `refs/heads/`.
        branch: String,
        /// What arrived.
        push: Push,
    },
    /// A pull request was merged.
    PullRequestMerged {
        /// Where.
        repository: RepositoryRef,
        /// The pull request.
        pull_request: PullRequest,
    },
    /// CI reports on a commit.
    Check {
        /// Where.
        repository: RepositoryRef,
        /// The commit.
        commit: CommitSha,
        /// What it reports.
        check: Check,
    },
    /// How long the steps of a job took that CI has reported on.
    Steps {
        /// Where.
        repository: RepositoryRef,
        /// The commit.
        commit: CommitSha,
        /// The longest of them.
        steps: JobSteps,
    },
    /// Something that is kept with the delivery, and nowhere else.
    Note(Note),
}

/// What a webhook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The host's word for what happened, such as `opened`.
    pub action: Option<String>,
    /// What is kept of it.
    pub content: Content,
}

/// What is kept of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// This; never empty.
    Facts(Vec<Fact>),
    /// Nothing, and why.
    Nothing(String),
}

impl From<Fact> for Content {
    fn from(fact: Fact) -> Self {
        Self::Facts(vec![fact])
    }
}

impl From<Note> for Content {
    fn from(note: Note) -> Self {
        Fact::Note(note).into()
    }
}
