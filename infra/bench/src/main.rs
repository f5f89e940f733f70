//! Measures the product beside its peers; `cargo xtask bench` builds and runs it.

mod analysis;
mod cold;
mod deploy;
mod figure;
mod out;
mod panel;
mod product;
mod report;
mod scale;
mod webhooks;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};

use crate::figure::Figure;

/// Measures one thing.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// What to measure
    bench: Bench,
    /// The release build of `keelson`
    #[arg(long, value_name = "FILE")]
    keelson: PathBuf,
    /// The folder with the panel's built files
    #[arg(long, value_name = "FOLDER")]
    panel: Option<PathBuf>,
    /// The folder with the functions' programs
    #[arg(long, value_name = "FOLDER")]
    functions: Option<PathBuf>,
    /// The folder with the functions' archives
    #[arg(long, value_name = "FOLDER")]
    archives: Option<PathBuf>,
    /// One line of JSON per figure
    #[arg(long)]
    json: bool,
    /// End with code 1 when an aim is missed
    #[arg(long)]
    strict: bool,
    /// How often a measurement is repeated where repeating is cheap
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How many deploys `deploy` does; a fifth as many rollbacks come on top
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    deploys: u32,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bench {
    /// How often the verdict on a rollout is wrong, by simulation
    Analysis,
    /// The time from the start of a function's process until it answers, beside one that only says hello
    Cold,
    /// Deploys and rollbacks under a mixed load, and the proxy beside nginx
    Deploy,
    /// What a first visit to the panel downloads, and how soon its verdict is read
    Panel,
    /// What grows from ten services to a thousand, each with a year of history
    Scale,
    /// The time from starting Keelson in an empty folder until it can serve requests
    Start,
    /// How fast webhooks are acknowledged, steadily and in a burst
    Webhooks,
}

/// What every bench is told.
pub(crate) struct Setting {
    /// The release build of `keelson`.
    pub(crate) keelson: PathBuf,
    /// The folder with the panel's built files.
    pub(crate) panel: Option<PathBuf>,
    /// How often a measurement is repeated where repeating is cheap.
    pub(crate) runs: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match std::env::args().nth(1) {
        // What `deploy` deploys is this program.
        Some(argument) if argument == deploy::service::ARGUMENT => {
            deploy::service::run().await.map(|()| ExitCode::SUCCESS)
        }
        _ => run(Arguments::parse()).await,
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            out::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    // Fails only when it has been done already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let setting = Setting { keelson: arguments.keelson, panel: arguments.panel, runs: arguments.runs };
    let figures: Vec<Figure> = match arguments.bench {
        Bench::Analysis => analysis::run(&setting)?,
        Bench::Cold => {
            let missing = "`cargo xtask bench cold` says where the functions are";
            let (built, archives) =
                (arguments.functions.context(missing)?, arguments.archives.context(missing)?);
            cold::run(&cold::Programs { built, archives }, setting.runs).await?
        }
        Bench::Deploy => deploy::run(&setting, arguments.deploys).await?,
        Bench::Panel => panel::run(&setting).await?,
        Bench::Scale => scale::run(&setting).await?,
        Bench::Start => product::start_time(&setting).await?,
        Bench::Webhooks => webhooks::run(&setting).await?,
    };
    if arguments.json {
        figures.iter().for_each(|figure| out::line(&report::json(figure)));
    } else {
        out::line(&report::table(&figures));
    }
    let all_met = figures.iter().all(|figure| figure.met() != Some(false));
    Ok(if all_met || !arguments.strict { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
