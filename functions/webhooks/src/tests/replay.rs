//! Every example of every host, in any order and twice, leaves what it leaves once and in order.

use std::collections::BTreeMap;
use std::io::Read as _;

use domain::check::CheckState;
use domain::connection::{HostKind, Signing};
use domain::event::{Event, EventBody};
use flate2::read::GzDecoder;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::Hooks;

const OCTOKIT: &[u8] =
    include_bytes!("../../../../shared/integrations/tests/fixtures/octokit-webhooks-examples-7.6.1.json.gz");

/// The host's name for an event, the delivery's id, and the body.
#[derive(Debug, Clone)]
struct Sent {
    event: String,
    id: String,
    body: String,
}

/// Every webhook that GitHub publishes as an example.
fn github() -> Vec<Sent> {
    let mut text = String::new();
    GzDecoder::new(OCTOKIT).read_to_string(&mut text).unwrap();
    let kinds: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of_kind = |kind: &Value| {
        let event = kind["name"].as_str().unwrap().to_owned();
        let examples = kind["examples"].as_array().unwrap().clone();
        examples.into_iter().map(move |body| (event.clone(), body))
    };
    numbered(kinds.iter().flat_map(of_kind))
}

fn samples(text: &str) -> Vec<Sent> {
    let samples: Vec<Value> = serde_json::from_str(text).unwrap();
    numbered(
        samples.iter().map(|sample| (sample["event"].as_str().unwrap().to_owned(), sample["body"].clone())),
    )
}

fn numbered(bodies: impl Iterator<Item = (String, Value)>) -> Vec<Sent> {
    let sent = |(n, (event, body)): (usize, (String, Value))| Sent {
        event,
        id: format!("d-{n}"),
        body: body.to_string(),
    };
    bodies.enumerate().map(sent).collect()
}

/// Everything that is stored, but for what tells how it came about.
///
/// Left out are the events, which are compared on their own; versions and counters, which count the way; and whether
/// a delivery said something new, which depends on what came before it.
#[derive(Debug, PartialEq)]
struct State {
    rows: BTreeMap<String, Vec<Value>>,
    /// What was told of pushes, merges and pings, sorted.
    told: Vec<String>,
}

async fn state_after(kind: HostKind, signing: Signing, sent: &[Sent]) -> State {
    let hooks = Hooks::of(kind, signing).await;
    for Sent { event, id, body } in sent {
        Hooks::accepted(&hooks.deliver(event, id, body.as_bytes()).await);
    }
    let n_distinct = sent.iter().map(|sent| &sent.id).collect::<std::collections::BTreeSet<_>>().len() as u64;
    let (accepted, ignored, repeated, rejected) = hooks.counts().await;
    assert_eq!((accepted + ignored, repeated, rejected), (n_distinct, sent.len() as u64 - n_distinct, 0));

    let mut rows = hooks.world.rows();
    rows.retain(|table, _| !table.ends_with("events"));
    for row in rows.values_mut().flatten() {
        let row = row.as_object_mut().unwrap();
        row.remove("version");
        if row.get("sk").is_some_and(|sk| sk == "counters") {
            row.retain(|name, _| !name.starts_with("count#"));
        }
        if row.get("kind").is_some_and(|kind| kind == "delivery") {
            let delivery = row["body"].as_object_mut().unwrap();
            delivery.remove("outcome");
            delivery.remove("reason");
        }
    }
    let events = hooks.world.all_events().await;
    let told = told(&events);
    checks_end_as_told(&rows, &events);
    State { rows, told }
}

fn told(events: &[Event]) -> Vec<String> {
    let is_check = |event: &&Event| matches!(event.body, EventBody::CheckRecorded { .. });
    let others = events.iter().filter(|event| !is_check(event));
    let mut told: Vec<String> = others.map(|event| serde_json::to_string(&event.body).unwrap()).collect();
    told.sort_unstable();
    told
}

/// However reports arrive, what is stored of a check was told.
fn checks_end_as_told(rows: &BTreeMap<String, Vec<Value>>, events: &[Event]) {
    let mut told: BTreeMap<_, Vec<CheckState>> = BTreeMap::new();
    for event in events {
        if let EventBody::CheckRecorded { commit, name, state, .. } = &event.body {
            told.entry((commit.to_string(), name.clone())).or_default().push(*state);
        }
    }
    for row in rows.values().flatten().filter(|row| row["kind"] == "check") {
        let recorded = &row["body"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = (text(&recorded["commit"]), text(&recorded["check"]["name"]));
        let state: CheckState = serde_json::from_value(recorded["check"]["state"].clone()).unwrap();
        assert!(told[&of].contains(&state), "{row}");
    }
}

/// Sends them once in order, and several times shuffled and twice.
fn the_order_does_not_matter(kind: HostKind, signing: Signing, sent: &[Sent], cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let expected = runtime.block_on(state_after(kind, signing, sent));
    assert!(expected.rows.values().flatten().any(|row| row["kind"] == "push"));
    let twice = sent.iter().chain(sent).cloned().collect::<Vec<_>>();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let check = |sent: Vec<Sent>| {
        let state = runtime.block_on(state_after(kind, signing, &sent));
        let differs = |(state, expected): &(&Value, &Value)| state != expected;
        for (table, rows) in &expected.rows {
            let difference = state.rows[table].iter().zip(rows).find(differs);
            prop_assert_eq!(difference, None);
            prop_assert_eq!(state.rows[table].len(), rows.len());
        }
        prop_assert_eq!(&state, &expected);
        Ok(())
    };
    TestRunner::new(config).run(&Just(twice).prop_shuffle(), check).unwrap();
}

#[test]
fn all_329_examples_of_github_leave_the_same_state_in_any_order_and_twice() {
    let sent = github();
    assert_eq!(sent.len(), 329);
    the_order_does_not_matter(HostKind::GitHub, Signing::BodyHmac, &sent, 4);
}

#[test]
fn all_samples_of_gitlab_leave_the_same_state_in_any_order_and_twice() {
    let sent = samples(include_str!("../../../../shared/integrations/tests/fixtures/gitlab-webhooks.json"));
    for signing in [Signing::StandardWebhooks, Signing::PlainToken] {
        the_order_does_not_matter(HostKind::GitLab, signing, &sent, 6);
    }
}

#[test]
fn all_samples_of_gitea_leave_the_same_state_in_any_order_and_twice() {
    let sent = samples(include_str!("../../../../shared/integrations/tests/fixtures/gitea-webhooks.json"));
    the_order_does_not_matter(HostKind::Gitea, Signing::BodyHmac, &sent, 8);
}

#[test]
fn all_samples_of_bitbucket_leave_the_same_state_in_any_order_and_twice() {
    let sent =
        samples(include_str!("../../../../shared/integrations/tests/fixtures/bitbucket-webhooks.json"));
    the_order_does_not_matter(HostKind::Bitbucket, Signing::BodyHmac, &sent, 8);
}
