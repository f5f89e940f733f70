//! `keelson dora`: the five figures of delivery, and the rows each is made of.

use api::dora::{DoraRows, ServiceDora};
use api::routes::{GET_DORA, LIST_DORA, LIST_DORA_ROWS};
use clap::builder::PossibleValuesParser;
use domain::ServiceName;
use domain::dora::{Metric, Row};

use super::window;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// More services than a person reads.
const MOST_SERVICES: usize = 1_000;
/// More rows than a person reads.
const MOST_ROWS: usize = 1_000;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The service; without it, every service on a line
    service: Option<ServiceName>,
    /// How many days
    #[arg(long, value_name = "DAYS", default_value = "30", value_parser = window())]
    window: String,
    /// List what a figure is made of
    #[arg(
        long,
        value_name = "FIGURE",
        requires = "service",
        value_parser = PossibleValuesParser::new(Metric::ALL.map(Metric::name))
    )]
    rows: Option<String>,
}

/// Prints figures, or the rows of one.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let Arguments { service, window, rows } = arguments;
    let query = [("window", window.as_str())];
    match (service, rows) {
        (None, _) => {
            let all: Vec<ServiceDora> = context.client.list(&LIST_DORA, &[], &query, MOST_SERVICES).await?;
            context.output.show(&all, |theme| render::dora_of_services(&all, &window, theme))?;
        }
        (Some(service), None) => {
            let view = context.client.call(&GET_DORA, &[service.as_str()], &query, &()).await?;
            context.output.show(&view, |theme| render::dora(&view, theme))?;
        }
        (Some(service), Some(metric)) => {
            let rows = all_rows(context, &service, &metric, &window).await?;
            context.output.show(&rows, |theme| render::dora_rows(&rows, theme))?;
        }
    }
    Ok(Exit::Done)
}

/// Every page of a figure's rows, as one.
async fn all_rows(
    context: &Context<'_>,
    service: &ServiceName,
    metric: &str,
    window: &str,
) -> Result<DoraRows, Failure> {
    let mut before: Vec<Row> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut query = vec![("metric", metric), ("window", window), ("limit", "100")];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page = context.client.call(&LIST_DORA_ROWS, &[service.as_str()], &query, &()).await?;
        before.extend(page.items.iter().cloned());
        after = page.next.clone().filter(|_| before.len() < MOST_ROWS);
        if after.is_none() {
            return Ok(DoraRows { items: before, ..page });
        }
    }
}
