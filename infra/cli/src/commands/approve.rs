//! `keelson approve`: agree to a promotion.

use api::promotion::ApprovePromotion;
use api::routes::{APPROVE_PROMOTION, GET_PROMOTION};
use domain::PromotionId;

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, watch};

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The promotion
    promotion: PromotionId,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Follow it until it is over
    #[arg(long)]
    watch: bool,
}

/// Shows what ships and agrees to exactly that.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let id = arguments.promotion.to_string();
    let view = context.client.call(&GET_PROMOTION, &[&id], NO_QUERY, &()).await?;
    let theme = context.output.theme();
    context.output.note(&render::ships(&view.ships, context.now(), theme));
    if !arguments.yes && context.output.ask("Approve?") == Some(false) {
        context.output.note("Not approved; nothing was changed.\n");
        return Ok(Exit::Failed);
    }
    // Bound to what was shown: if something else would ship by now, the server refuses.
    let body = ApprovePromotion { diff: view.summary.diff };
    let promotion = context.client.call(&APPROVE_PROMOTION, &[&id], NO_QUERY, &body).await?;
    watch::show_or_follow(&promotion, arguments.watch, context).await
}
