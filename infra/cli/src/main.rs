//! `keelson`: the server, the command line and the demo in one program.

mod cli;
mod client;
mod commands;
mod context;
mod demo;
mod exit;
mod output;
mod render;
mod resolve;
mod surroundings;
mod watch;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output};
use crate::surroundings::Surroundings;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let surroundings = surroundings();
    let format = if cli.global.json { Format::Json } else { Format::Human };
    let mut output = Output::standard(format, surroundings.variable("NO_COLOR").is_none());
    let exit = match commands::run(cli, &surroundings, &mut output).await {
        Ok(exit) => exit,
        Err(failure) => {
            tell(&failure, &mut output);
            failure.exit()
        }
    };
    exit.into()
}

fn tell(failure: &Failure, output: &mut Output) {
    if failure.exit() != Exit::Done {
        output.failure(&failure.text());
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place of this program where the environment is read")]
fn surroundings() -> Surroundings {
    let directory = std::env::current_dir().unwrap_or_default();
    Surroundings::read(|name| std::env::var(name).ok(), directory)
}
