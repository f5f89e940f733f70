//! GitLab: <https://docs.gitlab.com/api/>.

use domain::CommitSha;
use domain::change::Author;
use domain::connection::HostKind;
use domain::report::{DeploymentState, StatusState};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::commit::{commit, newest_first};
use super::request::{Api, Request, Scheme};
use super::{
    Access, ApiError, Between, DeploymentStatus, FailedDeliveries, FailedDelivery, Head, Listed, MOST_PAGES,
    NewDeployment, PAGE, StatusToSet,
};
use crate::git_host;
use crate::outgoing::Outgoing;

/// How many deliveries a page has: each comes with the whole body that was sent.
const DELIVERIES: u32 = 20;

/// The API of GitLab.
#[derive(Debug, Clone)]
pub struct GitLab(Api);

/// `projects/owner%2Fname/…`
fn path<'a>(access: Access<'a>, rest: &[&'a str]) -> Vec<&'a str> {
    ["projects", access.repository].into_iter().chain(rest.iter().copied()).collect()
}

#[derive(Deserialize)]
struct Found {
    id: CommitSha,
    #[serde(default)]
    message: String,
    #[serde(default)]
    author_name: String,
    #[serde(default)]
    author_email: Option<String>,
    #[serde(default)]
    committed_date: Option<Timestamp>,
    #[serde(default)]
    web_url: Option<String>,
    #[serde(default)]
    parent_ids: Vec<CommitSha>,
}

impl From<Found> for Listed {
    fn from(found: Found) -> Self {
        let author = Author { name: found.author_name, email: found.author_email, login: None };
        let commit = commit(found.id, &found.message, author, found.committed_date, found.web_url);
        Self { commit, parents: found.parent_ids }
    }
}

impl GitLab {
    pub(super) fn new(outgoing: Outgoing) -> Self {
        Self(Api::new(outgoing, Scheme::Bearer, "application/json"))
    }

    pub(super) async fn head(
        &self,
        access: Access<'_>,
        branch: &str,
        etag: Option<&str>,
    ) -> Result<Head, ApiError> {
        #[derive(Deserialize)]
        struct Branch {
            commit: Id,
        }
        #[derive(Deserialize)]
        struct Id {
            id: CommitSha,
        }
        let path = path(access, &["repository", "branches", branch]);
        let request = Request { etag, ..Request::get(path) };
        self.0.head(access, request, |found: Branch| found.commit.id).await
    }

    pub(super) async fn commit(
        &self,
        access: Access<'_>,
        commit: &CommitSha,
    ) -> Result<Option<Listed>, ApiError> {
        let path = path(access, &["repository", "commits", commit.as_str()]);
        let found: Found = self.0.json(access, Request::get(path)).await?;
        Ok(Some(found.into()))
    }

    /// By the list of commits of a range and not by its comparison, which is not paged and carries every diff.
    pub(super) async fn between(
        &self,
        access: Access<'_>,
        base: Option<&CommitSha>,
        head: &CommitSha,
    ) -> Result<Between, ApiError> {
        let range = base.map_or_else(|| head.to_string(), |base| format!("{base}..{head}"));
        let mut listed: Vec<Listed> = Vec::new();
        for page in 1..=MOST_PAGES {
            let request = Request::get(path(access, &["repository", "commits"])).query("ref_name", &range);
            let request = request.query("per_page", PAGE).query("page", page);
            let some: Vec<Found> = self.0.json(access, request).await?;
            let is_last = some.len() < PAGE as usize;
            listed.extend(some.into_iter().map(Listed::from));
            if is_last {
                return Ok(newest_first(listed, base, true));
            }
        }
        Ok(newest_first(listed, base, false))
    }

    pub(super) async fn hook(&self, access: Access<'_>, url: &str) -> Result<Option<String>, ApiError> {
        #[derive(Deserialize)]
        struct Hook {
            id: u64,
            url: String,
        }
        let request = Request::get(path(access, &["hooks"])).query("per_page", PAGE);
        let hooks: Vec<Hook> = self.0.json(access, request).await?;
        Ok(hooks.into_iter().find(|hook| hook.url == url).map(|hook| hook.id.to_string()))
    }

    /// Those that the receiver refused, and those that failed; GitLab keeps them for seven days.
    pub(super) async fn failed_deliveries(
        &self,
        access: Access<'_>,
        hook: &str,
        since: Timestamp,
    ) -> Result<FailedDeliveries, ApiError> {
        let mut found = FailedDeliveries { complete: true, ..FailedDeliveries::default() };
        for status in ["server_failure", "client_failure"] {
            let mut is_behind = false;
            for page in 1..=MOST_PAGES {
                let request = Request::get(path(access, &["hooks", hook, "events"])).query("status", status);
                let request = request.query("per_page", DELIVERIES).query("page", page);
                let events: Vec<Delivery> = self.0.json(access, request).await?;
                let is_last = events.len() < DELIVERIES as usize;
                let listed = events.into_iter().map(|event| (event.failed(), true));
                is_behind = found.note(listed, since) || is_last;
                if is_behind {
                    break;
                }
            }
            found.complete &= is_behind;
        }
        Ok(found)
    }

    pub(super) async fn deliver_again(
        &self,
        access: Access<'_>,
        hook: &str,
        attempt: &str,
    ) -> Result<(), ApiError> {
        let path = path(access, &["hooks", hook, "events", attempt, "resend"]);
        self.0.done(access, Request::post(path, json!({}))).await
    }

    /// GitLab refuses a status that the commit has already; then it is as it should be.
    pub(super) async fn set_status(
        &self,
        access: Access<'_>,
        status: StatusToSet<'_>,
    ) -> Result<(), ApiError> {
        let state = match status.status.state {
            StatusState::Pending => "pending",
            StatusState::Running => "running",
            StatusState::Success => "success",
            StatusState::Failure => "failed",
            StatusState::Stopped | StatusState::Superseded => "canceled",
        };
        let body = json!({
            "state": state,
            "name": status.context,
            "description": status.status.description,
            "target_url": status.target_url,
        });
        let set =
            self.0.done(access, Request::post(path(access, &["statuses", status.commit.as_str()]), body));
        match set.await {
            Err(error) if is_that_already(&error, state) => Ok(()),
            set => set,
        }
    }

    /// A deployment has no room for Keelson's id, so one of that commit and environment is taken that is as old as the
    /// first try.
    pub(super) async fn find_deployment(
        &self,
        access: Access<'_>,
        deployment: NewDeployment<'_>,
    ) -> Result<Option<String>, ApiError> {
        #[derive(Deserialize)]
        struct Deployment {
            id: u64,
            sha: CommitSha,
            created_at: Timestamp,
        }
        let request = Request::get(path(access, &["deployments"]))
            .query("environment", deployment.environment)
            .query("order_by", "id")
            .query("sort", "desc")
            .query("per_page", DELIVERIES);
        let found: Vec<Deployment> = self.0.json(access, request).await?;
        let ours = |found: &Deployment| {
            // The host's clock may be a little behind.
            let age = deployment.since.duration_since(found.created_at);
            found.sha == *deployment.commit && age <= jiff::SignedDuration::from_secs(30)
        };
        Ok(found.into_iter().find(ours).map(|found| found.id.to_string()))
    }

    pub(super) async fn create_deployment(
        &self,
        access: Access<'_>,
        deployment: NewDeployment<'_>,
    ) -> Result<String, ApiError> {
        #[derive(Deserialize)]
        struct Created {
            id: u64,
        }
        let body = json!({
            "environment": deployment.environment,
            "sha": deployment.commit,
            "ref": deployment.branch,
            "tag": false,
            "status": "running",
        });
        let created: Created =
            self.0.json(access, Request::post(path(access, &["deployments"]), body)).await?;
        Ok(created.id.to_string())
    }

    /// GitLab itself knows which deployment of an environment is over, and has no state for it.
    pub(super) async fn set_deployment(
        &self,
        access: Access<'_>,
        deployment: &str,
        status: DeploymentStatus<'_>,
    ) -> Result<(), ApiError> {
        let state = match status.state {
            DeploymentState::InProgress => "running",
            DeploymentState::Success => "success",
            DeploymentState::Failure => "failed",
            DeploymentState::Inactive => "canceled",
        };
        let path = path(access, &["deployments", deployment]);
        let request = Request { method: Method::PUT, ..Request::post(path, json!({ "status": state })) };
        match self.0.done(access, request).await {
            Err(error) if is_that_already(&error, state) => Ok(()),
            set => set,
        }
    }
}

/// Whether a status was refused because it is the present one: `Cannot transition status via :enqueue from :pending`.
fn is_that_already(error: &ApiError, state: &str) -> bool {
    let from = format!("from :{state}");
    error.reason.contains("Cannot transition status") && error.reason.contains(&from)
}

/// A delivery that was logged.
#[derive(Deserialize)]
struct Delivery {
    id: u64,
    #[serde(default)]
    trigger: String,
    #[serde(default)]
    created_at: Option<Timestamp>,
    #[serde(default)]
    request_headers: Map<String, Value>,
    #[serde(default)]
    request_data: Value,
}

impl Delivery {
    /// Its id is made as that of a webhook that arrives.
    fn failed(self) -> FailedDelivery {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.request_headers {
            let text = value.as_str().unwrap_or_default();
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(text))
            {
                headers.insert(name, value);
            }
        }
        let body = self.request_data.to_string();
        FailedDelivery {
            id: git_host::delivery_id(HostKind::GitLab, &headers, body.as_bytes()),
            attempt: self.id.to_string(),
            event: self.trigger,
            at: self.created_at,
        }
    }
}
