//! Whatever order deliveries come in, and however often, the state is the same.

use domain::change::{BranchHistory, PullRequest, Push};
use domain::check::Check;
use domain::{CommitSha, Period};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::PageRequest;
use testkit::sha;

use super::{Hooks, job, merged, push, storefront};

type Sent = (&'static str, String, Vec<u8>);

fn history() -> Vec<Sent> {
    let bodies = [
        ("push", push(0, 1)),
        ("push", push(1, 2)),
        ("push", push(2, 3)),
        ("workflow_job", job(3, 1, "queued", None)),
        ("workflow_job", job(3, 1, "in_progress", None)),
        ("workflow_job", job(3, 1, "completed", Some("failure"))),
        ("workflow_job", job(3, 2, "in_progress", None)),
        ("workflow_job", job(3, 2, "completed", Some("success"))),
        ("pull_request", merged(7, 2)),
        ("star", b"{}".to_vec()),
    ];
    let numbered = bodies.into_iter().enumerate();
    numbered.map(|(n, (event, body))| (event, format!("d-{n}"), body)).collect()
}

#[derive(Debug, PartialEq)]
struct State {
    pushes: Vec<Push>,
    newest: Option<CommitSha>,
    checks: Vec<Check>,
    pulls: Vec<PullRequest>,
    n_deliveries: usize,
}

async fn state_after(sent: &[Sent]) -> State {
    let hooks = Hooks::start().await;
    for (event, id, body) in sent {
        hooks.world.advance(Period::seconds(1));
        Hooks::accepted(&hooks.deliver(event, id, body).await);
    }
    let pushes = hooks.pushes().await;
    let pulls = hooks.store().pull_requests(&storefront(), &PageRequest::first(100)).await.unwrap();
    State {
        newest: BranchHistory::new(pushes.clone(), Vec::new()).newest().map(|push| push.after.clone()),
        pushes,
        checks: hooks.checks(3).await,
        pulls: pulls.items,
        n_deliveries: hooks.detail().await.deliveries.len(),
    }
}

#[test]
fn shuffled_and_repeated_deliveries_leave_the_same_state() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let expected = runtime.block_on(state_after(&history()));
    assert_eq!(expected.newest, Some(sha(3)));
    let twice = history().into_iter().chain(history()).collect::<Vec<_>>();
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    let check = |sent: Vec<Sent>| {
        prop_assert_eq!(&runtime.block_on(state_after(&sent)), &expected);
        Ok(())
    };
    runner.run(&Just(twice).prop_shuffle(), check).unwrap();
}
