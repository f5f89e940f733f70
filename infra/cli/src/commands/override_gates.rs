//! `keelson override`: two people let a promotion pass its gates in an emergency.

use api::promotion::{AskOverride, ConfirmOverride};
use api::routes::{ASK_OVERRIDE, CONFIRM_OVERRIDE, GET_PROMOTION};
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
    /// Why: asks for the override, and somebody else must confirm it
    #[arg(long, required_unless_present = "confirm", conflicts_with = "confirm")]
    reason: Option<String>,
    /// Confirm what somebody else asked for
    #[arg(long)]
    confirm: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Follow it until it is over
    #[arg(long)]
    watch: bool,
}

/// Asks for an override, or confirms one after showing what ships and which gates it passes.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let id = arguments.promotion.to_string();
    if let Some(reason) = arguments.reason {
        let body = AskOverride { reason };
        let promotion = context.client.call(&ASK_OVERRIDE, &[&id], NO_QUERY, &body).await?;
        let now = context.now();
        context.output.show(&promotion, |theme| render::promotion(&promotion, now, theme))?;
        context.output.note(&format!("A second person confirms with `keelson override {id} --confirm`.\n"));
        return Ok(Exit::Done);
    }
    let view = context.client.call(&GET_PROMOTION, &[&id], NO_QUERY, &()).await?;
    let theme = context.output.theme();
    context.output.note(&render::ships(&view.ships, context.now(), theme));
    context.output.note(&render::emergency(&view, theme));
    if !arguments.yes && context.output.ask("Override its gates?") == Some(false) {
        context.output.note("Not confirmed; nothing was changed.\n");
        return Ok(Exit::Failed);
    }
    // Bound to what was shown: if something else would ship by now, the server refuses.
    let body = ConfirmOverride { diff: view.summary.diff };
    let promotion = context.client.call(&CONFIRM_OVERRIDE, &[&id], NO_QUERY, &body).await?;
    watch::show_or_follow(&promotion, arguments.watch, context).await
}
