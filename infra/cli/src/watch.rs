//! Following a promotion until it is over.

use std::time::Duration;

use api::promotion::{Phase, PromotionSummary, PromotionView};
use api::routes::GET_PROMOTION;
use domain::PromotionId;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::client::{ClientError, NO_QUERY};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{self, Tone};

/// How often it is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How often in a row the server may be away before following ends.
const MOST_MISSED: u32 = 60;

/// Shows a promotion that was just made, or follows it until it is over.
///
/// # Errors
/// See [`Failure`].
pub(crate) async fn show_or_follow(
    promotion: &PromotionSummary,
    wanted: bool,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    if wanted {
        return follow(promotion.id, context).await;
    }
    let now = context.now();
    context.output.show(promotion, |theme| render::promotion(promotion, now, theme))?;
    context.output.note(&format!("Follow it with `keelson watch {}`.\n", promotion.id));
    Ok(Exit::Done)
}

/// Follows a promotion until it is over: as a moving picture on a terminal, else a line for whatever is new.
/// As JSON, only how it ended.
///
/// # Errors
/// See [`Failure`].
pub(crate) async fn follow(id: PromotionId, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let stage = Stage::new(context.output.is_live());
    let mut before: Option<PromotionView> = None;
    let mut missed = 0;
    loop {
        match look(id, context).await {
            Ok(view) => {
                missed = 0;
                stage.show(before.as_ref(), &view, context)?;
                if view.summary.phase.is_finished() {
                    return finish(stage, &view, context);
                }
                before = Some(view);
            }
            // The rollout goes on without anybody watching; a server that restarts comes back.
            Err(error) if before.is_some() && error.is_passing() && missed < MOST_MISSED => {
                missed += 1;
                stage.missed(missed, context);
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn look(id: PromotionId, context: &Context<'_>) -> Result<PromotionView, ClientError> {
    context.client.call(&GET_PROMOTION, &[&id.to_string()], NO_QUERY, &()).await
}

fn finish(stage: Stage, view: &PromotionView, context: &mut Context<'_>) -> Result<Exit, Failure> {
    stage.clear();
    if context.output.is_json() || context.output.is_live() {
        let now = context.now();
        context.output.show(view, |theme| render::picture(view, now, theme))?;
    }
    Ok(if view.summary.phase == Phase::Done { Exit::Done } else { Exit::NotShipped })
}

/// Where the promotion is shown while it moves.
enum Stage {
    /// A picture that is drawn again and again.
    Picture(ProgressBar),
    /// A line for whatever is new.
    Lines,
}

impl Stage {
    fn new(live: bool) -> Self {
        if !live {
            return Self::Lines;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let bar = ProgressStyle::with_template("{msg}").map_or(bar.clone(), |style| bar.with_style(style));
        Self::Picture(bar)
    }

    fn show(
        &self,
        before: Option<&PromotionView>,
        view: &PromotionView,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let now = context.now();
        match self {
            Self::Picture(bar) => bar.set_message(render::picture(view, now, context.output.theme())),
            Self::Lines if context.output.is_json() => {}
            Self::Lines => {
                let lines = render::news(before, view);
                let stamp = render::clock(now);
                let text: String = lines.iter().map(|line| format!("{stamp} {line}\n")).collect();
                context.output.text(&text)?;
            }
        }
        Ok(())
    }

    fn missed(&self, times: u32, context: &mut Context<'_>) {
        match self {
            Self::Picture(bar) => {
                bar.set_message(context.output.theme().paint(Tone::Warn, "no answer; trying again"));
            }
            Self::Lines if times == 1 => context.output.note("no answer; trying again\n"),
            Self::Lines => {}
        }
    }

    fn clear(self) {
        if let Self::Picture(bar) = self {
            bar.finish_and_clear();
        }
    }
}
