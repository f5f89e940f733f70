//! `keelson audit`: what happened, and who did it.

use api::overview::EventView;
use api::routes::{GET_AUDIT, GET_TIMELINE};
use domain::ServiceName;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only what concerns this service
    #[arg(long)]
    service: Option<ServiceName>,
    /// How many at most
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N")]
    limit: usize,
}

/// Lists events, newest first.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let events: Vec<EventView> = match &arguments.service {
        Some(service) => {
            context.client.list(&GET_TIMELINE, &[service.as_str()], &[], arguments.limit).await?
        }
        None => context.client.list(&GET_AUDIT, &[], &[], arguments.limit).await?,
    };
    let now = context.now();
    context.output.show(&events, |theme| render::events(&events, now, theme))?;
    Ok(Exit::Done)
}
