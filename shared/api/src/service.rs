//! Services, changes and artifacts on the wire.

use std::collections::BTreeMap;

use domain::access::Actor;
use domain::analysis::Measured;
use domain::change::{Commit, PullRequest};
use domain::check::Check;
use domain::rollout::Release;
use domain::saturation::Saturation;
use domain::{CommitSha, Digest, EnvironmentName, ServiceName};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::overview::{Action, ServiceRow};

/// A service with everything its page shows at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceView {
    /// Its row in the overview, with its environments.
    #[serde(flatten)]
    pub row: ServiceRow,
    /// Its `keelson.toml` as it was applied.
    pub manifest: String,
    /// The revision of the manifest, from 1.
    pub revision: u64,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// By whom.
    pub applied_by: Actor,
}

/// A `keelson.toml` to apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyService {
    /// The file's text.
    pub manifest: String,
}

/// What applying a manifest did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedService {
    /// The service.
    pub service: ServiceName,
    /// The revision now.
    pub revision: u64,
    /// Whether anything changed.
    pub changed: bool,
}

/// One commit on the service's branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeView {
    /// The commit.
    #[serde(flatten)]
    pub commit: Commit,
    /// The pull request that brought it, if it is that pull request's merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
    /// What CI says of it.
    pub checks: Vec<Check>,
    /// The artifact built from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Digest>,
    /// The environments that run exactly this commit.
    pub runs_in: Vec<EnvironmentName>,
}

/// An artifact to register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnounceArtifact {
    /// The SHA-256 of the bytes.
    pub digest: Digest,
    /// How many bytes.
    pub size: u64,
    /// The commit it was built from. A CI identity must name its own.
    pub commit: CommitSha,
}

/// Where to upload an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnnouncedArtifact {
    /// The artifact.
    pub artifact: ArtifactView,
    /// Where to `PUT` the bytes; absent if they are here already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
}

/// An upload to make, or to go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Upload {
    /// Where to `PUT`: an absolute address, or a path on this installation.
    pub url: String,
    /// Bytes that are here already: go on from there with `Content-Range`.
    pub offset: u64,
    /// Headers to send with the bytes: a bucket's address is signed for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// An announced artifact whose bytes have been uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteArtifact {
    /// The service it was announced for.
    pub service: ServiceName,
}

/// An artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtifactView {
    /// The SHA-256 of the bytes.
    pub digest: Digest,
    /// The service it is for.
    pub service: ServiceName,
    /// The commit it was built from.
    pub commit: CommitSha,
    /// How many bytes.
    pub size: u64,
    /// Who brought it.
    pub pushed_by: Actor,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// When its bytes were verified; absent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
}

impl From<domain::artifact::Artifact> for ArtifactView {
    fn from(artifact: domain::artifact::Artifact) -> Self {
        let domain::artifact::Artifact {
            digest,
            service,
            commit,
            size,
            pushed_by,
            announced_at,
            registered_at,
        } = artifact;
        Self { digest, service, commit, size, pushed_by, announced_at, registered_at }
    }
}

/// What an artifact would change where it is promoted to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ships {
    /// What runs there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Release>,
    /// What would run there.
    pub to: Release,
    /// Whether it goes back: then what is listed un-ships.
    pub backwards: bool,
    /// The commits that ship, or un-ship, newest first.
    pub commits: Vec<Commit>,
    /// The pull requests among them.
    pub pull_requests: Vec<PullRequest>,
    /// Everybody whose work it is, by the name to show.
    pub authors: Vec<String>,
    /// Whether that is all; false when the history known does not reach back far enough.
    pub complete: bool,
    /// Whether it can be promoted now, or why not.
    pub promote: Action,
}

/// Lines that a service wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Logs {
    /// The lines, oldest first.
    pub lines: Vec<LogLineView>,
    /// What to pass as `after` for the lines that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// One line that a service wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLineView {
    /// Its number in the environment.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Which artifact wrote it.
    pub artifact: Digest,
    /// `stdout` or `stderr`.
    pub stream: String,
    /// The severity of a structured line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The message of a structured line, else the whole line.
    pub message: String,
    /// The line as it was written.
    pub text: String,
}

/// The traffic of an environment over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Traffic {
    /// How long one point covers, in seconds.
    pub seconds: u64,
    /// The points, oldest first.
    pub points: Vec<TrafficPointView>,
    /// The deploys and rollbacks in that time.
    pub marks: Vec<Mark>,
}

/// The requests of one span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficPointView {
    /// Its start.
    pub at: Timestamp,
    /// What was measured.
    #[serde(flatten)]
    pub measured: Measured,
    /// How full what serves was, at its fullest; absent if nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation: Option<Saturation>,
}

/// Something that happened, to mark on a plot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// `deploy`, `rollback` or `failed`.
    pub kind: String,
    /// What, in a few words.
    pub label: String,
}
