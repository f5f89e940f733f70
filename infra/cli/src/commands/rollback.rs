//! `keelson rollback`: take an environment back.

use api::promotion::RollBackRequest;
use api::routes::{GET_SHIPS, ROLL_BACK};
use api::service::Ships;
use domain::Digest;

use super::Place;
use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, resolve, watch};

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The artifact to go back to, or the first digits of its digest; without it, what ran before
    #[arg(long, value_name = "DIGEST")]
    to: Option<String>,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Follow it until it is over
    #[arg(long)]
    watch: bool,
}

/// Shows what un-ships, asks, and goes back. Gates, holds and running rollouts do not block it.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Arguments { place, to, reason, yes, watch } = arguments;
    let to = match to {
        Some(given) => Some(resolve::artifact(&context.client, &place.service, &given).await?),
        None => None,
    };
    if !yes && !agreed(&place, to, context).await? {
        context.output.note("Not rolled back; nothing was changed.\n");
        return Ok(Exit::Failed);
    }
    let body = RollBackRequest { to, reason };
    let promotion = context.client.call(&ROLL_BACK, &place.path(), NO_QUERY, &body).await?;
    watch::show_or_follow(&promotion, watch, context).await
}

async fn agreed(place: &Place, to: Option<Digest>, context: &mut Context<'_>) -> Result<bool, Failure> {
    let theme = context.output.theme();
    match what_un_ships(place, to, context).await {
        Ok(ships) => context.output.note(&render::ships(&ships, context.now(), theme)),
        // Not knowing what un-ships must not stand in the way of going back.
        Err(error) => context.output.note(&format!("What un-ships cannot be told: {error}\n")),
    }
    let Place { service, environment } = place;
    context.output.ask(&format!("Roll {service} back in {environment}?")).ok_or_else(|| {
        Failure::Usage("nobody is there to ask: add --yes to roll back without a question".to_owned())
    })
}

async fn what_un_ships(place: &Place, to: Option<Digest>, context: &Context<'_>) -> Result<Ships, Failure> {
    let target = match to {
        Some(digest) => digest,
        None => resolve::previous(&context.client, &place.service, &place.environment).await?,
    };
    let digest = target.to_string();
    let query = [("environment", place.environment.as_str()), ("artifact", &digest)];
    Ok(context.client.call(&GET_SHIPS, &[place.service.as_str()], &query, &()).await?)
}
