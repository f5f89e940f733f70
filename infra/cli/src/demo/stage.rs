//! What the story does and looks at: deliveries, manifests, artifacts, promotions.

use std::sync::Arc;
use std::time::Duration;

use api::access::CreateToken;
use api::connection::PutConnection;
use api::promotion::PromotionSummary;
use api::routes::{
    CREATE_TOKEN, LIST_ARTIFACTS, LIST_PROMOTIONS, LIST_SERVICES, PUT_CONNECTION, PUT_SERVICE, RECEIVE_HOOK,
};
use api::service::{AnnounceArtifact, ApplyService, ArtifactView};
use domain::access::Permission;
use domain::{Digest, ServiceName};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::cast::{CONNECTION, REPOSITORY, SERVICE, VERSIONS, Version};
use super::github::Delivery;
use super::manifest::{self, Edition};
use super::{Setting, artifact, write};
use crate::client::{Client, Credential, NO_QUERY, Retry, UploadError, http, upload};
use crate::exit::Failure;

/// How often the story looks whether something has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// How long it waits for one thing.
const PATIENCE: Duration = Duration::from_secs(300);
/// More artifacts than a demo ever has.
const MANY: usize = 1_000;

/// Where the story plays.
pub(super) struct Stage<'a> {
    setting: &'a Setting,
    client: &'a Client,
    /// The git host's own way to the server: it has no token, only the webhook's secret.
    git_host: reqwest::Client,
    secret: String,
    /// CI's way to the server: its token may register artifacts of this service, and nothing else.
    ci: OnceCell<Client>,
    /// The versions that are registered already, from a demo before.
    built: Vec<usize>,
}

impl<'a> Stage<'a> {
    /// Looks what a demo before has left. `None`: it has left everything, there is nothing to tell any more.
    pub(super) async fn set(setting: &'a Setting, client: &'a Client) -> Result<Option<Self>, Failure> {
        let built = built(client).await?;
        if built.len() == VERSIONS.len() {
            return Ok(None);
        }
        let body = PutConnection::of_kind("github");
        let connection = client.call(&PUT_CONNECTION, &[CONNECTION], NO_QUERY, &body).await?;
        let git_host = http(&setting.server)?;
        Ok(Some(Self { setting, client, git_host, secret: connection.secret, ci: OnceCell::new(), built }))
    }

    /// Whether a demo before got so far.
    pub(super) fn has(&self, version: &Version) -> bool {
        self.built.contains(&version.number)
    }

    /// The git host sends a webhook.
    pub(super) async fn deliver(&self, delivery: Delivery) -> Result<(), Failure> {
        let url = self.setting.server.url(&RECEIVE_HOOK.path(&[CONNECTION]));
        let request = self
            .git_host
            .post(&url)
            .timeout(Duration::from_secs(10))
            .header("content-type", "application/json")
            .header("user-agent", "GitHub-Hookshot/demo")
            .header("x-github-event", delivery.event)
            .header("x-github-delivery", &delivery.id)
            .header("x-hub-signature-256", delivery.signature(&self.secret))
            .body(delivery.body);
        let not_taken =
            |why: String| Failure::Failed(format!("the webhook {} was not taken: {why}", delivery.event));
        let answer = request.send().await.map_err(|error| not_taken(error.to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(not_taken(format!("{status}: {}", answer.text().await.unwrap_or_default())))
    }

    /// The team brings its `keelson.toml` in.
    pub(super) async fn apply(&self, edition: Edition) -> Result<(), Failure> {
        let manifest = manifest::text(edition, &self.setting.program);
        write(&self.setting.folder, "keelson.toml", manifest.as_bytes())?;
        self.client.call(&PUT_SERVICE, &[SERVICE], NO_QUERY, &ApplyService { manifest }).await?;
        Ok(())
    }

    /// CI builds the version and registers it.
    pub(super) async fn build(&self, version: &Version) -> Result<Digest, Failure> {
        let bytes = artifact::build(version).map_err(Failure::file("build the artifact"))?;
        let digest = Digest::from_bytes(Sha256::digest(&bytes).into());
        let size = u64::try_from(bytes.len()).unwrap_or(0);
        let announcement = AnnounceArtifact { digest, size, commit: version.head() };
        let file = write(&self.setting.folder, &format!("{SERVICE}-{}.tar.gz", version.name), &bytes)?;
        let pushed = upload(
            self.ci.get_or_try_init(|| self.make_ci()).await?,
            &service()?,
            &announcement,
            &file,
            Retry::default(),
            Arc::new(|_| ()),
        )
        .await;
        match pushed {
            Ok(artifact) => Ok(artifact.digest),
            Err(UploadError::Client(error)) => Err(error.into()),
            Err(UploadError::File(source)) => {
                Err(Failure::File { doing: "read the artifact".to_owned(), source })
            }
        }
    }

    async fn make_ci(&self) -> Result<Client, Failure> {
        let token = CreateToken {
            name: format!("CI of {REPOSITORY}"),
            grants: Vec::new(),
            permissions: vec![Permission::PushArtifact],
            service: Some(service()?),
            days: Some(30),
        };
        let token = self.client.call(&CREATE_TOKEN, &[], NO_QUERY, &token).await?.secret;
        let credential = Credential { token: token.into(), source: "the demo's CI".to_owned() };
        Ok(Client::new(self.setting.server.clone(), Some(credential))?)
    }

    /// Waits until a promotion of one of the versions is as wanted.
    pub(super) async fn until(
        &self,
        environment: &str,
        versions: &[&Version],
        wanted: impl Fn(&PromotionSummary) -> bool,
    ) -> Result<PromotionSummary, Failure> {
        let heads: Vec<_> = versions.iter().map(|version| version.head()).collect();
        let fits =
            |promotion: &PromotionSummary| heads.contains(&promotion.release.commit) && wanted(promotion);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let query = [("environment", environment)];
            match self.client.call(&LIST_PROMOTIONS, &[SERVICE], &query, &()).await {
                Ok(page) => {
                    if let Some(promotion) = page.items.into_iter().find(fits) {
                        return Ok(promotion);
                    }
                }
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let names: Vec<&str> = versions.iter().map(|version| version.name).collect();
        let names = names.join(" or ");
        Err(Failure::Failed(format!(
            "what was to happen to {names} in {environment} has not; look in the panel"
        )))
    }
}

/// The versions whose artifacts are registered.
async fn built(client: &Client) -> Result<Vec<usize>, Failure> {
    let services = client.list(&LIST_SERVICES, &[], &[], MANY).await?;
    if !services.iter().any(|service| service.name.as_str() == SERVICE) {
        return Ok(Vec::new());
    }
    let artifacts: Vec<ArtifactView> = client.list(&LIST_ARTIFACTS, &[SERVICE], &[], MANY).await?;
    let is_built = |version: &&Version| {
        let head = version.head();
        artifacts.iter().any(|artifact| artifact.commit == head && artifact.registered_at.is_some())
    };
    Ok(VERSIONS.iter().filter(is_built).map(|version| version.number).collect())
}

fn service() -> Result<ServiceName, Failure> {
    SERVICE.parse().map_err(|error: domain::InvalidName| Failure::Failed(error.to_string()))
}
