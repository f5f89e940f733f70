//! `keelson watch`: follow a promotion until it is over.

use domain::PromotionId;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::watch;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The promotion
    promotion: PromotionId,
}

/// Shows it live, and ends as it ends.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    watch::follow(arguments.promotion, context).await
}
