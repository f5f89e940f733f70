//! `keelson ships`: what would ship into an environment.

use api::routes::GET_SHIPS;

use super::Place;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, resolve};

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The artifact, or the first digits of its digest; without it, the one that would come next
    #[arg(long, value_name = "DIGEST")]
    artifact: Option<String>,
}

/// Lists commits, pull requests and people.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Place { service, environment } = arguments.place;
    let artifact = match arguments.artifact {
        Some(given) => resolve::artifact(&context.client, &service, &given).await?,
        None => resolve::next(&context.client, &service, &environment).await?,
    };
    let artifact = artifact.to_string();
    let query = [("environment", environment.as_str()), ("artifact", &artifact)];
    let ships = context.client.call(&GET_SHIPS, &[service.as_str()], &query, &()).await?;
    let now = context.now();
    context.output.show(&ships, |theme| render::ships(&ships, now, theme))?;
    Ok(Exit::Done)
}
