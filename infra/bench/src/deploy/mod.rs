//! Many deploys and rollbacks under a mixed load: what fails, how soon a rollback is through, and what the proxy takes.

mod load;
mod nginx;
pub(crate) mod service;
pub(crate) mod shop;
mod tally;
mod throughput;
mod websocket;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use self::load::Load;
use self::nginx::Nginx;
use self::shop::Shop;
use self::tally::Tally;
use crate::figure::{Aim, Figure, Sample};
use crate::product::Product;
use crate::{Setting, out};

const BENCH: &str = "deploy";
/// A rollback after so many deploys.
const DEPLOYS_PER_ROLLBACK: u32 = 5;
/// How long requests are watched after a switch, for one that still goes to the wrong artifact.
const AFTER: Duration = Duration::from_millis(500);

/// Runs it, with so many deploys and a fifth as many rollbacks.
pub(crate) async fn run(setting: &Setting, deploys: u32) -> Result<Vec<Figure>> {
    let product = Product::start(setting).await?;
    let mut shop = Shop::open(&product).await?;
    shop.deploy().await?;
    let mut figures = proxy(&product, &shop, setting.runs).await?;
    let load = Load::start(shop.address());
    let started = Instant::now();
    let rollbacks = ship(&mut shop, load.tally(), deploys).await?;
    let took = started.elapsed().as_secs_f64();
    let tally = load.end().await;
    for reason in tally.reasons() {
        out::note(&reason);
    }
    figures.extend(outcome(&tally, &rollbacks, deploys, took)?);
    Ok(figures)
}

/// How long rollbacks took.
#[derive(Default)]
struct Rollbacks {
    /// To the release before, which may still answer what it began with.
    to_the_last: Sample,
    /// To the first of all, which has to be started again unless it still answers a long request.
    to_the_first: Sample,
}

/// Deploys one artifact after another, with rollbacks in between, in turns of either kind.
async fn ship(shop: &mut Shop<'_>, tally: &Tally, deploys: u32) -> Result<Rollbacks> {
    let mut rollbacks = Rollbacks::default();
    for number in 1..=deploys {
        shop.deploy().await?;
        if !number.is_multiple_of(DEPLOYS_PER_ROLLBACK) {
            continue;
        }
        let bad = shop.running().to_owned();
        // Forgets what came before.
        let _ = tally.last_visit(&bad);
        let commanded = Instant::now();
        let sample = if number.is_multiple_of(2 * DEPLOYS_PER_ROLLBACK) {
            shop.roll_back_to_the_first().await?;
            &mut rollbacks.to_the_first
        } else {
            shop.roll_back().await?;
            &mut rollbacks.to_the_last
        };
        sample.add((last_visit(shop, tally, &bad).await? - commanded).as_secs_f64());
        let (requests, failed) = (tally.requests.well(), tally.requests.badly());
        out::note(&format!("{number} deploys and the rollbacks: {requests} requests, {failed} failed"));
    }
    Ok(rollbacks)
}

/// When the last request began that the artifact answered which was left: from then on all go to the old one. When
/// it answered none at all, the end of the rollback, which is later.
async fn last_visit(shop: &Shop<'_>, tally: &Tally, left: &str) -> Result<Instant> {
    let over = Instant::now();
    while !tally.has_answered_since(shop.running(), over) {
        ensure!(over.elapsed() < Duration::from_secs(10), "nothing is answered after a rollback");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(AFTER).await;
    Ok(tally.last_visit(left).unwrap_or(over))
}

fn outcome(tally: &Tally, rollbacks: &Rollbacks, deploys: u32, took: f64) -> Result<Vec<Figure>> {
    let single = |name, value, unit| Figure::single(BENCH, name, value, unit);
    let (well, badly) = (count(tally.requests.well()), count(tally.requests.badly()));
    let share = |kind: &tally::Count| count(kind.well()) / count(kind.well() + kind.badly()).max(1.0);
    let mut figures = vec![
        single("deploys", f64::from(deploys), ""),
        single("requests", well + badly, ""),
        single("request_rate", (well + badly) / took, "1/s").aim(Aim::AtLeast(500.0)),
        single("failed_requests", badly, "").aim(Aim::AtMost(0.0)),
        single("long_requests", count(tally.long.well() + tally.long.badly()), ""),
        single("long_request_completed", share(&tally.long), "of 1").aim(Aim::AtLeast(1.0)),
        single("websockets", count(tally.websockets.well() + tally.websockets.badly()), ""),
        single("websockets_closed_cleanly", share(&tally.websockets), "of 1").aim(Aim::AtLeast(1.0)),
        single("event_streams", count(tally.events.well() + tally.events.badly()), ""),
        single("event_streams_ended_cleanly", share(&tally.events), "of 1").aim(Aim::AtLeast(1.0)),
    ];
    let Rollbacks { to_the_last, to_the_first } = rollbacks;
    for (name, sample) in [("rollback_seconds", to_the_last), ("rollback_to_first_seconds", to_the_first)] {
        if sample.len() > 0 {
            figures.push(Figure::median(BENCH, name, sample, "s")?.aim(Aim::AtMost(2.0)));
        }
    }
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 of anything")]
fn count(count: u64) -> f64 {
    count as f64
}

/// Keelson's proxy beside nginx, in turns: the same service, clients and machine.
async fn proxy(product: &Product, shop: &Shop<'_>, runs: u32) -> Result<Vec<Figure>> {
    let nginx = Nginx::start(shop.service().await?)?;
    if nginx.is_none() {
        out::note("nginx is not installed (Debian: apt-get install nginx-light), so there is no peer");
    }
    let (mut ours, mut theirs, mut direct) = (Sides::default(), Sides::default(), Sides::default());
    for _ in 0..runs {
        ours.add(&throughput::measure(shop.address(), Some(product.pid())).await?);
        if let Some(nginx) = &nginx {
            theirs.add(&throughput::measure(nginx.address(), Some(nginx.worker()?)).await?);
        }
        direct.add(&throughput::measure(shop.service().await?, None).await?);
    }
    let beside = |figure: Figure, theirs: &Sample| match theirs.median() {
        Some(theirs) => figure.beside("nginx", theirs),
        None => figure,
    };
    let rate = Figure::median(BENCH, "proxy_rps", &ours.rate, "1/s")?;
    let cost = Figure::median(BENCH, "proxy_cpu", &ours.cost, "µs/request")?;
    Ok(vec![
        beside(rate, &theirs.rate).aim(Aim::RatioAtLeast(0.7)),
        beside(cost, &theirs.cost),
        Figure::median(BENCH, "direct_rps", &direct.rate, "1/s")?,
    ])
}

/// What was measured of one way to the service.
#[derive(Default)]
struct Sides {
    rate: Sample,
    cost: Sample,
}

impl Sides {
    fn add(&mut self, measured: &throughput::Throughput) {
        self.rate.add(measured.rate);
        if let Some(cost) = measured.cost_micros {
            self.cost.add(cost);
        }
    }
}
