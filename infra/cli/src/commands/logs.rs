//! `keelson logs`: what a service wrote.

use std::time::Duration;

use api::routes::GET_LOGS;

use super::Place;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, resolve};

/// How often `--follow` looks for more.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Go on as more is written
    #[arg(long, short)]
    follow: bool,
    /// Only lines that contain this text
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    /// Only what this artifact wrote
    #[arg(long, value_name = "DIGEST")]
    artifact: Option<String>,
    /// How many of the last lines
    #[arg(long, short = 'n', default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    lines: u32,
}

/// Prints lines, oldest first.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Place { service, environment } = &arguments.place;
    let artifact = match &arguments.artifact {
        Some(given) => Some(resolve::artifact(&context.client, service, given).await?.to_string()),
        None => None,
    };
    let limit = arguments.lines.to_string();
    let mut query = vec![("environment", environment.as_str()), ("limit", &limit)];
    query.extend(artifact.as_deref().map(|artifact| ("artifact", artifact)));
    query.extend(arguments.grep.as_deref().map(|text| ("contains", text)));
    let mut after: Option<String> = None;
    loop {
        let mut query = query.clone();
        query.extend(after.as_deref().map(|after| ("after", after)));
        let logs = match context.client.call(&GET_LOGS, &[service.as_str()], &query, &()).await {
            Ok(logs) => logs,
            // A server that restarts is no reason to stop following.
            Err(error) if after.is_some() && error.is_passing() => {
                tokio::time::sleep(LOOK_AGAIN).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for line in &logs.lines {
            context.output.show_line(line, |theme| render::log_line(line, theme))?;
        }
        if !arguments.follow {
            return Ok(Exit::Done);
        }
        after = logs.next.map(|next| next.to_string()).or(after);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
