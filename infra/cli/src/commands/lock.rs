//! `keelson lock`: keep everybody away from an environment.

use api::promotion::SetLock;
use api::routes::SET_LOCK;
use domain::Period;
use jiff::Timestamp;
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
    /// For how long, such as `2h`; without it, until you unlock
    #[arg(long = "for", value_name = "PERIOD")]
    period: Option<Period>,
    /// Until when, such as `2026-12-24T18:00:00Z`
    #[arg(long, value_name = "TIME", conflicts_with = "period")]
    until: Option<Timestamp>,
}

/// Sets the lock.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Arguments { place, reason, period, until } = arguments;
    let until = until.or_else(|| period.map(|period| period.after(context.now())));
    let body = SetLock { reason, until };
    context.client.call(&SET_LOCK, &place.path(), NO_QUERY, &body).await?;
    let Place { service, environment } = &place;
    let value = json!({
        "service": service, "environment": environment, "locked": true, "reason": body.reason, "until": until,
    });
    let until =
        until.map_or_else(|| format!("`keelson unlock {service} {environment}`"), crate::render::moment);
    context.output.show(&value, |_| {
        format!("{service} is locked in {environment}: nothing but a rollback starts there until {until}.\n")
    })?;
    Ok(Exit::Done)
}
