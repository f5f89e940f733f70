//! GitHub, and GitHub Enterprise servers: <https://docs.github.com/rest>.

use domain::CommitSha;
use domain::report::{DeploymentState, StatusState};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::commit::{HubCommit, newest_first};
use super::request::{Api, Request, Scheme, parts};
use super::{
    Access, ApiError, Between, DeploymentStatus, FailedDeliveries, FailedDelivery, Head, Listed, MOST_PAGES,
    NewDeployment, PAGE, StatusToSet,
};
use crate::outgoing::Outgoing;

/// The field of a deployment's payload that names Keelson's promotion.
const PROMOTION: &str = "keelson_promotion";

/// The API of GitHub.
#[derive(Debug, Clone)]
pub struct GitHub(Api);

/// `repos/owner/name/…`
pub(super) fn path<'a>(access: Access<'a>, rest: &[&'a str]) -> Vec<&'a str> {
    std::iter::once("repos").chain(parts(access.repository)).chain(rest.iter().copied()).collect()
}

/// The request that sets a status on a commit.
pub(super) fn status<'a>(access: Access<'a>, status: StatusToSet<'a>) -> Request<'a> {
    let state = match status.status.state {
        // There is no word for what runs, nor for what was superseded: it is not there, and not a failure.
        StatusState::Pending | StatusState::Running | StatusState::Superseded => "pending",
        StatusState::Success => "success",
        StatusState::Failure => "failure",
        StatusState::Stopped => "error",
    };
    let body = json!({
        "state": state,
        "context": status.context,
        "description": status.status.description,
        "target_url": status.target_url,
    });
    Request::post(path(access, &["statuses", status.commit.as_str()]), body)
}

impl GitHub {
    pub(super) fn new(outgoing: Outgoing) -> Self {
        let api = Api::new(outgoing, Scheme::Bearer, "application/vnd.github+json");
        Self(api.of_version("x-github-api-version", "2022-11-28"))
    }

    pub(super) async fn head(
        &self,
        access: Access<'_>,
        branch: &str,
        etag: Option<&str>,
    ) -> Result<Head, ApiError> {
        #[derive(Deserialize)]
        struct Reference {
            object: Object,
        }
        #[derive(Deserialize)]
        struct Object {
            sha: CommitSha,
        }
        let mut path = path(access, &["git", "ref", "heads"]);
        path.extend(parts(branch));
        let request = Request { etag, ..Request::get(path) };
        self.0.head(access, request, |found: Reference| found.object.sha).await
    }

    pub(super) async fn commit(
        &self,
        access: Access<'_>,
        commit: &CommitSha,
    ) -> Result<Option<Listed>, ApiError> {
        let request = Request::get(path(access, &["commits"])).query("sha", commit).query("per_page", 1);
        let found: Vec<HubCommit> = self.0.json(access, request).await?;
        Ok(found.into_iter().next().map(Listed::from))
    }

    pub(super) async fn between(
        &self,
        access: Access<'_>,
        base: Option<&CommitSha>,
        head: &CommitSha,
    ) -> Result<Between, ApiError> {
        match base {
            Some(base) => self.compared(access, base, head).await,
            None => self.listed(access, head).await,
        }
    }

    /// The comparison lists the oldest first, so of too many the last pages are read.
    async fn compared(
        &self,
        access: Access<'_>,
        base: &CommitSha,
        head: &CommitSha,
    ) -> Result<Between, ApiError> {
        #[derive(Deserialize)]
        struct Comparison {
            total_commits: u32,
            commits: Vec<HubCommit>,
        }
        let basehead = format!("{base}...{head}");
        let page = async |number: u32| -> Result<Comparison, ApiError> {
            let request = Request::get(path(access, &["compare", &basehead]));
            self.0.json(access, request.query("per_page", PAGE).query("page", number)).await
        };
        let first = page(1).await?;
        let last = first.total_commits.div_ceil(PAGE);
        let skipped = last.saturating_sub(MOST_PAGES);
        let mut commits = if skipped == 0 { first.commits } else { Vec::new() };
        for number in skipped.max(1) + 1..=last {
            commits.extend(page(number).await?.commits);
        }
        let complete = commits.len() >= usize::try_from(first.total_commits).unwrap_or(usize::MAX);
        let commits = commits.into_iter().map(|listed| Listed::from(listed).commit).collect();
        Ok(Between { commits, complete })
    }

    async fn listed(&self, access: Access<'_>, head: &CommitSha) -> Result<Between, ApiError> {
        let mut listed = Vec::new();
        for page in 1..=MOST_PAGES {
            let request = Request::get(path(access, &["commits"])).query("sha", head);
            let request = request.query("per_page", PAGE).query("page", page);
            let some: Vec<HubCommit> = self.0.json(access, request).await?;
            let is_last = some.len() < PAGE as usize;
            listed.extend(some.into_iter().map(Listed::from));
            if is_last {
                return Ok(newest_first(listed, None, true));
            }
        }
        Ok(newest_first(listed, None, false))
    }

    pub(super) async fn hook(&self, access: Access<'_>, url: &str) -> Result<Option<String>, ApiError> {
        #[derive(Deserialize)]
        struct Hook {
            id: u64,
            config: Config,
        }
        #[derive(Deserialize)]
        struct Config {
            #[serde(default)]
            url: Option<String>,
        }
        let request = Request::get(path(access, &["hooks"])).query("per_page", PAGE);
        let hooks: Vec<Hook> = self.0.json(access, request).await?;
        let ours = hooks.into_iter().find(|hook| hook.config.url.as_deref() == Some(url));
        Ok(ours.map(|hook| hook.id.to_string()))
    }

    pub(super) async fn failed_deliveries(
        &self,
        access: Access<'_>,
        hook: &str,
        since: Timestamp,
    ) -> Result<FailedDeliveries, ApiError> {
        #[derive(Deserialize)]
        struct Delivery {
            id: u64,
            guid: String,
            delivered_at: Timestamp,
            /// 0 if there was no answer.
            #[serde(default)]
            status_code: u16,
            event: String,
        }
        let mut found = FailedDeliveries::default();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut request =
                Request::get(path(access, &["hooks", hook, "deliveries"])).query("per_page", PAGE);
            if let Some(cursor) = &cursor {
                request = request.query("cursor", cursor);
            }
            let (page, headers): (Vec<Delivery>, _) = self.0.with_headers(access, request).await?;
            let listed = page.into_iter().map(|delivery| {
                let has_failed = !(200..300).contains(&delivery.status_code);
                let listed = FailedDelivery {
                    id: delivery.guid,
                    attempt: delivery.id.to_string(),
                    event: delivery.event,
                    at: Some(delivery.delivered_at),
                };
                (listed, has_failed)
            });
            let is_behind = found.note(listed, since);
            cursor = headers.get("link").and_then(|link| next_cursor(link.to_str().ok()?));
            if is_behind || cursor.is_none() {
                found.complete = true;
                break;
            }
        }
        Ok(found)
    }

    pub(super) async fn deliver_again(
        &self,
        access: Access<'_>,
        hook: &str,
        attempt: &str,
    ) -> Result<(), ApiError> {
        let path = path(access, &["hooks", hook, "deliveries", attempt, "attempts"]);
        self.0.done(access, Request::post(path, json!({}))).await
    }

    pub(super) async fn set_status(
        &self,
        access: Access<'_>,
        status: StatusToSet<'_>,
    ) -> Result<(), ApiError> {
        self.0.done(access, self::status(access, status)).await
    }

    pub(super) async fn find_deployment(
        &self,
        access: Access<'_>,
        deployment: NewDeployment<'_>,
    ) -> Result<Option<String>, ApiError> {
        #[derive(Deserialize)]
        struct Deployment {
            id: u64,
            #[serde(default)]
            payload: Value,
        }
        let request = Request::get(path(access, &["deployments"]))
            .query("sha", deployment.commit)
            .query("environment", deployment.environment)
            .query("per_page", PAGE);
        let found: Vec<Deployment> = self.0.json(access, request).await?;
        let ours = |found: &Deployment| promotion_in(&found.payload).as_deref() == Some(deployment.promotion);
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
        // Without `auto_merge` GitHub would merge the default branch in; without `required_contexts` it would demand
        // every status of the commit, ours among them. Keelson's gates have decided already.
        let body = json!({
            "ref": deployment.commit,
            "task": "deploy",
            "auto_merge": false,
            "required_contexts": [],
            "environment": deployment.environment,
            "production_environment": deployment.is_production,
            "transient_environment": false,
            "description": deployment.description,
            "payload": { PROMOTION: deployment.promotion },
        });
        let created: Created =
            self.0.json(access, Request::post(path(access, &["deployments"]), body)).await?;
        Ok(created.id.to_string())
    }

    pub(super) async fn set_deployment(
        &self,
        access: Access<'_>,
        deployment: &str,
        status: DeploymentStatus<'_>,
    ) -> Result<(), ApiError> {
        let state = match status.state {
            DeploymentState::InProgress => "in_progress",
            DeploymentState::Success => "success",
            DeploymentState::Failure => "failure",
            DeploymentState::Inactive => "inactive",
        };
        let body = json!({
            "state": state,
            "environment": status.environment,
            "description": status.description,
            "log_url": status.log_url,
            // Keelson says itself which deployment is over: GitHub would leave out those of production.
            "auto_inactive": false,
        });
        let path = path(access, &["deployments", deployment, "statuses"]);
        self.0.done(access, Request::post(path, body)).await
    }
}

