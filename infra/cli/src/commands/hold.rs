//! `keelson hold`: keep automation away from an environment.

use api::promotion::SetHold;
use api::routes::SET_HOLD;
use serde_json::json;

use super::Place;
use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Why, for everybody who wonders
    #[arg(long)]
    reason: String,
}

/// Sets the hold.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Arguments { place, reason } = arguments;
    let body = SetHold { reason };
    context.client.call(&SET_HOLD, &place.path(), NO_QUERY, &body).await?;
    let Place { service, environment } = &place;
    let value =
        json!({ "service": service, "environment": environment, "held": true, "reason": body.reason });
    context.output.show(&value, |_| {
        format!(
            "{service} is held in {environment}: automation promotes nothing there until \
             `keelson resume {service} {environment}`.\n"
        )
    })?;
    Ok(Exit::Done)
}
