//! What changed on the branch, and what CI says of it.

use api::service::ChangeView;
use api::{Page, routes};
use domain::ServiceName;
use domain::check::Check;
use leptos::html;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::state::state;
use crate::ui::badge::Mark;
use crate::ui::digest::{CommitText, DigestText};
use crate::ui::empty::Empty;
use crate::ui::more::Older;
use crate::ui::skeleton::Skeleton;
use crate::ui::time::Time;
use crate::ui::waterfall::Waterfall;
use crate::words;

/// The changes, newest first.
#[component]
pub(super) fn Runs(service: ServiceName) -> impl IntoView {
    let address = move || Address::of(routes::LIST_CHANGES, &[service.as_str()]).with("limit", 50);
    let live = Live::follow(address.clone(), pace);
    view! {
        <section class="card" aria-labelledby="runs">
            <header class="card-head"><h2 id="runs">"Changes and their checks"</h2></header>
            {loaded(
                live,
                || view! { <Skeleton rows=6 /> }.into_any(),
                move |page| {
                    let address = address.clone();
                    view! { <Older newest=page address show=|items| view! { <Changes items /> }.into_any() /> }.into_any()
                },
            )}
        </section>
    }
}

fn pace(page: &Page<ChangeView>) -> Pace {
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

#[component]
fn Changes(items: Signal<Vec<ChangeView>>) -> impl IntoView {
    view! {
        <Show
            when=move || items.with(|items| !items.is_empty())
            fallback=|| view! {
                <Empty
                    title="No commit yet"
                    text="Commits appear as soon as the git host sends its webhooks here. Settings, Connections says how."
                />
            }
        >
            <ul class="changes">
                {move || items.get().into_iter().map(|change| view! { <Change change /> }).collect_view()}
            </ul>
        </Show>
    }
}

#[component]
fn Change(change: ChangeView) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let is_open = RwSignal::new(false);
    let now = state().now;
    let authors =
        change.commit.authors.iter().map(|author| author.name.clone()).collect::<Vec<_>>().join(", ");
    let checks = distinct(change.checks);
    let marks = checks.iter().map(|check| view! { <Mark told=words::check(check.state) /> }).collect_view();
    let runs_in = change
        .runs_in
        .iter()
        .map(|name| view! { <span class="place">{name.to_string()}</span> })
        .collect_view();
    let checks = StoredValue::new(checks);
    view! {
        <li>
            <details
                node_ref=details
                on:toggle=move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()))
            >
                <summary class="change">
                    <code>{change.commit.sha.short().to_owned()}</code>
                    <span class="change-title">
                        {change.commit.title.clone()}
                        {change.pull_request.as_ref().map(|pull| view! { <span class="number-tag">{format!("#{}", pull.number)}</span> })}
                    </span>
                    <span class="change-places">{runs_in}</span>
                    <span class="change-checks">{marks}</span>
                    <span class="muted change-by">{authors} " · " <Time at=change.commit.at /></span>
                </summary>
                <Show when=move || is_open.get()>
                    <div class="change-more">
                        <p class="muted">
                            "Commit " <CommitText commit=change.commit.sha.clone() url=change.commit.url.clone() />
                            {change.artifact.map(|digest| view! { " · artifact " <DigestText digest /> })}
                        </p>
                        {move || match checks.with_value(Vec::is_empty) {
                            true => view! { <p class="muted">"No check has reported on this commit."</p> }.into_any(),
                            false => view! { <Waterfall checks=checks.get_value() now=now.get_untracked() /> }.into_any(),
                        }}
                    </div>
                </Show>
            </details>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use domain::check::{CheckSource, CheckState};
    use jiff::Timestamp;

    use super::*;

    fn check(source: CheckSource, state: CheckState, queued: bool) -> Check {
        Check {
            name: "unit".to_owned(),
            source,
            state,
            conclusion: None,
            attempt: 1,
            queued_at: queued.then_some(Timestamp::UNIX_EPOCH),
            started_at: None,
            completed_at: None,
            url: None,
            order: 1,
        }
    }

    #[test]
    fn a_job_reported_twice_is_shown_once_unless_the_reports_differ() {
        let run = check(CheckSource::CheckRun, CheckState::Passed, false);
        let job = check(CheckSource::WorkflowJob, CheckState::Passed, true);
        assert_eq!(distinct(vec![run.clone(), job.clone()]), [job]);
        let red = check(CheckSource::Status, CheckState::Failed, false);
        assert_eq!(distinct(vec![run.clone(), red.clone()]), [run, red]);
    }
}
