//! One machine with ten services and with a thousand, each with a year of history: what grows, and what does not.
//!
//! Both installations run at once and are measured in turns, so that what else the machine does troubles both.

mod fill;
mod memory;
mod year;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use api::overview::Overview;
use jiff::Timestamp;
use tempfile::TempDir;

use self::fill::Filler;
use self::memory::resident_megabytes;
use crate::deploy::shop::{self, Shop};
use crate::figure::{Aim, Figure, Sample};
use crate::product::Product;
use crate::{Setting, out};

const BENCH: &str = "scale";
/// The sizes that are compared.
const FEW: usize = 10;
const MANY: usize = 1_000;
const PEER: &str = "10 services";
/// Requests of the overview in each run, after as many that warm up.
const OVERVIEWS: u32 = 200;
/// Promotions in each run.
const PROMOTIONS: u32 = 10;
/// How long an installation rests before its memory is read.
const REST: Duration = Duration::from_secs(20);

/// What was measured of one installation.
#[derive(Default)]
struct Measured {
    ready: Sample,
    memory: Sample,
    overview: Sample,
    promotion: Sample,
    done: Sample,
}

/// An installation with a year of history.
struct Installation {
    services: usize,
    rows: usize,
    /// How long it took to work out how the services stand, once.
    projection: Duration,
    folder: TempDir,
    measured: Measured,
}

/// Measures both.
pub(crate) async fn run(setting: &Setting) -> Result<Vec<Figure>> {
    let mut few = Installation::make(setting, FEW).await?;
    let mut many = Installation::make(setting, MANY).await?;
    for _ in 0..setting.runs {
        for one in [&mut few, &mut many] {
            one.measure_start(setting).await?;
        }
    }
    let (running_few, running_many) = (few.start(setting).await?, many.start(setting).await?);
    let (mut shop_few, mut shop_many) = (Shop::open(&running_few).await?, Shop::open(&running_many).await?);
    for run in 1..=setting.runs {
        for (one, shop) in [(&mut few, &mut shop_few), (&mut many, &mut shop_many)] {
            one.measure_answers(shop).await?;
        }
        out::note(&format!("run {run} of {}", setting.runs));
    }
    drop((shop_few, shop_many));
    few.folder = running_few.stop()?;
    many.folder = running_many.stop()?;
    figures(&few, &many)
}

fn figures(few: &Installation, many: &Installation) -> Result<Vec<Figure>> {
    let single = |name, value, unit| Figure::single(BENCH, name, value, unit);
    let quantile = |sample: &Sample, share| sample.quantile(share).context("nothing was measured");
    let of = |name, share, aim: Option<Aim>, pick: fn(&Measured) -> &Sample| -> Result<Figure> {
        let (few, many) = (pick(&few.measured), pick(&many.measured));
        let figure = single(name, quantile(many, share)?, "ms").beside(PEER, quantile(few, share)?);
        Ok(match aim {
            Some(aim) => figure.aim(aim),
            None => figure,
        })
    };
    let grows = Some(Aim::RatioAtMost(1.5));
    let median = |name, unit, pick: fn(&Measured) -> &Sample| -> Result<Figure> {
        let peer = quantile(pick(&few.measured), 0.5)?;
        Ok(Figure::median(BENCH, name, pick(&many.measured), unit)?.beside(PEER, peer))
    };
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 rows")]
    let rows = |installation: &Installation| installation.rows as f64;
    Ok(vec![
        single("rows", rows(many), "").beside(PEER, rows(few)),
        single("database_mb", many.database_megabytes()?, "MB").beside(PEER, few.database_megabytes()?),
        single("projection_seconds", many.projection.as_secs_f64(), "s")
            .beside(PEER, few.projection.as_secs_f64()),
        median("ready_seconds", "s", |measured| &measured.ready)?.aim(Aim::AtMost(1.0)),
        median("idle_memory_mb", "MB", |measured| &measured.memory)?.aim(Aim::AtMost(80.0)),
        of("overview_p50_ms", 0.5, None, |measured| &measured.overview)?,
        of("overview_p99_ms", 0.99, grows, |measured| &measured.overview)?,
        of("promotion_p50_ms", 0.5, None, |measured| &measured.promotion)?,
        of("promotion_p99_ms", 0.99, grows, |measured| &measured.promotion)?,
        of("promotion_done_p50_ms", 0.5, None, |measured| &measured.done)?,
        of("promotion_done_p99_ms", 0.99, grows, |measured| &measured.done)?,
    ])
}