/// A payload comes back as the object that was sent, or as its text.
fn promotion_in(payload: &Value) -> Option<String> {
    let field = |payload: &Value| Some(payload.get(PROMOTION)?.as_str()?.to_owned());
    match payload {
        Value::String(text) => field(&serde_json::from_str(text).ok()?),
        payload => field(payload),
    }
}

/// The cursor of `rel="next"` in a `Link` header.
fn next_cursor(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let address = next.split_once('<')?.1.split_once('>')?.0;
    let query = address.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "cursor")
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_where_the_link_says() {
        let link = "<https://api.github.com/x?per_page=1&cursor=a>; rel=\"prev\", \
                    <https://api.github.com/x?per_page=1&cursor=v1_12%3D>; rel=\"next\"";
        assert_eq!(next_cursor(link).as_deref(), Some("v1_12="));
        assert_eq!(next_cursor("<https://api.github.com/x>; rel=\"prev\""), None);
    }

    #[test]
    fn a_payload_is_read_as_an_object_and_as_text() {
        let payload = json!({ PROMOTION: "prm_1" });
        assert_eq!(promotion_in(&payload).as_deref(), Some("prm_1"));
        assert_eq!(promotion_in(&json!(payload.to_string())).as_deref(), Some("prm_1"));
        assert_eq!(promotion_in(&json!("")), None);
    }
}
