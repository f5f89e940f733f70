//! `keelson ci`: how long commits take from push to artifact.

use api::routes::GET_CI;
use domain::ServiceName;

use super::window;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The service
    service: ServiceName,
    /// How many days
    #[arg(long, value_name = "DAYS", default_value = "30", value_parser = window())]
    window: String,
}

/// Prints the figures, and the newest run job by job.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let query = [("window", arguments.window.as_str())];
    let view = context.client.call(&GET_CI, &[arguments.service.as_str()], &query, &()).await?;
    let now = context.now();
    context.output.show(&view, |theme| render::ci(&view, now, theme))?;
    Ok(Exit::Done)
}
