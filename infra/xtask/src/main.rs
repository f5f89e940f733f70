//! `cargo xtask`: everything a developer or CI runs in this repository, with no tool to install first.

mod bench;
mod cost;
mod out;
mod package;
mod process;
mod progress;
mod python;
mod settings;
mod system;
mod template;
mod test;
mod tidy;
mod timings;
mod up;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::package::Architecture;
use crate::test::Stage;
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
    /// Build what is not up to date and start Keelson with its demo
    Up {
        /// Passed on to `keelson up`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Check everything that CI checks
    Test {
        /// Run this stage only; may be given more than once
        #[arg(long = "stage", value_enum)]
        stages: Vec<Stage>,
    },
    /// Check where things lie, what depends on what and how files look
    Tidy,
    /// Check the stack of infra/aws: expanded, by cfn-lint, checkov and rules of our own
    Template(template::Options),
    /// Measure something in release, beside its peer: analysis, cold, deploy, panel, scale, start, webhooks
    Bench {
        /// What to measure, and options passed on
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Package the functions for AWS Lambda into target/lambda
    Package {
        /// For the processors that cost less, in place of this machine's own
        #[arg(long)]
        arm64: bool,
        /// Build twice more, from nothing, and compare
        #[arg(long)]
        check: bool,
        /// One line of JSON per function
        #[arg(long)]
        json: bool,
    },
    /// Work out what a month of the stack in infra/aws costs
    Cost {
        /// Print one line of JSON for each line of the bill
        #[arg(long)]
        json: bool,
    },
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
    let well = match task {
        Task::Up { arguments } => match up::run(&workspace, &arguments)? {},
        Task::Bench { arguments } => match bench::run(&workspace, &arguments)? {},
        Task::Test { stages } => test::run(&workspace, &stages)?,
        Task::Package { arm64, check, json } => {
            let architecture = if arm64 { Architecture::Arm64 } else { Architecture::X86 };
            package::run(&workspace, architecture, check, json)?;
            true
        }
        Task::Tidy => tidy::run(&workspace)?.failed == 0,
        Task::Cost { json } => {
            cost::run(&workspace, json)?;
            true
        }
        Task::Template(options) => template::run(&workspace, &options)?.failed == 0,
        Task::Web { dev } => {
            let profile = if dev { Profile::Dev } else { Profile::Web };
            let sizes = web::build(&workspace, profile)?;
            sizes.print();
            sizes.within_budget()?;
            true
        }
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
