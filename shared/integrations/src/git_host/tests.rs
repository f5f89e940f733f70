//! What holds for every kind of git host.

use domain::ConnectionName;
use domain::connection::{HostKind, Signing};
use http::HeaderMap;
use insta::assert_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::{Content, Fact, Hook, Reading, Unreadable};

/// When everything in these tests is received.
pub(super) const RECEIVED: Timestamp = Timestamp::UNIX_EPOCH;

pub(super) fn headers(given: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in given {
        map.append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    map
}

pub(super) fn read(kind: HostKind, event: &str, payload: &[u8]) -> Result<Reading, Unreadable> {
    let connection: ConnectionName = kind.word().parse().unwrap();
    super::read(kind, &Hook { connection: &connection, event, payload, received_at: RECEIVED })
}

#[track_caller]
pub(super) fn facts(kind: HostKind, event: &str, payload: &Value) -> Vec<Fact> {
    match read(kind, event, payload.to_string().as_bytes()).unwrap().content {
        Content::Facts(facts) => facts,
        Content::Nothing(reason) => panic!("nothing is kept: {reason}"),
    }
}

/// One line: what a reader of a snapshot wants to see of a webhook.
pub(super) fn line(reading: &Reading) -> String {
    let told = |fact: &Fact| match fact {
        Fact::Ping => "ping".to_owned(),
        Fact::Push { repository, branch, push } => {
            format!("push {repository} {branch} {}", serde_json::to_string(push).unwrap())
        }
        Fact::PullRequestMerged { repository, pull_request } => {
            format!("merged {repository} {}", serde_json::to_string(pull_request).unwrap())
        }
        Fact::Check { repository, commit, check } => {
            format!("check {repository} {} {}", commit.short(), serde_json::to_string(check).unwrap())
        }
        Fact::Steps { repository, commit, steps } => {
            format!("steps {repository} {} {}", commit.short(), serde_json::to_string(steps).unwrap())
        }
        Fact::Note(note) => format!("note {}", serde_json::to_string(note).unwrap()),
    };
    match &reading.content {
        Content::Facts(facts) => facts.iter().map(told).collect::<Vec<_>>().join("\n    + "),
        Content::Nothing(reason) => format!("- {reason}"),
    }
}

/// The samples of a host: its own name for the event, and the body.
pub(super) fn samples(kind: HostKind) -> Vec<(String, Value)> {
    let text = match kind {
        HostKind::GitHub => panic!("its examples are packed"),
        HostKind::GitLab => include_str!("../../tests/fixtures/gitlab-webhooks.json"),
        HostKind::Gitea => include_str!("../../tests/fixtures/gitea-webhooks.json"),
        HostKind::Bitbucket => include_str!("../../tests/fixtures/bitbucket-webhooks.json"),
    };
    let samples: Vec<Value> = serde_json::from_str(text).unwrap();
    let sample = |sample: Value| (sample["event"].as_str().unwrap().to_owned(), sample["body"].clone());
    samples.into_iter().map(sample).collect()
}

/// The header that says the kind of event.
fn event_header(kind: HostKind) -> &'static str {
    match kind {
        HostKind::GitHub => "x-github-event",
        HostKind::GitLab => "x-gitlab-event",
        HostKind::Gitea => "x-gitea-event",
        HostKind::Bitbucket => "x-event-key",
    }
}

fn facts_of_samples(kind: HostKind) -> String {
    let lines = samples(kind).into_iter().map(|(title, body)| {
        let event = super::event_name(kind, &headers(&[(event_header(kind), &title)])).unwrap();
        let reading = read(kind, &event, body.to_string().as_bytes()).unwrap();
        let action = reading.action.as_deref().map_or(String::new(), |action| format!(".{action}"));
        format!("{event}{action}: {}", line(&reading))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_facts_of_every_sample_of_gitlab() {
    assert_snapshot!("gitlab_samples", facts_of_samples(HostKind::GitLab));
}

#[test]
fn the_facts_of_every_sample_of_gitea_and_forgejo() {
    assert_snapshot!("gitea_samples", facts_of_samples(HostKind::Gitea));
}

#[test]
fn the_facts_of_every_sample_of_bitbucket() {
    assert_snapshot!("bitbucket_samples", facts_of_samples(HostKind::Bitbucket));
}

#[test]
fn a_scheme_that_a_host_does_not_have_proves_nothing() {
    let token = super::signing_token("random");
    for kind in HostKind::ALL {
        for signing in [Signing::BodyHmac, Signing::StandardWebhooks, Signing::PlainToken] {
            if kind.signings().contains(&signing) {
                continue;
            }
            let given = headers(&[("x-gitlab-token", &token), ("x-hub-signature-256", "sha256=00")]);
            let verdict = super::verify(kind, signing, &given, b"{}", &[&token], RECEIVED);
            assert_eq!(verdict, Err(super::BadSignature::NotOfThisHost), "{kind:?} {signing:?}");
        }
    }
}

#[test]
fn without_an_id_of_its_own_the_same_body_is_the_same_delivery() {
    for kind in HostKind::ALL {
        let id = |body: &[u8]| super::delivery_id(kind, &HeaderMap::new(), body);
        assert_eq!(id(b"{}"), id(b"{}"));
        assert_ne!(id(b"{}"), id(b"[]"));
        assert!(id(b"{}").starts_with("body-") && id(b"{}").len() <= 100);
    }
}

#[test]
fn an_event_without_a_name_is_unreadable_and_no_panic() {
    for kind in HostKind::ALL {
        assert!(super::event_name(kind, &HeaderMap::new()).is_err());
        let name = super::event_name(kind, &headers(&[(event_header(kind), "two\twords")]));
        assert!(name.is_err(), "{kind:?}");
    }
}

#[test]
fn letter_case_and_unknown_events_are_no_mistake() {
    for kind in HostKind::ALL {
        let reading = read(kind, "event_of_next_year", b"{}").unwrap();
        assert_eq!(line(&reading), "- Keelson keeps nothing of `event_of_next_year` events");
        assert!(read(kind, "event_of_next_year", b"{").is_err());
    }
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(
        kind in prop::sample::select(HostKind::ALL.to_vec()),
        event in prop::sample::select(vec!["push", "build", "pipeline", "repo:push", "pullrequest:fulfilled", "status"]),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = read(kind, event, &body);
    }

    #[test]
    fn a_sample_with_any_field_missing_is_read_or_refused(
        kind in prop::sample::select(vec![HostKind::GitLab, HostKind::Gitea, HostKind::Bitbucket]),
        index in any::<prop::sample::Index>(),
        path in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let samples = samples(kind);
        let (event, mut body) = samples[index.index(samples.len())].clone();
        remove(&mut body, &path);
        let _ = read(kind, &event, body.to_string().as_bytes());
    }
}

/// Takes a field out, somewhere within.
fn remove(value: &mut Value, path: &[prop::sample::Index]) {
    let [first, rest @ ..] = path else { return };
    let Some(fields) = value.as_object_mut().filter(|fields| !fields.is_empty()) else { return };
    let name = fields.keys().nth(first.index(fields.len())).unwrap().clone();
    match (rest.is_empty(), fields[&name].is_object()) {
        (false, true) => remove(&mut fields[&name], rest),
        _ => drop(fields.remove(&name)),
    }
}
