//! `keelson unlock`: let everybody into an environment again.

use api::routes::LIFT_LOCK;
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

/// Lifts the lock.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    context.client.call(&LIFT_LOCK, &arguments.place.path(), NO_QUERY, &()).await?;
    let Place { service, environment } = &arguments.place;
    let value = json!({ "service": service, "environment": environment, "locked": false });
    let sentence = format!("{service} is unlocked in {environment}: what waits there may start.\n");
    context.output.show(&value, |_| sentence)?;
    Ok(Exit::Done)
}