impl Installation {
    /// Makes one: started in an empty folder, stopped, filled with a year, and started for its first look at that.
    async fn make(setting: &Setting, services: usize) -> Result<Self> {
        let product = Product::start(setting).await?;
        let _: serde_json::Value = product.keelson(&["connection", "add", "github", "--kind", "github"])?;
        let folder = product.stop()?;
        let rows = fill(&folder, services)?;
        let started = Instant::now();
        let product = Product::start_in(setting, folder, &[]).await?;
        product
            .until("all services are looked at", async || {
                (overview(&product).await.ok()?.total == services).then_some(())
            })
            .await?;
        let projection = started.elapsed();
        Ok(Self { services, rows, projection, folder: product.stop()?, measured: Measured::default() })
    }

    async fn start(&mut self, setting: &Setting) -> Result<Product> {
        let folder = std::mem::replace(&mut self.folder, TempDir::new()?);
        Product::start_in(setting, folder, &[]).await
    }

    /// Starts it, lets it rest, and stops it.
    async fn measure_start(&mut self, setting: &Setting) -> Result<()> {
        let started = Instant::now();
        let product = self.start(setting).await?;
        self.measured.ready.add(started.elapsed().as_secs_f64());
        // A look at the first screen, so that what that needs is in memory too.
        ensure!(overview(&product).await?.total == self.services, "services are missing");
        tokio::time::sleep(REST).await;
        self.measured.memory.add(resident_megabytes(product.pid())?);
        self.folder = product.stop()?;
        Ok(())
    }

    async fn measure_answers(&mut self, shop: &mut Shop<'_>) -> Result<()> {
        for number in 0..2 * OVERVIEWS {
            let started = Instant::now();
            let seen = overview(shop.product()).await?;
            ensure!(seen.total == self.services + 1, "services are missing");
            if number >= OVERVIEWS {
                self.measured.overview.add(milliseconds(started.elapsed()));
            }
        }
        for number in 0..=PROMOTIONS {
            let (answered, done) = shop.timed_deploy().await?;
            if number > 0 {
                self.measured.promotion.add(milliseconds(answered));
                self.measured.done.add(milliseconds(done));
            }
        }
        Ok(())
    }

    fn database_megabytes(&self) -> Result<f64> {
        let bytes = std::fs::metadata(self.folder.path().join(".keelson/keelson.db"))?.len();
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 bytes")]
        Ok(bytes as f64 / 1e6)
    }
}

/// The first screen, as the command line asks for it.
async fn overview(product: &Product) -> Result<Overview> {
    let url = format!("{}{}", product.url(), api::routes::GET_OVERVIEW.path(&[]));
    let answer = product.client().get(url).bearer_auth(product.token()?).send().await?;
    Ok(answer.error_for_status()?.json().await?)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Fills the database in a folder, and answers how many rows that are.
fn fill(folder: &TempDir, services: usize) -> Result<usize> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the product under measurement goes by the clock of the machine"
    )]
    let now = Timestamp::now();
    let mut filler = Filler::open(folder.path(), now)?;
    let bar = out::bar(services, &format!("a year of {services} services"));
    year::write(&mut filler, services, now, |index| bar.set_position(u64::try_from(index).unwrap_or(0)))?;
    year::write_past(&mut filler, &shop::manifest(1, &serde_json::Value::from("none")), now)?;
    // As before the first look of all.
    filler.delivery(&domain::standing::Sweep { rounds: 0, after: None, next_at: now, counts_all: true })?;
    bar.finish_and_clear();
    filler.finish()
}
