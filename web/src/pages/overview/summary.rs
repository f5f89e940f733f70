//! The verdict in one line, and the day in another.

use api::overview::Overview;
use domain::health::HealthState;
use leptos::prelude::*;

use crate::format;
use crate::paths;
use crate::words::{self, Tone, sentence};

/// The verdict: what one reads first.
pub(super) fn headline(overview: &Overview) -> String {
    let services = overview.services.len();
    match overview.verdict.state {
        HealthState::Healthy | HealthState::Empty if services == 0 => "Nothing to watch yet".to_owned(),
        HealthState::Healthy | HealthState::Empty => "All healthy".to_owned(),
        HealthState::Starting => "Starting".to_owned(),
        HealthState::Unknown => "Not known".to_owned(),
        HealthState::Unhealthy => format!("{} of {services} unhealthy", overview.unhealthy.max(1)),
    }
}

/// The reason of the verdict, unless all is well, and what happened today.
#[component]
pub(super) fn Summary(overview: Signal<Overview>) -> impl IntoView {
    let reason = Memo::new(move |_| {
        overview.with(|overview| {
            let tone = words::health(overview.verdict.state).tone;
            (tone != Tone::Ok && tone != Tone::Plain).then(|| sentence(&overview.verdict.reason))
        })
    });
    let day = Memo::new(move |_| overview.with(day));
    let dead_letters = Memo::new(move |_| overview.with(|overview| overview.dead_letters));
    view! {
        {move || reason.get().map(|reason| view! { <p class="verdict-reason">{reason}</p> })}
        <p class="day">
            {move || day.get().join(" · ")}
            <Show when=move || { dead_letters.get() > 0 }>
                " · "
                <a class="tone-warn" href=paths::settings("dead-letters")>
                    {move || format::counted(dead_letters.get(), "event", "events")} " not handled"
                </a>
            </Show>
        </p>
    }
}

fn day(overview: &Overview) -> Vec<String> {
    let mut day = vec![format!("{} today", format::counted(overview.deploys_today, "deploy", "deploys"))];
    if overview.rollbacks_today > 0 {
        day.push(format!("{} today", format::counted(overview.rollbacks_today, "rollback", "rollbacks")));
    }
    if overview.waiting_for_approval > 0 {
        day.push(format!("{} waiting for approval", overview.waiting_for_approval));
    }
    day.push(format::counted(overview.services.len(), "service", "services"));
    day
}

#[cfg(test)]
mod tests {
    use domain::health::Health;

    use super::*;

    fn overview(state: HealthState, unhealthy: usize) -> Overview {
        Overview {
            verdict: Health { state, reason: String::new() },
            unhealthy,
            deploys_today: 4,
            rollbacks_today: 0,
            waiting_for_approval: 1,
            dead_letters: 0,
            services: Vec::new(),
        }
    }

    #[test]
    fn the_headline_is_the_verdict() {
        assert_eq!(headline(&overview(HealthState::Unhealthy, 2)), "2 of 0 unhealthy");
        assert_eq!(headline(&overview(HealthState::Unknown, 0)), "Not known");
        assert_eq!(headline(&overview(HealthState::Healthy, 0)), "Nothing to watch yet");
    }

    #[test]
    fn a_day_without_rollbacks_does_not_mention_them() {
        assert_eq!(
            day(&overview(HealthState::Healthy, 0)),
            ["4 deploys today", "1 waiting for approval", "0 services"]
        );
    }
}
