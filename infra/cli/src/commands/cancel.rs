//! `keelson cancel`: stop a promotion.

use api::routes::CANCEL_PROMOTION;
use domain::PromotionId;

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The promotion
    promotion: PromotionId,
}

/// Stops it; a rollout under way goes back.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let id = arguments.promotion.to_string();
    let promotion = context.client.call(&CANCEL_PROMOTION, &[&id], NO_QUERY, &()).await?;
    let now = context.now();
    context.output.show(&promotion, |theme| render::promotion(&promotion, now, theme))?;
    Ok(Exit::Done)
}
