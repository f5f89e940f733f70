//! Services, their changes, artifacts, traffic and logs.

use domain::access::Actor;
use domain::check::CheckState;
use domain::{CommitSha, Digest, Period};
use jiff::Timestamp;
use serde_json::Value;

use crate::wire::value::field;
use crate::wire::{Action, Mismatch, Release, ServiceRow, Wire, error_share, wire};

wire! {
    /// Somebody as the git host names them.
    Author = domain::change::Author {
        /// The name to show.
        name: String,
    }

    /// One commit.
    Commit = domain::change::Commit {
        /// Its hash.
        sha: CommitSha,
        /// The first line of its message.
        title: String,
        /// Who wrote it.
        authors: Vec<Author>,
        /// When it was committed.
        at: Timestamp,
        /// Its page on the git host.
        url: Option<String>,
    }

    /// A pull request that was merged.
    PullRequest = domain::change::PullRequest {
        /// Its number.
        number: u64,
        /// Its title.
        title: String,
        /// Who opened it.
        author: Author,
    }

    /// What an artifact would change where it is promoted to.
    Ships = api::service::Ships {
        /// What would run there.
        to: Release,
        /// Whether it goes back: then what is listed un-ships.
        backwards: bool,
        /// The commits that ship, or un-ship, newest first.
        commits: Vec<Commit>,
        /// The pull requests among them.
        pull_requests: Vec<PullRequest>,
        /// Everybody whose work it is, by the name to show.
        authors: Vec<String>,
        /// Whether that is all.
        complete: bool,
        /// Whether it can be promoted now, or why not.
        promote: Action,
    }

    /// One check of a commit.
    Check = domain::check::Check {
        /// Its name.
        name: String,
        /// How far it is.
        state: CheckState,
        /// When it was asked for.
        queued_at: Option<Timestamp>,
        /// When it began.
        started_at: Option<Timestamp>,
        /// When it ended.
        completed_at: Option<Timestamp>,
    }

    /// One commit on the service's branch.
    Change = api::service::ChangeView {
        /// Its hash.
        sha: CommitSha,
        /// The first line of its message.
        title: String,
        /// Who wrote it.
        authors: Vec<Author>,
        /// When it was committed.
        at: Timestamp,
        /// Its page on the git host.
        url: Option<String>,
        /// The pull request that brought it, if it is that pull request's merge.
        pull_request: Option<PullRequest>,
        /// What CI says of it.
        checks: Vec<Check>,
        /// The artifact built from it.
        artifact: Option<Digest>,
        /// The environments that run exactly this commit.
        runs_in: Vec<String>,
    }

    /// An artifact.
    ArtifactView = api::service::ArtifactView {
        /// The SHA-256 of the bytes.
        digest: Digest,
        /// The commit it was built from.
        commit: CommitSha,
        /// When it was announced.
        announced_at: Timestamp,
        /// When its bytes were verified; absent before.
        registered_at: Option<Timestamp>,
    }

    /// Something that happened, to mark on a plot.
    Mark = api::service::Mark {
        /// When.
        at: Timestamp,
        /// `deploy`, `rollback` or `failed`.
        kind: String,
        /// What, in a few words.
        label: String,
    }

    /// The requests of one span of time.
    Point = api::service::TrafficPointView {
        /// Its start.
        at: Timestamp,
        /// How many.
        requests: u64,
        /// How many of them failed.
        errors: u64,
        /// Half of them were faster.
        p50: Option<Period>,
        /// 95 % of them were faster.
        p95: Option<Period>,
        /// 99 % of them were faster.
        p99: Option<Period>,
        /// How full what serves was.
        saturation: Option<Saturation>,
    }

    /// How much of what there is was in use, at its fullest: shares of one.
    Saturation = domain::saturation::Saturation {
        /// Of the processors.
        cpu: f64,
        /// Of the memory.
        memory: f64,
    }

    /// The traffic of an environment over time.
    Traffic = api::service::Traffic {
        /// How long one point covers, in seconds.
        seconds: u64,
        /// The points, oldest first.
        points: Vec<Point>,
        /// The deploys and rollbacks in that time.
        marks: Vec<Mark>,
    }

    /// One line that a service wrote.
    LogLineView = api::service::LogLineView {
        /// Its number in the environment.
        number: u64,
        /// When.
        at: Timestamp,
        /// Which artifact wrote it.
        artifact: Digest,
        /// `stdout` or `stderr`.
        stream: String,
        /// The severity of a structured line.
        level: Option<String>,
        /// The message of a structured line, else the whole line.
        message: String,
        /// The line as it was written.
        text: String,
    }

    /// Lines that a service wrote.
    Logs = api::service::Logs {
        /// The lines, oldest first.
        lines: Vec<LogLineView>,
    }
}

impl Point {
    /// The share that failed; unknown without requests.
    pub(crate) fn error_share(&self) -> Option<f64> {
        error_share(self.requests, self.errors)
    }
}

/// A service with everything its page shows at once.
pub(crate) struct Service {
    /// Its row in the overview, with its environments.
    pub(crate) row: ServiceRow,
    /// Its `keelson.toml` as it was applied.
    pub(crate) manifest: String,
    /// The revision of the manifest, from 1.
    pub(crate) revision: u64,
    /// When it was applied.
    pub(crate) applied_at: Timestamp,
    /// By whom.
    pub(crate) applied_by: Actor,
}

impl Wire for Service {
    type Api = api::service::ServiceView;

    /// The API writes the row into the same object as the rest.
    fn read(value: &Value) -> Result<Self, Mismatch> {
        Ok(Self {
            row: ServiceRow::read(value)?,
            manifest: field(value, "manifest")?,
            revision: field(value, "revision")?,
            applied_at: field(value, "applied_at")?,
            applied_by: field(value, "applied_by")?,
        })
    }
}
