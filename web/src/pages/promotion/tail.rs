//! The newest lines that the release wrote.

use api::promotion::PromotionView;
use api::routes;
use api::service::Logs;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::Pace;
use crate::ui::log::Log;
use crate::ui::skeleton::Skeleton;

/// How many lines are shown.
const LINES: u32 = 50;

/// The newest lines, and the way to all of them.
#[component]
pub(super) fn LogTail(promotion: Signal<PromotionView>) -> impl IntoView {
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
                |logs| view! {
                    <Show
                        when=move || logs.with(|logs| !logs.lines.is_empty())
                        fallback=|| view! { <p class="muted">"It has not written anything."</p> }
                    >
                        <Log label="The newest lines of the release" lines=Signal::derive(move || logs.with(lines)) />
                    </Show>
                }
                .into_any(),
            )}
        </section>
    }
}

fn lines(logs: &Logs) -> Vec<String> {
    let line = |line: &api::service::LogLineView| {
        let level = line.level.as_deref().map(|level| format!("{level} ")).unwrap_or_default();
        format!("{} {level}{}", format::time_of_day(line.at), line.message)
    };
    logs.lines.iter().map(line).collect()
}
