//! What changed on the branch, and what CI says of it.

use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, Row, each, either, row};
use crate::state::state;
use crate::ui::badge::Mark;
use crate::ui::digest::{CommitText, DigestText};
use crate::ui::disclosure::disclosure;
use crate::ui::empty::Empty;
use crate::ui::more::with_older;
use crate::ui::skeleton::Skeleton;
use crate::ui::time::Time;
use crate::ui::waterfall::waterfall;
use crate::wire::Change;
use crate::wire::{Check, Page};
use crate::words;

/// The changes, newest first.
pub(super) fn runs(service: ServiceName) -> AnyView {
    let address = move || Address::of(routes::LIST_CHANGES, &[service.as_str()]).with("limit", 50);
    let live = Live::follow(address.clone(), pace);
    view! {
        <section class="card" aria-labelledby="runs">
            <header class="card-head"><h2 id="runs">"Changes and their checks"</h2></header>
            {loaded(
                live,
                || view! { <Skeleton rows=6 /> }.into_any(),
                move |page| with_older(page, address.clone(), changes),
            )}
        </section>
    }
    .into_any()
}

fn pace(page: &Page<Change>) -> Pace {
    let pending = page.items.iter().flat_map(|change| &change.checks).any(|check| check.state.is_pending());
    if pending { Pace::Moving } else { Pace::Still }
}

/// One check of each name and state: git hosts report the same job in several ways, and the one that knows when it was
/// queued tells most.
fn distinct(checks: Vec<Check>) -> Vec<Check> {
    let mut distinct: Vec<Check> = Vec::new();
    for check in checks {
        match distinct.iter_mut().find(|known| known.name == check.name && known.state == check.state) {
            Some(known) if known.queued_at.is_none() => *known = check,
            Some(_) => {}
            None => distinct.push(check),
        }
    }
    distinct
}

fn changes(items: Data<Vec<Change>>) -> AnyView {
    either(
        move || items.with(Vec::is_empty),
        || {
            view! {
                <Empty
                    title="No commit yet"
                    text="Commits appear as soon as the git host sends its webhooks here. Connect it:"
                    command="keelson connection add github"
                />
            }
            .into_any()
        },
        move || {
            let rows = move || items.with(|items| items.iter().cloned().map(row_of).collect());
            view! { <ul class="changes">{each(rows)}</ul> }.into_any()
        },
    )
}

fn row_of(change: Change) -> Row {
    // What its checks say is part of the key: a row is made anew when they move on.
    let state = |check: &Check| words::check(check.state).word;
    let key = format!("{} {}", change.sha, change.checks.iter().map(state).collect::<String>());
    row(key, move || told(change))
}

fn told(change: Change) -> AnyView {
    let now = state().now;
    let authors = change.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ");
    let checks = distinct(change.checks);
    let mark = |check: &Check| view! { <Mark told=words::check(check.state) /> }.into_any();
    let marks: Vec<AnyView> = checks.iter().map(mark).collect();
    let place = |name: &String| view! { <span class="place">{name.clone()}</span> }.into_any();
    let places: Vec<AnyView> = change.runs_in.iter().map(place).collect();
    let pull = change
        .pull_request
        .map(|pull| view! { <span class="number-tag">{format!("#{}", pull.number)}</span> }.into_any());
    let summary = view! {
        <summary class="change">
            <code>{change.sha.short().to_owned()}</code>
            <span class="change-title">{change.title}{pull}</span>
            <span class="change-places">{places}</span>
            <span class="change-checks">{marks}</span>
            <span class="muted change-by">{authors} " · " <Time at=change.at /></span>
        </summary>
    }
    .into_any();
    let (sha, url, artifact) = (change.sha, change.url, change.artifact);
    let more = move || {
        let artifact = artifact.map(|digest| view! { " · artifact " <DigestText digest /> }.into_any());
        let checks = if checks.is_empty() {
            view! { <p class="muted">"No check has reported on this commit."</p> }.into_any()
        } else {
            waterfall(&checks, now.get_untracked())
        };
        view! {
            <div class="change-more">
                <p class="muted">"Commit " <CommitText commit=sha.clone() url=url.clone() />{artifact}</p>
                {checks}
            </div>
        }
        .into_any()
    };
    view! { <li>{disclosure("", summary, more)}</li> }.into_any()
}

#[cfg(test)]
mod tests {
    use domain::check::CheckState;
    use jiff::Timestamp;

    use super::*;

    fn check(state: CheckState, queued: bool) -> Check {
        Check {
            name: "unit".to_owned(),
            state,
            queued_at: queued.then_some(Timestamp::UNIX_EPOCH),
            started_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn a_job_reported_twice_is_shown_once_unless_the_reports_differ() {
        let run = check(CheckState::Passed, false);
        let job = check(CheckState::Passed, true);
        assert_eq!(distinct(vec![run.clone(), job.clone()]), [job]);
        let red = check(CheckState::Failed, false);
        assert_eq!(distinct(vec![run.clone(), red.clone()]), [run, red]);
    }
}
