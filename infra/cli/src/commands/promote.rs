//! `keelson promote`: bring an artifact into an environment.

use api::promotion::CreatePromotion;
use api::routes::CREATE_PROMOTION;

use super::Place;
use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{resolve, watch};

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The artifact, or the first digits of its digest; without it, the newest that is fit for the environment
    #[arg(long, value_name = "DIGEST")]
    artifact: Option<String>,
    /// Follow it until it is over
    #[arg(long)]
    watch: bool,
}

/// Starts a promotion; its gates apply.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Place { service, environment } = arguments.place;
    let artifact = match arguments.artifact {
        Some(given) => Some(resolve::artifact(&context.client, &service, &given).await?),
        None => None,
    };
    let body = CreatePromotion { service, environment, artifact };
    let promotion = context.client.call(&CREATE_PROMOTION, &[], NO_QUERY, &body).await?;
    watch::show_or_follow(&promotion, arguments.watch, context).await
}
