//! `keelson resume`: let automation go on in an environment.

use api::routes::LIFT_HOLD;
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
}

/// Lifts the hold.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    context.client.call(&LIFT_HOLD, &arguments.place.path(), NO_QUERY, &()).await?;
    let Place { service, environment } = &arguments.place;
    let value = json!({ "service": service, "environment": environment, "held": false });
    let sentence = format!("{service} goes on in {environment}: what waits there may start.\n");
    context.output.show(&value, |_| sentence)?;
    Ok(Exit::Done)
}
