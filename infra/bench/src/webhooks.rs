//! How fast a webhook is acknowledged, at a steady rate and in a burst beyond what the machine can take.
//!
//! An acknowledgement says that the delivery is on disk, so no receiver answers faster than the disk syncs: that floor is
//! measured in the same run and stands beside.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use testkit::github::{self, PushedCommit};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Setting;
use crate::figure::{Aim, Figure, Sample};
use crate::product::Product;

const BENCH: &str = "webhooks";
/// Deliveries per second at the steady rate.
const RATE: u32 = 200;
/// How long the steady rate is held per run, after a warm-up.
const STEADY: Duration = Duration::from_secs(10);
const WARM_UP: Duration = Duration::from_secs(2);
/// Deliveries of the burst, over as many connections.
const BURST: u32 = 3_000;
const CONNECTIONS: usize = 300;
/// How often a refused delivery of the burst is sent again, as a git host or its person would.
const ROUNDS: u32 = 60;

#[derive(Deserialize)]
struct Secret {
    secret: String,
}

/// Measures both.
pub(crate) async fn run(setting: &Setting) -> Result<Vec<Figure>> {
    let product = Product::start(setting).await?;
    let Secret { secret } = product.keelson(&["connection", "add", "github"])?;
    let sender =
        Sender { client: product.client().clone(), url: format!("{}/hooks/github", product.url()), secret };
    let (mut number, mut p50, mut p99) = (0, Sample::default(), Sample::default());
    steady(&sender, WARM_UP, &mut number).await?;
    for _ in 0..setting.runs {
        let acknowledged = steady(&sender, STEADY, &mut number).await?;
        p50.add(acknowledged.quantile(0.5).context("nothing was measured")?);
        p99.add(acknowledged.quantile(0.99).context("nothing was measured")?);
    }
    let floor = sync_floor(&product)?;
    let floor_p50 = floor.median().context("the disk was not measured")?;
    let floor_p99 = floor.quantile(0.99).context("the disk was not measured")?;
    let burst = burst(&sender, &mut number).await?;
    Ok(vec![
        Figure::median(BENCH, "ack_p50_ms", &p50, "ms")?.beside("fsync", floor_p50),
        Figure::median(BENCH, "ack_p99_ms", &p99, "ms")?.beside("fsync", floor_p99).aim(Aim::AtMost(20.0)),
        Figure::single(BENCH, "burst_deliveries", BURST.into(), ""),
        Figure::single(BENCH, "burst_unanswered", burst.unanswered.into(), "").aim(Aim::AtMost(0.0)),
        Figure::single(BENCH, "burst_asked_to_wait", burst.asked_to_wait.into(), ""),
        Figure::single(BENCH, "burst_lost", burst.lost.into(), "").aim(Aim::AtMost(0.0)),
        Figure::single(BENCH, "burst_per_second", f64::from(BURST) / burst.seconds, "1/s"),
    ])
}

/// Sends signed pushes, each of its own commit.
#[derive(Clone)]
struct Sender {
    client: reqwest::Client,
    url: String,
    secret: String,
}

impl Sender {
    /// Delivers push number `number`, and answers the status and whether it says when to come again.
    async fn deliver(&self, number: u32) -> Result<(u16, bool)> {
        let (before, sha) = (format!("{:040x}", number - 1), format!("{number:040x}"));
        let commit = PushedCommit { sha: &sha, message: "Change something", author: "ada" };
        let body = github::push("acme/shop", "main", &before, &[commit], "2026-11-20T10:00:00Z");
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let mut request = self.client.post(&self.url);
        for (name, value) in github::headers("push", &id, &self.secret, &body) {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await?;
        let waits = answer.headers().contains_key("retry-after");
        let status = answer.status().as_u16();
        answer.bytes().await?;
        Ok((status, waits))
    }
}

/// Delivers at the steady rate whether or not the answers come (an open loop, so that a slow answer delays none of the
/// others), and answers the times to acknowledgement in milliseconds, from the moment each should have been sent.
async fn steady(sender: &Sender, period: Duration, number: &mut u32) -> Result<Sample> {
    let count = RATE * u32::try_from(period.as_secs())?;
    let started = Instant::now();
    let mut deliveries = JoinSet::new();
    for n in 0..count {
        let due = started + Duration::from_secs(1) * n / RATE;
        tokio::time::sleep_until(due.into()).await;
        *number += 1;
        let (sender, number) = (sender.clone(), *number);
        deliveries.spawn(async move {
            let (status, _) = sender.deliver(number).await?;
            ensure!(status == 202, "a delivery at the steady rate was answered {status}");
            Ok(due.elapsed().as_secs_f64() * 1_000.0)
        });
    }
    let mut sample = Sample::default();
    while let Some(took) = deliveries.join_next().await {
        sample.add(took??);
    }
    Ok(sample)
}

/// What became of a burst.
#[derive(Default)]
struct Burst {
    /// Broken connections, and answers that are neither yes nor "come again then".
    unanswered: u32,
    /// Answers that said when to come again.
    asked_to_wait: u32,
    /// Deliveries that never got in, however often they were sent.
    lost: u32,
    /// Until all were in.
    seconds: f64,
}

async fn burst(sender: &Sender, number: &mut u32) -> Result<Burst> {
    let mut open: Vec<u32> = (1..=BURST).map(|n| *number + n).collect();
    *number += BURST;
    let (mut burst, started, mut rounds) = (Burst::default(), Instant::now(), 0);
    while !open.is_empty() && rounds < ROUNDS {
        rounds += 1;
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        let mut deliveries = JoinSet::new();
        for number in open.drain(..) {
            let (sender, connections) = (sender.clone(), connections.clone());
            deliveries.spawn(async move {
                let _connection = connections.acquire_owned().await;
                (number, sender.deliver(number).await)
            });
        }
        while let Some(delivered) = deliveries.join_next().await {
            match delivered? {
                (_, Ok((202, _))) => {}
                (number, Ok((429 | 503, true))) => {
                    burst.asked_to_wait += 1;
                    open.push(number);
                }
                (number, Ok(_) | Err(_)) => {
                    burst.unanswered += 1;
                    open.push(number);
                }
            }
        }
        if !open.is_empty() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    burst.lost = u32::try_from(open.len())?;
    burst.seconds = started.elapsed().as_secs_f64();
    Ok(burst)
}

/// How long the disk that the product writes to takes to sync a row's worth of bytes, in milliseconds.
fn sync_floor(product: &Product) -> Result<Sample> {
    let mut file = File::create(product.folder().join("sync-floor"))?;
    let row = [7_u8; 4_096];
    (0..400)
        .map(|_| {
            let started = Instant::now();
            file.write_all(&row)?;
            file.sync_data()?;
            Ok(started.elapsed().as_secs_f64() * 1_000.0)
        })
        .collect()
}
