//! How it ended, why, and the facts of it.

use api::promotion::Phase;
use leptos::prelude::*;

use crate::format;
use crate::paths;
use crate::ui::badge::Badge;
use crate::ui::digest::{CommitText, DigestText};
use crate::ui::icon::Icon;
use crate::ui::log::Log;
use crate::ui::note::banner;
use crate::ui::properties::{Properties, Property};
use crate::ui::steps::RailItem;
use crate::ui::time::Time;
use crate::wire::Promotion;
use crate::wire::{FailureReport, PromotionSummary, ReleaseStatus};
use crate::words::{self, Told, Tone, sentence};

/// What went wrong, at the top, with what it takes to act on it.
pub(super) fn outcome(promotion: &Promotion) -> AnyView {
    let summary = &promotion.summary;
    let told = words::phase(summary.phase);
    let reason = summary
        .reason
        .as_deref()
        .map(|reason| banner(told.tone, told.icon, format!("{}. {}", told.word, sentence(reason))));
    let asks = summary
        .waits_for
        .first()
        .filter(|_| summary.phase == Phase::Baking)
        .map(|asks| banner(Tone::Warn, Icon::Question, sentence(asks)));
    view! { {reason}{asks}{promotion.failure.as_ref().map(failed)} }.into_any()
}

fn failed(failure: &FailureReport) -> AnyView {
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <Property name><code>{value}</code></Property> }.into_any())
    };
    let lines = failure.log_tail.clone();
    let lines =
        (!lines.is_empty()).then(|| view! { <Log label="The last lines it wrote" lines /> }.into_any());
    let facts = [
        fact("Exit code", failure.exit_code.map(|code| code.to_string())),
        fact("Signal", failure.signal.map(|signal| signal.to_string())),
        fact("Last readiness probe", failure.last_probe.clone()),
    ];
    let facts: Vec<AnyView> = facts.into_iter().flatten().collect();
    view! {
        <section class="card failure" aria-labelledby="failure">
            <header class="card-head"><h2 id="failure">"Why it does not run"</h2></header>
            <p>{sentence(&failure.summary)}</p>
            <Properties>{facts}</Properties>
            {lines}
        </section>
    }
    .into_any()
}

/// The last item of the way: how it ends, or will.
pub(super) fn end(summary: &PromotionSummary) -> AnyView {
    let phase = summary.phase;
    let told = match phase {
        Phase::Done | Phase::Reverting => words::phase(phase),
        Phase::Waiting | Phase::Rolling | Phase::Baking => {
            Told { tone: Tone::Plain, icon: Icon::Circle, word: "Planned" }
        }
        // What is left is neither good nor bad news: the news is above.
        Phase::Failed | Phase::RolledBack | Phase::Cancelled | Phase::Superseded => {
            Told { tone: Tone::Plain, icon: Icon::Dot, word: "" }
        }
    };
    let title = match phase {
        Phase::Done => "It serves all traffic".to_owned(),
        Phase::Reverting => "Traffic goes back".to_owned(),
        Phase::Waiting | Phase::Rolling | Phase::Baking => "Serves all traffic".to_owned(),
        Phase::Failed | Phase::RolledBack | Phase::Cancelled | Phase::Superseded => match &summary.replaces {
            Some(old) => format!("{} serves on", old.artifact.short()),
            None => "Nothing runs instead".to_owned(),
        },
    };
    let aside = summary.finished_at.map_or_else(|| ().into_any(), |at| view! { <Time at /> }.into_any());
    view! { <RailItem told title aside /> }.into_any()
}

/// The facts: what, in the place of what, by whom, when, and what the target says runs.
pub(super) fn facts(promotion: &Promotion) -> AnyView {
    let summary = &promotion.summary;
    let finished = summary.finished_at.map(|at| {
        let took = format::span(at.as_second() - summary.created_at.as_second());
        view! { <Property name="Finished"><Time at /> {format!(", after {took}")}</Property> }.into_any()
    });
    let replaces = summary
        .replaces
        .as_ref()
        .map(|old| old.artifact)
        .map(|digest| view! { <Property name="Replaces"><DigestText digest /></Property> }.into_any());
    let train = summary.train.as_ref().map(paths::train).map(|href| {
        view! { <Property name="Train"><a href=href>"Goes with a train"</a></Property> }.into_any()
    });
    let running: Vec<AnyView> = promotion.releases.iter().map(running).collect();
    let (service, release, created_at) =
        (summary.service.clone(), summary.release.clone(), summary.created_at);
    let asked = format!("{} · {} · ", words::origin(summary.origin), summary.by);
    view! {
        <Properties>
            <Property name="Service"><a href=paths::service(&service)>{service.to_string()}</a></Property>
            <Property name="Artifact"><DigestText digest=release.artifact /></Property>
            <Property name="Commit"><CommitText commit=release.commit /></Property>
            {replaces}
            <Property name="Asked for">{asked}<Time at=created_at /></Property>
            {finished}
            {train}
            <Property name="Runs now"><ul class="plain">{running}</ul></Property>
        </Properties>
    }
    .into_any()
}

fn running(release: &ReleaseStatus) -> AnyView {
    let exit = release
        .report
        .as_ref()
        .map(|report| view! { <span class="muted">{sentence(&report.summary)}</span> }.into_any());
    view! {
        <li>
            <code>{release.artifact.short()}</code> " "
            <span class="number">{release.weight.to_string()}</span> " "
            <Badge told=words::condition(&release.condition) />
            {exit}
        </li>
    }
    .into_any()
}
