//! A team that ships a service with the product, and what its people do.

use api::overview::LaneView;
use api::promotion::{Phase, PromotionSummary, PromotionView};
use api::routes;
use api::service::ArtifactView;
use domain::{Digest, PromotionId};
use serde_json::Value;

use crate::github::GitHub;
use crate::product::Product;
use crate::sample::{Build, manifest};

/// A team that ships `shop`.
pub(crate) struct Team {
    pub(crate) product: Product,
    pub(crate) github: GitHub,
}

impl Team {
    /// Connects GitHub and declares the service.
    pub(crate) async fn new() -> Self {
        Self::with(&manifest()).await
    }

    /// The same, with another `keelson.toml`.
    pub(crate) async fn with(manifest: &str) -> Self {
        let product = Product::start().await;
        let connection: Value = product.keelson(&["connection", "add", "github"]);
        let secret = connection["secret"].as_str().unwrap().to_owned();
        let file = product.file("keelson.toml", manifest.as_bytes());
        let _: Value = product.keelson(&["service", "apply", "--file", &file]);
        Self { product, github: GitHub::new(secret) }
    }

    /// Bob pushes a change, CI is green and registers what it built.
    pub(crate) async fn change(&mut self, build: &Build) -> Digest {
        let commit = self.github.push(&self.product, build.name, "bob").await;
        self.github.check(&self.product, &commit, "unit", "success").await;
        let file = self.product.file("app.tar.gz", &build.archive());
        let push = ["artifact", "push", &file, "--service", "shop", "--commit", commit.as_str()];
        let artifact: ArtifactView = self.product.keelson(&push);
        artifact.digest
    }

    pub(crate) async fn lane(&self, environment: &str) -> LaneView {
        let view = self.product.get(&routes::GET_SERVICE, &["shop"]).await;
        view.row.environments.into_iter().find(|lane| lane.environment.as_str() == environment).unwrap()
    }

    pub(crate) async fn promotion(&self, id: PromotionId) -> PromotionView {
        self.product.get(&routes::GET_PROMOTION, &[&id.to_string()]).await
    }

    /// Waits until an environment runs exactly that artifact.
    pub(crate) async fn runs(&self, environment: &str, artifact: Digest) -> LaneView {
        let what = format!("{environment} runs {}", artifact.short());
        let running = |lane: &LaneView| lane.running.as_ref().map(|running| running.release.artifact);
        let look = async || Some(self.lane(environment).await).filter(|lane| running(lane) == Some(artifact));
        self.product.until(&what, look).await
    }

    /// Waits until a promotion of that artifact to production waits for nothing but an approval.
    pub(crate) async fn asks_for_approval(&self, artifact: Digest) -> PromotionSummary {
        let is_it = |waiting: &PromotionSummary| {
            waiting.release.artifact == artifact
                && waiting.waits_for.len() == 1
                && waiting.waits_for[0].starts_with("waits for approval")
        };
        let look = async || self.lane("production").await.waiting.into_iter().find(is_it);
        self.product.until("production asks for an approval", look).await
    }

    /// Somebody who wrote nothing approves.
    pub(crate) fn approve(&self, promotion: &PromotionSummary) {
        let _: Value = self.product.keelson(&["approve", &promotion.id.to_string(), "--yes"]);
    }

    /// Users visit production until the promotion is over, and the promotion as it ended.
    pub(crate) async fn visited_until_over(&self, id: PromotionId, address: &str) -> PromotionView {
        let look = async || {
            for _ in 0..20 {
                self.product.visit(address).await;
            }
            Some(self.promotion(id).await).filter(|promotion| promotion.summary.phase.is_finished())
        };
        self.product.until("the promotion is over", look).await
    }

    /// Brings a good change all the way to production.
    pub(crate) async fn ship(&mut self, build: &Build) -> Digest {
        let artifact = self.change(build).await;
        self.runs("staging", artifact).await;
        let promotion = self.asks_for_approval(artifact).await;
        self.approve(&promotion);
        let address = self.lane("production").await.address;
        match address {
            Some(address) => {
                let over = self.visited_until_over(promotion.id, &address).await;
                assert_eq!(over.summary.phase, Phase::Done, "{:?}", over.summary.reason);
            }
            None => drop(self.runs("production", artifact).await),
        }
        artifact
    }

    /// The promotion of that artifact that waits for production, if one does.
    pub(crate) async fn waiting(&self, artifact: Digest) -> Option<PromotionSummary> {
        let is_it = |waiting: &PromotionSummary| waiting.release.artifact == artifact;
        self.lane("production").await.waiting.into_iter().find(is_it)
    }

    /// Waits until a promotion to production waits for something that begins like this, and answers the sentence.
    pub(crate) async fn waits(&self, artifact: Digest, why: &str) -> String {
        let look = async || {
            let waits_for = self.waiting(artifact).await?.waits_for;
            waits_for.into_iter().find(|reason| reason.starts_with(why))
        };
        self.product.until(&format!("it waits: {why}"), look).await
    }
}
