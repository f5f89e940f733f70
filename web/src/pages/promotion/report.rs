//! How it ended, why, and the facts of it.

use api::promotion::{Phase, PromotionView};
use domain::rollout::{Condition, FailureReport};
use leptos::prelude::*;

use crate::format;
use crate::paths;
use crate::ui::badge::Badge;
use crate::ui::digest::{CommitText, DigestText};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::log::Log;
use crate::ui::properties::{Properties, Property};
use crate::ui::steps::RailItem;
use crate::ui::time::Time;
use crate::words::{self, Told, Tone, sentence};

/// What went wrong, at the top, with what it takes to act on it.
#[component]
pub(super) fn Outcome(promotion: Signal<PromotionView>) -> impl IntoView {
    let reason = Memo::new(move |_| {
        promotion.with(|promotion| {
            let told = words::phase(promotion.summary.phase);
            promotion.summary.reason.as_deref().map(|reason| (told, sentence(reason)))
        })
    });
    let asks = Memo::new(move |_| {
        promotion.with(|promotion| {
            let summary = &promotion.summary;
            (summary.phase == Phase::Baking)
                .then(|| summary.waits_for.first().map(|asks| sentence(asks)))
                .flatten()
        })
    });
    let failure = Memo::new(move |_| promotion.with(|promotion| promotion.failure.clone()));
    view! {
        {move || reason.get().map(|(told, reason)| view! {
            <p class=format!("banner {}", told.tone.class())><Glyph icon=told.icon /><span>{told.word} ". " {reason}</span></p>
        })}
        {move || asks.get().map(|asks| view! {
            <p class=format!("banner {}", Tone::Warn.class())><Glyph icon=Icon::Question /><span>{asks}</span></p>
        })}
        {move || failure.get().map(|failure| view! { <Failure failure /> })}
    }
}

#[component]
fn Failure(failure: FailureReport) -> impl IntoView {
    let lines = failure.log_tail;
    let has_lines = !lines.is_empty();
    view! {
        <section class="card failure" aria-labelledby="failure">
            <header class="card-head"><h2 id="failure">"Why it does not run"</h2></header>
            <p>{sentence(&failure.summary)}</p>
            <Properties>
                {failure.exit_code.map(|code| view! { <Property name="Exit code"><code>{code}</code></Property> })}
                {failure.signal.map(|signal| view! { <Property name="Signal"><code>{signal}</code></Property> })}
                {failure.last_probe.map(|probe| view! { <Property name="Last readiness probe"><code>{probe}</code></Property> })}
            </Properties>
            {has_lines.then(|| view! { <Log label="The last lines it wrote" lines=Signal::stored(lines) /> })}
        </section>
    }
}

/// The last item of the way: how it ends, or will.
#[component]
pub(super) fn End(promotion: Signal<PromotionView>) -> impl IntoView {
    let summary = Memo::new(move |_| promotion.with(|promotion| promotion.summary.clone()));
    let told = Signal::derive(move || {
        let phase = summary.with(|summary| summary.phase);
        match phase {
            Phase::Done | Phase::Reverting => words::phase(phase),
            Phase::Waiting | Phase::Rolling | Phase::Baking => {
                Told { word: "To come", ..words::step("planned") }
            }
            // What is left is neither good nor bad news: the news is above.
            Phase::Failed | Phase::RolledBack | Phase::Cancelled | Phase::Superseded => {
                Told { tone: Tone::Plain, icon: Icon::Dot, word: "" }
            }
        }
    });
    let title = Signal::derive(move || {
        summary.with(|summary| match summary.phase {
            Phase::Done => "It serves all traffic".to_owned(),
            Phase::Reverting => "Traffic goes back".to_owned(),
            Phase::Waiting | Phase::Rolling | Phase::Baking => "Serves all traffic".to_owned(),
            Phase::Failed | Phase::RolledBack | Phase::Cancelled | Phase::Superseded => {
                match &summary.replaces {
                    Some(old) => format!("{} serves on", old.artifact.short()),
                    None => "Nothing runs instead".to_owned(),
                }
            }
        })
    });
    let finished_at = Memo::new(move |_| summary.with(|summary| summary.finished_at));
    view! {
        <RailItem told title aside=move || view! { {move || finished_at.get().map(|at| view! { <Time at /> })} } />
    }
}

/// The facts: what, in the place of what, by whom, when, and what the target says runs.
#[component]
pub(super) fn Facts(promotion: Signal<PromotionView>) -> impl IntoView {
    let view = move || promotion.get();
    view! {
        <section class="card" aria-labelledby="facts">
            <header class="card-head"><h2 id="facts">"Facts"</h2></header>
            {move || {
                let PromotionView { summary, releases, .. } = view();
                let finished = summary.finished_at.map(|at| {
                    let took = format::span(at.as_second() - summary.created_at.as_second());
                    view! { <Property name="Finished"><Time at /> ", after " {took}</Property> }
                });
                let running = releases.into_iter().map(|release| {
                    let exit = match &release.condition {
                        Condition::Exited { report } => Some(sentence(&report.summary)),
                        Condition::Starting | Condition::Ready | Condition::Draining => None,
                    };
                    view! {
                        <li>
                            <code>{release.artifact.short()}</code> " "
                            <span class="number">{release.weight.to_string()}</span> " "
                            <Badge told=words::condition(&release.condition) />
                            {exit.map(|exit| view! { <span class="muted">{exit}</span> })}
                        </li>
                    }
                });
                view! {
                    <Properties>
                        <Property name="Service">
                            <a href=paths::service(&summary.service)>{summary.service.to_string()}</a>
                        </Property>
                        <Property name="Artifact"><DigestText digest=summary.release.artifact /></Property>
                        <Property name="Commit"><CommitText commit=summary.release.commit /></Property>
                        {summary.replaces.map(|old| view! {
                            <Property name="Replaces"><DigestText digest=old.artifact /></Property>
                        })}
                        <Property name="Asked for">
                            {words::origin(summary.origin)} " · " {summary.by} " · " <Time at=summary.created_at />
                        </Property>
                        {finished}
                        <Property name="Runs now"><ul class="plain">{running.collect_view()}</ul></Property>
                    </Properties>
                }
            }}
        </section>
    }
}
