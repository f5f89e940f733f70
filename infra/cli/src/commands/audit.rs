//! `keelson audit`: what happened, who did it, and whether the log of it is as it was written.

use api::audit::Anchor;
use api::overview::EventView;
use api::routes::{GET_AUDIT, GET_AUDIT_HEAD, GET_TIMELINE, VERIFY_AUDIT};
use domain::ServiceName;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only what concerns this service
    #[arg(long)]
    service: Option<ServiceName>,
    /// How many at most
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N")]
    limit: usize,
}

/// What else can be done with the log.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check that no event was edited, removed or inserted since it was written; fails if one was
    Verify {
        /// What `keelson audit head` printed earlier: finds a log that was rewritten as a whole, or cut short
        #[arg(long, value_name = "NUMBER:HASH")]
        anchor: Option<Anchor>,
    },
    /// Print the hash of the log's newest block, to be kept where nobody can change it together with the log
    Head,
}

/// Lists events, newest first; or checks them.
pub(crate) async fn run(arguments: Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match &arguments.command {
        None => list(&arguments, context).await,
        Some(Command::Verify { anchor }) => verify(anchor.as_ref(), context).await,
        Some(Command::Head) => head(context).await,
    }
}

async fn list(arguments: &Arguments, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let events: Vec<EventView> = match &arguments.service {
        Some(service) => {
            context.client.list(&GET_TIMELINE, &[service.as_str()], &[], arguments.limit).await?
        }
        None => context.client.list(&GET_AUDIT, &[], &[], arguments.limit).await?,
    };
    let now = context.now();
    context.output.show(&events, |theme| render::events(&events, now, theme))?;
    Ok(Exit::Done)
}

async fn verify(anchor: Option<&Anchor>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let anchor = anchor.map(Anchor::to_string);
    let query: Vec<(&str, &str)> = anchor.iter().map(|anchor| ("anchor", anchor.as_str())).collect();
    let bar = bar(context.output.is_live());
    let mut check = context.client.call(&VERIFY_AUDIT, &[], &query, &()).await?;
    let mut findings = std::mem::take(&mut check.findings);
    while let Some(after) = check.next.take() {
        bar.set_length(check.head.number.map_or(0, |number| number + 1));
        bar.set_position(check.blocks);
        check = context.client.call(&VERIFY_AUDIT, &[], &[("after", after.as_str())], &()).await?;
        findings.append(&mut check.findings);
    }
    bar.finish_and_clear();
    check.findings = findings;
    context.output.show(&check, |theme| render::audit_check(&check, theme))?;
    Ok(if check.findings.is_empty() { Exit::Done } else { Exit::Failed })
}

async fn head(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let head = context.client.call(&GET_AUDIT_HEAD, &[], NO_QUERY, &()).await?;
    context.output.show(&head, |_| match &head.anchor {
        Some(anchor) => format!("{anchor}\n"),
        None => "Nothing is chained yet.\n".to_owned(),
    })?;
    Ok(Exit::Done)
}

fn bar(is_live: bool) -> ProgressBar {
    let target = if is_live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("  {bar:30} {pos} of {len} blocks  {elapsed}");
    let bar = ProgressBar::with_draw_target(Some(0), target);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
