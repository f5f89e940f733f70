//! The newest lines that the release wrote.

use api::routes;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::Pace;
use crate::reactive::{Data, dynamic};
use crate::ui::log::Log;
use crate::ui::skeleton::Skeleton;
use crate::wire::Promotion;
use crate::wire::{LogLineView, Logs};

/// How many lines are shown.
const LINES: u32 = 50;

/// The newest lines, and the way to all of them.
pub(super) fn log_tail(promotion: Data<Promotion>) -> AnyView {
    let summary = promotion.with_untracked(|promotion| promotion.summary.clone());
    let address = Address::of(routes::GET_LOGS, &[summary.service.as_str()])
        .with("environment", &summary.environment)
        .with("artifact", summary.release.artifact)
        .with("limit", LINES);
    let live = Live::follow(move || address.clone(), |_: &Logs| Pace::Moving);
    view! {
        <section class="card" aria-labelledby="tail">
            <header class="card-head">
                <h2 id="tail">"Log"</h2>
                <a href=paths::logs(&summary.service, &summary.environment)>"All of it"</a>
            </header>
            {loaded(
                live,
                || view! { <Skeleton rows=4 /> }.into_any(),
                |logs| dynamic(move || logs.with(lines)),
            )}
        </section>
    }
    .into_any()
}

fn lines(logs: &Logs) -> AnyView {
    if logs.lines.is_empty() {
        return view! { <p class="muted">"It has not written anything."</p> }.into_any();
    }
    let line = |line: &LogLineView| {
        let level = line.level.as_deref().map(|level| format!("{level} ")).unwrap_or_default();
        format!("{} {level}{}", format::time_of_day(line.at), line.message)
    };
    let lines = logs.lines.iter().map(line).collect();
    view! { <Log label="The newest lines of the release" lines /> }.into_any()
}
