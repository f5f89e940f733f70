//! `cargo xtask`: everything a developer or CI runs in this repository, with no tool to install first.

mod out;
mod process;
mod progress;
mod settings;
mod system;
mod timings;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::web::Profile;
use crate::workspace::Workspace;

/// Builds, checks and starts Keelson.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the panel into web/dist; nothing to do when its sources are as they were
    Web {
        /// Compile quickly, without optimisation and compression
        #[arg(long)]
        dev: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            out::problem(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    match task {
        Task::Web { dev } => {
            let profile = if dev { Profile::Dev } else { Profile::Web };
            web::build(&workspace, profile)?.print();
        }
    }
    Ok(ExitCode::SUCCESS)
}
