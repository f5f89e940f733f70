//! `keelson dead-letters`: events that could not be handled.

use api::routes::{LIST_DEAD_LETTERS, REDRIVE_DEAD_LETTER};
use domain::EventId;
use serde_json::json;

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List them
    List,
    /// Send an event that could not be handled again
    Redrive {
        /// Who could not handle it
        subscriber: String,
        /// The event
        event: EventId,
    },
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::List => {
            let list = context.client.call(&LIST_DEAD_LETTERS, &[], NO_QUERY, &()).await?;
            context.output.show(&list, |theme| render::dead_letters(&list, now, theme))?;
        }
        Command::Redrive { subscriber, event } => {
            let path = [subscriber.as_str(), &event.to_string()];
            context.client.call(&REDRIVE_DEAD_LETTER, &path, NO_QUERY, &()).await?;
            let value = json!({ "subscriber": subscriber, "event": event, "sent": true });
            context.output.show(&value, |_| format!("{event} was sent to {subscriber} again.\n"))?;
        }
    }
    Ok(Exit::Done)
}
