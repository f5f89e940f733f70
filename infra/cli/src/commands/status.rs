//! `keelson status`: is it healthy, what runs where, what waits and why.

use api::routes::{GET_OVERVIEW, GET_SERVICE};
use domain::ServiceName;

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only this service
    service: Option<ServiceName>,
}

/// Shows the overview, or one service's part of it.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match arguments.service {
        None => {
            let overview = context.client.call(&GET_OVERVIEW, &[], NO_QUERY, &()).await?;
            context.output.show(&overview, |theme| render::overview(&overview, now, theme))?;
        }
        Some(service) => {
            let row = context.client.call(&GET_SERVICE, &[service.as_str()], NO_QUERY, &()).await?.row;
            let rows = std::slice::from_ref(&row);
            context.output.show(&row, |theme| render::service_rows(rows, now, theme))?;
        }
    }
    Ok(Exit::Done)
}
