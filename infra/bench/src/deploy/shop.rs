//! The service as its team handles it: on the command line, and over the API.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use api::promotion::{Phase, PromotionSummary};
use api::service::ArtifactView;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use super::service;
use crate::product::Product;

const SERVICE: &str = "shop";
const ENVIRONMENT: &str = "production";

/// The service of the bench.
pub(crate) struct Shop<'a> {
    product: &'a Product,
    token: String,
    address: SocketAddr,
    /// What has been deployed, the newest last; a rollback takes one away.
    deployed: Vec<String>,
    built: u32,
}

/// What the service says of itself.
#[derive(Deserialize)]
struct Ready {
    port: u16,
}

impl<'a> Shop<'a> {
    /// Makes the service known; nothing runs yet.
    pub(crate) async fn open(product: &'a Product) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let program = serde_json::Value::from(std::env::current_exe()?.display().to_string());
        let manifest = product.file("keelson.toml", manifest(address.port(), &program).as_bytes())?;
        let token = product.token()?;
        let this = Self { product, token, address, deployed: Vec::new(), built: 0 };
        let _: serde_json::Value = this.keelson(&["connection", "add", "github", "--kind", "github"])?;
        let _: serde_json::Value = this.keelson(&["service", "apply", "--file", &manifest])?;
        Ok(this)
    }

    /// Where its users reach it.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its process listens, past the proxy.
    pub(super) async fn service(&self) -> Result<SocketAddr> {
        let url = format!("http://{}/readyz", self.address);
        let ready: Ready = self.product.client().get(url).send().await?.json().await?;
        Ok((Ipv4Addr::LOCALHOST, ready.port).into())
    }

    /// The artifact that runs.
    pub(super) fn running(&self) -> &str {
        self.deployed.last().map_or("", String::as_str)
    }

    /// The product that it runs on.
    pub(crate) fn product(&self) -> &'a Product {
        self.product
    }

    /// Builds an artifact, registers it, and brings it into production.
    pub(super) async fn deploy(&mut self) -> Result<()> {
        let digest = self.build()?;
        let promotion = self.keelson(&["promote", SERVICE, ENVIRONMENT, "--artifact", &digest])?;
        self.until_done(promotion).await?;
        self.deployed.push(digest);
        Ok(())
    }

    /// Builds an artifact, registers it, and brings it into production over the API: how long the answer took, and how
    /// long it took from the request until it was there.
    pub(crate) async fn timed_deploy(&mut self) -> Result<(Duration, Duration)> {
        let digest = self.build()?;
        let url = format!("{}{}", self.product.url(), api::routes::CREATE_PROMOTION.path(&[]));
        let body = serde_json::json!({ "service": SERVICE, "environment": ENVIRONMENT, "artifact": digest });
        let request = self.product.client().post(url).bearer_auth(&self.token).json(&body);
        let started = Instant::now();
        let answer = request.send().await?;
        let promotion: PromotionSummary = answer.error_for_status()?.json().await?;
        let answered = started.elapsed();
        self.until_done(promotion).await?;
        self.deployed.push(digest);
        Ok((answered, started.elapsed()))
    }

    /// Builds and registers an artifact like no other.
    fn build(&mut self) -> Result<String> {
        self.built += 1;
        let archive = archive(self.built)?;
        let file = self.product.file("artifact.tar.gz", &archive)?;
        let commit = format!("{:040x}", self.built);
        let push = ["artifact", "push", &file, "--service", SERVICE, "--commit", &commit];
        let artifact: ArtifactView = self.keelson(&push)?;
        Ok(artifact.digest.to_string())
    }

    /// Takes production back to what ran before, whose process may still be there.
    pub(super) async fn roll_back(&mut self) -> Result<()> {
        let promotion = self.keelson(&["rollback", SERVICE, ENVIRONMENT, "--yes"])?;
        self.deployed.pop();
        self.back(promotion).await
    }

    /// Takes production back to the first artifact of all, whose process has ended unless a long request keeps it.
    pub(super) async fn roll_back_to_the_first(&mut self) -> Result<()> {
        self.deployed.truncate(1);
        let promotion = self.keelson(&["rollback", SERVICE, ENVIRONMENT, "--to", self.running(), "--yes"])?;
        self.back(promotion).await
    }

    async fn back(&self, promotion: PromotionSummary) -> Result<()> {
        ensure!(promotion.release.artifact.to_string() == self.running(), "it goes back to another artifact");
        self.until_done(promotion).await
    }

    async fn until_done(&self, promotion: PromotionSummary) -> Result<()> {
        let path = api::routes::GET_PROMOTION.path(&[&promotion.id.to_string()]);
        let url = format!("{}{path}", self.product.url());
        let look = async || {
            let answer = self.product.client().get(&url).bearer_auth(&self.token).send().await.ok()?;
            let summary: PromotionSummary = answer.json().await.ok()?;
            summary.phase.is_finished().then_some(summary)
        };
        let promotion = self.product.until("the promotion is over", look).await?;
        match promotion.phase {
            Phase::Done => Ok(()),
            other => bail!("the promotion ended {other:?}: {}", promotion.reason.unwrap_or_default()),
        }
    }

    /// Runs a command without holding up the load.
    fn keelson<T: serde::de::DeserializeOwned>(&self, arguments: &[&str]) -> Result<T> {
        tokio::task::block_in_place(|| self.product.keelson(arguments))
    }
}

/// One environment that takes everything at once and watches for no time, so that many deploys take minutes.
pub(crate) fn manifest(port: u16, program: &serde_json::Value) -> String {
    format!(
        r#"[service]
name = "{SERVICE}"
team = "bench"
repository = "github:acme/shop"

[[environment]]
name = "{ENVIRONMENT}"
promote = "gated"
steps = [{{ weight = 100, bake = "0s" }}]

[environment.target]
kind = "process"
command = ["./run"]
port = {port}
drain = "40s"
drain_streams = "2s"
env = {{ PROGRAM = {program} }}
"#
    )
}

/// An artifact like no other: a few bytes that start this program.
fn archive(number: u32) -> Result<Vec<u8>> {
    let run = format!("#!/bin/sh\n# build {number}\nexec \"$PROGRAM\" {}\n", service::ARGUMENT);
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_size(u64::try_from(run.len())?);
    archive.append_data(&mut header, "run", run.as_bytes())?;
    archive.into_inner()?.finish().context("the artifact cannot be packed")
}
