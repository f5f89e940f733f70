//! What becomes of a webhook that is right.

use axum::http::StatusCode;
use domain::change::BranchHistory;
use domain::check::CheckState;
use insta::assert_snapshot;
use serde_json::{Value, json};
use testkit::{github, sha};

use super::{Hooks, job, merged, push};

#[tokio::test]
async fn a_push_is_recorded_with_its_event() {
    let hooks = Hooks::start().await;
    Hooks::accepted(&hooks.deliver("push", "d-1", &push(0, 1)).await);
    let pushes = hooks.pushes().await;
    assert_eq!(pushes.len(), 1);
    assert_eq!((&pushes[0].before, &pushes[0].after), (&sha(0), &sha(1)));
    let events = hooks.world.new_events().await;
    assert_snapshot!(serde_json::to_string(&events[0].body).unwrap(), @r#"{"kind":"push_recorded","repository":"github:acme/storefront","branch":"main","after":"0000000000000000000000000000000000000001","commits":1}"#);
    assert_snapshot!(events[0].actor.label(), @"github (git host)");
    assert!(events[0].request.is_some() && events[0].traceparent.is_some());
}

#[tokio::test]
async fn a_merged_pull_request_is_recorded() {
    let hooks = Hooks::start().await;
    Hooks::accepted(&hooks.deliver("pull_request", "d-1", &merged(7, 1)).await);
    let known = hooks.store().pull_request(&super::storefront(), &sha(1)).await.unwrap().unwrap();
    assert_eq!(known.number, 7);
    assert_eq!(hooks.new_events().await, ["Pull request merged"]);
}

#[tokio::test]
async fn a_ping_shows_that_the_connection_lives() {
    let hooks = Hooks::start().await;
    Hooks::accepted(&hooks.deliver("ping", "d-1", br#"{"zen": "Design for failure.", "hook_id": 1}"#).await);
    assert_eq!(hooks.new_events().await, ["Connection is live"]);
    assert!(hooks.detail().await.connection.last_delivery_at.is_some());
}

#[tokio::test]
async fn a_check_goes_forward_only() {
    let hooks = Hooks::start().await;
    Hooks::accepted(&hooks.deliver("workflow_job", "d-1", &job(1, 1, "completed", Some("failure"))).await);
    Hooks::accepted(&hooks.deliver("workflow_job", "d-2", &job(1, 1, "in_progress", None)).await);
    let state = async || hooks.checks(1).await[0].state;
    assert_eq!(state().await, CheckState::Failed);
    assert_eq!(hooks.new_events().await, ["Check recorded"]);
    let late = &hooks.detail().await.deliveries;
    let late = late.iter().find(|delivery| delivery.id == "d-2").unwrap();
    assert_eq!(late.outcome, "ignored");
    assert_snapshot!(late.detail.as_ref().unwrap(), @"this report of the check, or a later one, is known already");

    Hooks::accepted(&hooks.deliver("workflow_job", "d-3", &job(1, 2, "queued", None)).await);
    assert_eq!(state().await, CheckState::Queued, "a second try");
    Hooks::accepted(&hooks.deliver("workflow_job", "d-4", &job(1, 2, "completed", Some("success"))).await);
    assert_eq!(state().await, CheckState::Passed);
    assert_eq!(hooks.checks(1).await.len(), 1);
}

#[tokio::test]
async fn a_delivery_that_comes_again_is_counted_and_nothing_else() {
    let hooks = Hooks::start().await;
    for _ in 0..3 {
        Hooks::accepted(&hooks.deliver("push", "d-1", &push(0, 1)).await);
    }
    assert_eq!(hooks.pushes().await.len(), 1);
    assert_eq!(hooks.new_events().await, ["Push recorded"]);
    assert_eq!(hooks.counts().await, (1, 0, 2, 0));
    assert_eq!(hooks.detail().await.deliveries.len(), 1);
}

#[tokio::test]
async fn what_keelson_has_no_use_for_is_accepted_and_counted() {
    let hooks = Hooks::start().await;
    Hooks::accepted(&hooks.deliver("star", "d-1", br#"{"action": "created"}"#).await);
    Hooks::accepted(&hooks.deliver("event_of_next_year", "d-2", b"{}").await);
    assert_eq!(hooks.counts().await, (0, 2, 0, 0));
    let deliveries = hooks.detail().await.deliveries;
    let of = |id: &str| deliveries.iter().find(|delivery| delivery.id == id).unwrap();
    assert_eq!(of("d-1").event, "star.created");
    assert_snapshot!(of("d-2").detail.as_ref().unwrap(), @"Keelson keeps nothing of `event_of_next_year` events");
    assert!(hooks.new_events().await.is_empty());
}

#[tokio::test]
async fn what_is_kept_in_the_delivery_alone_is_shown_there() {
    let hooks = Hooks::start().await;
    let body = json!({
        "action": "published", "release": {"tag_name": "v1.2", "published_at": "2026-11-22T09:00:00Z"},
        "repository": {"full_name": "acme/storefront"},
    });
    Hooks::accepted(&hooks.deliver("release", "d-1", body.to_string().as_bytes()).await);
    let deliveries = hooks.detail().await.deliveries;
    assert_eq!(
        (deliveries[0].event.as_str(), deliveries[0].outcome.as_str()),
        ("release.published", "recorded")
    );
    assert_snapshot!(deliveries[0].detail.as_ref().unwrap(), @"release v1.2 in acme/storefront");
}

#[tokio::test]
async fn what_is_not_readable_is_taken_and_shown_and_read_again_when_it_comes_again() {
    let hooks = Hooks::start().await;
    Hooks::accepted(&hooks.deliver("push", "d-1", b"{\"ref\": ").await);
    let delivery = hooks.detail().await.deliveries.remove(0);
    assert_eq!(delivery.outcome, "rejected");
    assert_snapshot!(delivery.detail.unwrap(), @"the body is not what a `push` event has: EOF while parsing a value at line 1 column 8");
    assert_eq!(hooks.counts().await, (0, 0, 0, 1));
    assert!(hooks.new_events().await.is_empty());
    // As if a later version of Keelson could read it.
    Hooks::accepted(&hooks.deliver("push", "d-1", &push(0, 1)).await);
    assert_eq!(hooks.pushes().await.len(), 1);
    assert_eq!(hooks.detail().await.deliveries[0].outcome, "recorded");
}

#[tokio::test]
async fn a_form_is_taken_too() {
    let hooks = Hooks::start().await;
    let json = String::from_utf8(push(0, 1)).unwrap();
    let body = format!("payload={}", api::endpoint::percent_encode(&json));
    let headers = github::headers("push", "d-1", super::SECRET, body.as_bytes());
    let call = hooks.client.call(&api::routes::RECEIVE_HOOK, &["github"]).headers(headers);
    let call = call.header("content-type", "application/x-www-form-urlencoded").bytes(body);
    Hooks::accepted(&call.await);
    assert_eq!(hooks.pushes().await.len(), 1);
}

#[tokio::test]
async fn the_largest_push_is_one_history() {
    let hooks = Hooks::start().await;
    let n_commits = 2_047;
    let commits: Vec<Value> = (1..=n_commits)
        .map(|n| {
            let message = format!("{}\n\nCo-authored-by: Grace <grace@example.com>", "x".repeat(400));
            let author = json!({"name": "Ada", "email": "ada@example.com", "username": "ada"});
            let url = format!("https://github.com/acme/storefront/commit/{}", sha(n));
            json!({"id": sha(n), "message": message, "timestamp": "2026-11-22T09:00:00Z", "url": url, "author": author})
        })
        .collect();
    let mut body: Value = serde_json::from_slice(&push(0, n_commits)).unwrap();
    body["commits"] = json!(commits);
    Hooks::accepted(&hooks.deliver("push", "d-1", body.to_string().as_bytes()).await);
    assert_eq!(hooks.new_events().await, ["Push recorded"]);
    let pushes = hooks.pushes().await;
    assert!(pushes.len() > 1);
    let range = BranchHistory::new(pushes, Vec::new()).between(None, &sha(n_commits));
    assert_eq!((range.commits.len() as u64, range.complete), (n_commits, true));
}

#[tokio::test]
async fn of_equal_deliveries_that_arrive_together_one_is_recorded() {
    let hooks = Hooks::start().await;
    let body = push(0, 1);
    let all = (0..8).map(|_| hooks.deliver("push", "d-1", &body));
    for answer in join_all(all).await {
        Hooks::accepted(&answer);
    }
    assert_eq!(hooks.new_events().await, ["Push recorded"]);
    assert_eq!(hooks.counts().await, (1, 0, 7, 0));
}

#[tokio::test]
async fn reports_of_one_check_that_arrive_together_leave_the_last() {
    let hooks = Hooks::start().await;
    let reports =
        [job(1, 1, "queued", None), job(1, 1, "in_progress", None), job(1, 1, "completed", Some("success"))];
    let all = reports.iter().enumerate().map(|(n, body)| {
        let hooks = &hooks;
        async move { hooks.deliver("workflow_job", &format!("d-{n}"), body).await }
    });
    for answer in join_all(all).await {
        assert_eq!(answer.status(), StatusCode::ACCEPTED.as_u16(), "{}", answer.text());
    }
    assert_eq!(hooks.checks(1).await[0].state, CheckState::Passed);
}

/// A job of a workflow, with the workflow's name; without one, as what was stored before workflows were told apart.
fn job_of(workflow: Option<&str>, run: u64, conclusion: &str) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&job(1, 1, "completed", Some(conclusion))).unwrap();
    body["workflow_job"]["workflow_name"] = json!(workflow);
    body["workflow_job"]["run_id"] = json!(run);
    body.to_string().into_bytes()
}

#[tokio::test]
async fn jobs_of_one_name_in_two_workflows_are_two_checks() {
    let hooks = Hooks::start().await;
    let send =
        async |id: &str, body: Vec<u8>| Hooks::accepted(&hooks.deliver("workflow_job", id, &body).await);
    send("d-1", job_of(Some("CI"), 50, "failure")).await;
    send("d-2", job_of(Some("Nightly"), 51, "success")).await;
    let state = async |workflow: &str| {
        let checks = hooks.checks(1).await;
        checks.into_iter().find(|check| check.workflow.as_deref() == Some(workflow)).unwrap().state
    };
    assert_eq!(hooks.checks(1).await.len(), 2);
    assert_eq!((state("CI").await, state("Nightly").await), (CheckState::Failed, CheckState::Passed));
    send("d-3", job_of(Some("CI"), 52, "success")).await;
    assert_eq!(state("CI").await, CheckState::Passed);
}

#[tokio::test]
async fn a_row_of_before_workflows_were_told_apart_and_a_report_of_the_same_run_are_one_check() {
    let hooks = Hooks::start().await;
    let send =
        async |id: &str, body: Vec<u8>| Hooks::accepted(&hooks.deliver("workflow_job", id, &body).await);
    send("d-1", job_of(None, 50, "failure")).await;
    assert_eq!(hooks.checks(1).await[0].workflow, None);
    send("d-2", job_of(Some("CI"), 50, "failure")).await;
    let checks = hooks.checks(1).await;
    assert_eq!((checks.len(), checks[0].workflow.as_deref()), (1, Some("CI")));
    // Of another run nothing is known to be the same.
    send("d-3", job_of(None, 60, "failure")).await;
    assert_eq!(hooks.checks(1).await.len(), 2);
}

/// Runs them all at once, and gives what they gave.
pub(super) async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            if let std::task::Poll::Ready(ready) = future.as_mut().poll(cx) {
                *output = Some(ready);
            }
        }
        match running.iter().all(|(_, output)| output.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}
