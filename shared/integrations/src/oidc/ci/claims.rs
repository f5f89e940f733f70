//! What a token says of a CI job.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// What a token says of a job, as far as it matters. `sub` does not: its form varies.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    pub(super) sha: String,
    #[serde(flatten)]
    pub(super) job: Job,
}

/// What the issuer says of the job, in the words of its kind of host.
///
/// Which words there are is decided by the issuer, who signed them and is the one that this installation trusts; a
/// token with the words of both is of neither.
#[derive(Debug)]
pub(super) enum Job {
    GitHub(GitHubJob),
    GitLab(GitLabJob),
}

/// What a GitHub Actions token says of its job.
#[derive(Debug, Deserialize)]
pub(super) struct GitHubJob {
    pub(super) repository: String,
    #[serde(deserialize_with = "number")]
    pub(super) repository_id: u64,
    #[serde(deserialize_with = "number")]
    pub(super) repository_owner_id: u64,
    #[serde(rename = "ref")]
    pub(super) git_ref: String,
    pub(super) event_name: String,
    pub(super) workflow_ref: String,
    #[serde(default)]
    pub(super) job_workflow_ref: Option<String>,
    pub(super) run_id: String,
    #[serde(default = "first", deserialize_with = "number")]
    pub(super) run_attempt: u32,
    pub(super) actor: String,
}

/// What a GitLab id token says of its job.
#[derive(Debug, Deserialize)]
pub(super) struct GitLabJob {
    pub(super) project_path: String,
    #[serde(deserialize_with = "number")]
    pub(super) project_id: u64,
    #[serde(deserialize_with = "number")]
    pub(super) namespace_id: u64,
    /// The branch or tag, without `refs/heads/`.
    #[serde(rename = "ref")]
    pub(super) name: String,
    pub(super) ref_type: String,
    /// `true`, as text.
    #[serde(deserialize_with = "truth")]
    pub(super) ref_protected: bool,
    pub(super) pipeline_source: String,
    #[serde(deserialize_with = "number")]
    pub(super) pipeline_id: u64,
    /// The file that defines the pipeline and the ref it was read from; null unless it lies in the same project.
    #[serde(default)]
    pub(super) ci_config_ref_uri: Option<String>,
    pub(super) user_login: String,
}

impl<'de> Deserialize<'de> for Job {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let claims = serde_json::Map::deserialize(deserializer)?;
        let (is_github, is_gitlab) =
            (claims.contains_key("repository_id"), claims.contains_key("project_id"));
        let claims = serde_json::Value::Object(claims);
        match (is_github, is_gitlab) {
            (true, false) => serde_json::from_value(claims).map(Self::GitHub).map_err(D::Error::custom),
            (false, true) => serde_json::from_value(claims).map(Self::GitLab).map_err(D::Error::custom),
            (true, true) => Err(D::Error::custom("it has the claims of GitHub and of GitLab")),
            (false, false) => Err(D::Error::custom("it has neither `repository_id` nor `project_id`")),
        }
    }
}

const fn first() -> u32 {
    1
}

/// GitHub and GitLab write numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written<N> {
    Number(N),
    Text(String),
}

fn number<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + FromStr<Err: Display>,
{
    match Written::<N>::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(D::Error::custom),
    }
}

fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Written::<bool>::deserialize(deserializer)? {
        Written::Number(truth) => truth,
        Written::Text(text) => text == "true",
    })
}
