//! How soon a function answers whose process was not there: each program beside a function that only says hello, in
//! turns.
//!
//! What AWS itself adds is left out: fetching the archive, starting a machine for it, and the first connections to
//! other services.

mod runtime_api;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use self::runtime_api::RuntimeApi;
use crate::figure::{Aim, Figure, Sample};
use crate::out;

/// What the others stand beside.
const HELLO: &str = "hello";
/// The least number of starts that say something.
const LEAST: u32 = 20;
/// How long a process may take to whatever is waited for.
const DEADLINE: Duration = Duration::from_secs(20);
/// What `CloudFront` says.
const ORIGIN: &str = "only-cloudfront-knows";

/// Where the programs are.
pub(crate) struct Programs {
    /// The folder with the programs, and `hello` in its folder `examples`.
    pub(crate) built: PathBuf,
    /// The folder with their archives.
    pub(crate) archives: PathBuf,
}

/// One program under measurement, and what its first invocation is: one that asks nobody else.
struct Subject {
    name: &'static str,
    init: &'static str,
    first: &'static str,
    zipped: &'static str,
    payload: Value,
}

fn subjects() -> [Subject; 4] {
    let names = |name, init, first, zipped, payload| Subject { name, init, first, zipped, payload };
    let letter = json!({"Records": [{
        "messageId": "one", "eventSource": "aws:sqs", "body": "{}",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:keelson-webhooks-dead",
    }]});
    [
        names("webhooks", "webhooks_init_ms", "webhooks_first_ms", "webhooks_zipped_mb", request("/hooks")),
        names(
            "promotions",
            "promotions_init_ms",
            "promotions_first_ms",
            "promotions_zipped_mb",
            request("/api"),
        ),
        names("panel", "panel_init_ms", "panel_first_ms", "panel_zipped_mb", request("/healthz")),
        names("relay", "relay_init_ms", "relay_first_ms", "relay_zipped_mb", letter),
    ]
}

/// A request as the HTTP API hands it over.
fn request(path: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"host": "keelson.example", "accept": "*/*", "x-keelson-origin": ORIGIN},
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1", "domainName": "keelson.example", "stage": "$default",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "requestId": "r1", "routeKey": "$default", "time": "23/Nov/2026:09:00:00 +0000",
            "timeEpoch": 1_795_424_400_000_i64,
        },
        "isBase64Encoded": false,
    })
}

/// Starts every program again and again, and tells how long that takes.
///
/// # Errors
/// When a program is missing, does not start, or does not answer.
pub(crate) async fn run(programs: &Programs, runs: u32) -> Result<Vec<Figure>> {
    let api = RuntimeApi::start().await?;
    let subjects = subjects();
    let hello = programs.built.join("examples").join(HELLO);
    let rounds = runs.max(LEAST);
    let bar = out::bar(rounds as usize, "cold starts");
    let mut hellos = Times::default();
    let mut times: [Times; 4] = Default::default();
    // The first of each reads the program from the disk, and is not counted.
    for round in 0..=rounds {
        let is_counted = round > 0;
        hellos.add(is_counted, measure(&api, &hello, &request("/")).await?);
        for (subject, times) in subjects.iter().zip(&mut times) {
            times.add(is_counted, measure(&api, &programs.built.join(subject.name), &subject.payload).await?);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let median = |sample: &Sample| sample.median().context("nothing was measured");
    let (init, first) = (median(&hellos.init)?, median(&hellos.first)?);
    let mut figures = vec![
        Figure::median("cold", "hello_init_ms", &hellos.init, "ms")?,
        Figure::median("cold", "hello_first_ms", &hellos.first, "ms")?,
    ];
    for (subject, times) in subjects.iter().zip(&times) {
        let figure = Figure::median("cold", subject.init, &times.init, "ms")?;
        figures.push(figure.beside(HELLO, init).aim(Aim::RatioAtMost(1.5)));
        figures.push(Figure::median("cold", subject.first, &times.first, "ms")?.beside(HELLO, first));
        let zipped = megabytes(&programs.archives.join(format!("{}.zip", subject.name)))?;
        figures.push(Figure::single("cold", subject.zipped, zipped, "MB").aim(Aim::AtMost(8.0)));
    }
    Ok(figures)
}

/// How long starts took, in milliseconds.
#[derive(Default)]
struct Times {
    /// From the start of the process until it asks for its first invocation.
    init: Sample,
    /// From there until that is answered.
    first: Sample,
}

impl Times {
    fn add(&mut self, is_counted: bool, (init, first): (Duration, Duration)) {
        if is_counted {
            self.init.add(init.as_secs_f64() * 1_000.0);
            self.first.add(first.as_secs_f64() * 1_000.0);
        }
    }
}

/// Starts a program, has it answer one invocation, and ends it.
async fn measure(api: &RuntimeApi, program: &Path, payload: &Value) -> Result<(Duration, Duration)> {
    ensure!(program.exists(), "{} was not built", program.display());
    let mut invocation = api.expect(payload.to_string());
    let started = Instant::now();
    let process = Command::new(program)
        .env_clear()
        .envs(environment(api))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut process = process.with_context(|| format!("{} cannot be started", program.display()))?;
    let answered = tokio::time::timeout(DEADLINE, invocation.answered()).await;
    process.kill()?;
    process.wait()?;
    let (asked, handed, answered) =
        answered.with_context(|| format!("{} does not answer", program.display()))??;
    Ok((asked.duration_since(started), answered.duration_since(handed)))
}

/// What Lambda tells a function of itself, and what the stack tells each: no secret is elsewhere, so nobody is asked.
fn environment(api: &RuntimeApi) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    vec![
        ("AWS_LAMBDA_RUNTIME_API", api.address()),
        ("AWS_LAMBDA_FUNCTION_NAME", text("keelson")),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", text("256")),
        ("AWS_LAMBDA_FUNCTION_VERSION", text("1")),
        ("AWS_REGION", text("eu-central-1")),
        ("AWS_ACCESS_KEY_ID", text("none")),
        ("AWS_SECRET_ACCESS_KEY", text("none")),
        ("AWS_SESSION_TOKEN", text("none")),
        ("KEELSON_TABLES", text("keelson")),
        ("KEELSON_PUBLIC_URL", text("https://keelson.example")),
        ("KEELSON_LOG_FORMAT", text("json")),
        ("KEELSON_TRUSTED_PROXIES", text("2")),
        ("KEELSON_ORIGIN_SECRET", text(ORIGIN)),
        ("KEELSON_SEALING_KEY", text("{\"current\":\"a\",\"a\":\"abcdefghijklmnopqrstuvwxyz0123456789\"}")),
        ("KEELSON_ARTIFACTS_BUCKET", text("keelson-artifacts")),
        ("KEELSON_BUS", text("keelson")),
        (
            "KEELSON_QUEUES",
            text("webhooks=https://sqs.example/webhooks,promotions=https://sqs.example/promotions"),
        ),
    ]
}

fn megabytes(file: &Path) -> Result<f64> {
    let size = fs::metadata(file).with_context(|| format!("{} was not packaged", file.display()))?.len();
    #[expect(clippy::cast_precision_loss, reason = "a file of some megabytes")]
    Ok(size as f64 / 1_000_000.0)
}
