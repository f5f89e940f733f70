//! The verdict in one line, and the day in another.

use domain::health::HealthState;
use leptos::prelude::*;

use crate::format;
use crate::paths;
use crate::wire::Overview;
use crate::words::{self, Tone, sentence};

/// The verdict: what one reads first.
pub(super) fn headline(overview: &Overview) -> String {
    let services = format::grouped(overview.total);
    match overview.verdict.state {
        HealthState::Healthy | HealthState::Empty if overview.total == 0 => "Nothing to watch yet".to_owned(),
        HealthState::Healthy | HealthState::Empty => "All healthy".to_owned(),
        HealthState::Starting => "Starting".to_owned(),
        HealthState::Unknown => "Not known".to_owned(),
        HealthState::Drifted => "Not what was promoted".to_owned(),
        HealthState::Unhealthy => format!("{} of {services} unhealthy", overview.unhealthy.max(1)),
    }
}

/// The reason of the verdict, unless all is well, and what happened today.
pub(super) fn summary(overview: &Overview) -> AnyView {
    let tone = words::health(overview.verdict.state).tone;
    let reason = (tone != Tone::Ok && tone != Tone::Plain)
        .then(|| view! { <p class="verdict-reason">{sentence(&overview.verdict.reason)}</p> }.into_any());
    let letters = (overview.dead_letters > 0).then(|| {
        let letters = format::counted(overview.dead_letters, "event", "events");
        view! { " · " <a class="tone-warn" href=paths::settings("dead-letters")>{letters} " not handled"</a> }
            .into_any()
    });
    view! { {reason}<p class="day">{day(overview).join(" · ")}{letters}</p> }.into_any()
}

fn day(overview: &Overview) -> Vec<String> {
    let mut day = vec![format!("{} today", format::counted(overview.deploys_today, "deploy", "deploys"))];
    if overview.rollbacks_today > 0 {
        day.push(format!("{} today", format::counted(overview.rollbacks_today, "rollback", "rollbacks")));
    }
    if overview.waiting_for_approval > 0 {
        day.push(format!("{} waiting for approval", overview.waiting_for_approval));
    }
    day.push(format::counted(overview.total, "service", "services"));
    day
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::wire::Health;

    fn overview(state: HealthState, unhealthy: usize) -> Overview {
        Overview {
            verdict: Health { state, reason: String::new() },
            total: 0,
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
        let many = Overview { total: 1_000, ..overview(HealthState::Unhealthy, 2) };
        assert_eq!(headline(&many), "2 of 1,000 unhealthy");
    }

    #[test]
    fn a_day_without_rollbacks_does_not_mention_them() {
        assert_eq!(
            day(&overview(HealthState::Healthy, 0)),
            ["4 deploys today", "1 waiting for approval", "0 services"]
        );
    }
}
