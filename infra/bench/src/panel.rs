//! What a first visit to the panel downloads, and how soon its verdict is read.
//!
//! Chromium loads the overview from a real installation over loopback, each time with an empty cache;
//! `tests/browser/measure.mjs` drives it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::Setting;
use crate::figure::{Aim, Figure, Sample};
use crate::product::Product;

const BENCH: &str = "panel";
/// A load costs little: more of them give a steadier median than `--runs` does for long benches.
const LOADS_PER_RUN: u32 = 3;
/// How many services the overview shows.
const SERVICES: u32 = 10;
const MEASURE: &str = "tests/browser/measure.mjs";

#[derive(Deserialize)]
struct Link {
    url: String,
}

/// One load of the overview with an empty cache.
#[derive(Deserialize)]
struct Load {
    /// What the panel's own files took on the wire, with their headers.
    bytes: u32,
    /// From the start of the navigation until the verdict is in the document.
    verdict_ms: f64,
}

/// Measures both.
pub(crate) async fn run(setting: &Setting) -> Result<Vec<Figure>> {
    let panel = setting.panel.as_deref().context("the panel's bench needs --panel")?.canonicalize()?;
    let folder = tempfile::TempDir::new()?;
    let product = Product::start_in(setting, folder, &["--panel", &panel.to_string_lossy()]).await?;
    let _: serde_json::Value = product.keelson(&["connection", "add", "github"])?;
    for number in 1..=SERVICES {
        let file = product.file(&format!("{number}.toml"), manifest(number).as_bytes())?;
        let _: serde_json::Value = product.keelson(&["service", "apply", "--file", &file])?;
    }
    let Link { url } = product.keelson(&["user", "link", "admin"])?;
    let loads = measure(&script(&panel)?, &url, setting.runs * LOADS_PER_RUN)?;
    let kilobytes: Sample = loads.iter().map(|load| f64::from(load.bytes) / 1_000.0).collect();
    let verdict: Sample = loads.iter().map(|load| load.verdict_ms).collect();
    Ok(vec![
        Figure::median(BENCH, "transfer_kb", &kilobytes, "kB")?.aim(Aim::AtMost(350.0)),
        Figure::median(BENCH, "verdict_ms", &verdict, "ms")?.aim(Aim::AtMost(1_000.0)),
    ])
}

fn manifest(number: u32) -> String {
    format!(
        r#"[service]
name = "service-{number}"
team = "shop"
repository = "github:acme/service-{number}"

[[environment]]
name = "staging"
promote = "auto"
target = {{ kind = "process", command = ["./service"], ready = "/readyz" }}

[[environment]]
name = "production"
promote = "gated"
target = {{ kind = "process", command = ["./service"], ready = "/readyz" }}
"#
    )
}

/// The script that drives Chromium, found from the panel's files: both belong to the same checkout.
fn script(panel: &Path) -> Result<PathBuf> {
    let script = panel.ancestors().map(|folder| folder.join(MEASURE)).find(|script| script.exists());
    script.with_context(|| format!("there is no {MEASURE} beside {}", panel.display()))
}

fn measure(script: &Path, link: &str, runs: u32) -> Result<Vec<Load>> {
    let folder = script.parent().context("the script lies in a folder")?;
    if !folder.join("node_modules").exists() {
        let installed =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).output()?;
        ensure!(installed.status.success(), "npm ci: {}", String::from_utf8_lossy(&installed.stderr).trim());
    }
    let output = Command::new("node").arg(script).args([link, &runs.to_string()]).output().context("node")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{MEASURE}: {}", said.trim());
    serde_json::from_slice(&output.stdout).with_context(|| format!("{MEASURE} said something else than JSON"))
}
