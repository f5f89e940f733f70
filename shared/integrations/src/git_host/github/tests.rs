use std::io::Read as _;
use std::sync::LazyLock;

use domain::change::Push;
use domain::check::{Check, CheckState};
use domain::connection::{HostKind, Signing};
use flate2::read::GzDecoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use insta::assert_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::git_host::tests::{self, headers, line};
use crate::git_host::{self, BadSignature, Fact, Reading, Unreadable};

const EXAMPLES: &[u8] = include_bytes!("../../../tests/fixtures/octokit-webhooks-examples-7.6.1.json.gz");

fn read(event: &str, payload: &[u8]) -> Result<Reading, Unreadable> {
    tests::read(HostKind::GitHub, event, payload)
}

#[track_caller]
fn facts(event: &str, payload: &Value) -> Vec<Fact> {
    tests::facts(HostKind::GitHub, event, payload)
}

#[track_caller]
fn push_in(payload: &Value) -> Push {
    match facts("push", payload).remove(0) {
        Fact::Push { push, .. } => push,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check_in(event: &str, payload: &Value) -> Check {
    match facts(event, payload).remove(0) {
        Fact::Check { check, .. } => check,
        other => panic!("{other:?}"),
    }
}

static UNPACKED: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let mut text = String::new();
    GzDecoder::new(EXAMPLES).read_to_string(&mut text).unwrap();
    let kinds: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of_kind = |kind: &Value| {
        let name = kind["name"].as_str().unwrap().to_owned();
        kind["examples"].as_array().unwrap().clone().into_iter().map(move |example| (name.clone(), example))
    };
    kinds.iter().flat_map(of_kind).collect()
});

#[test]
fn the_facts_of_every_example_that_github_publishes() {
    assert_eq!(UNPACKED.len(), 329);
    let lines = UNPACKED.iter().map(|(event, payload)| {
        let reading = read(event, payload.to_string().as_bytes()).unwrap();
        let action = reading.action.as_deref().map_or(String::new(), |action| format!(".{action}"));
        format!("{event}{action}: {}", line(&reading))
    });
    assert_snapshot!("github_examples", lines.collect::<Vec<_>>().join("\n"));
}

const SECRET: &[u8] = b"It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
const SIGNED: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn verify(given: &[(&'static str, &str)], body: &[u8], secrets: &[&[u8]]) -> Result<(), BadSignature> {
    git_host::verify(HostKind::GitHub, Signing::BodyHmac, &headers(given), body, secrets, tests::RECEIVED)
}

#[test]
fn githubs_own_signature_example_is_accepted() {
    assert_eq!(verify(&[("x-hub-signature-256", SIGNED)], BODY, &[SECRET]), Ok(()));
    assert_eq!(verify(&[("x-hub-signature-256", SIGNED)], BODY, &[b"new", SECRET]), Ok(()), "while rotating");
}

#[test]
fn a_changed_body_or_another_secret_is_refused() {
    let wrong = Err(BadSignature::Wrong);
    assert_eq!(verify(&[("x-hub-signature-256", SIGNED)], b"Hello, World?", &[SECRET]), wrong);
    assert_eq!(verify(&[("x-hub-signature-256", SIGNED)], b"", &[SECRET]), wrong);
    assert_eq!(verify(&[("x-hub-signature-256", SIGNED)], BODY, &[b"another"]), wrong);
    assert_eq!(verify(&[("x-hub-signature-256", SIGNED)], BODY, &[]), wrong, "no secret is no permission");
}

#[test]
fn an_empty_secret_signs_nothing() {
    let mac = Hmac::<Sha256>::new_from_slice(b"").unwrap().chain_update(BODY);
    let header = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(verify(&[("x-hub-signature-256", &header)], BODY, &[b""]), Err(BadSignature::Wrong));
}

#[test]
fn no_weaker_scheme_is_looked_at() {
    let missing = Err(BadSignature::Missing("X-Hub-Signature-256"));
    // A right signature in SHA-1, in the header that Bitbucket uses for SHA-256 too.
    let sha1 = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";
    assert_eq!(verify(&[("x-hub-signature", sha1)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[("x-hub-signature", SIGNED)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[("x-gitea-signature", &SIGNED[7..])], BODY, &[SECRET]), missing);
    let secret = std::str::from_utf8(SECRET).unwrap();
    assert_eq!(verify(&[("x-gitlab-token", secret)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[], BODY, &[SECRET]), missing);
    let twice = [("x-hub-signature-256", SIGNED), ("x-hub-signature-256", SIGNED)];
    assert_eq!(verify(&twice, BODY, &[SECRET]), missing, "of two signatures neither is the one");
    for malformed in [sha1, &SIGNED[7..], "sha256=", "sha256=xyz", "SHA256=757107ea", ""] {
        let refused = verify(&[("x-hub-signature-256", malformed)], BODY, &[SECRET]);
        assert!(matches!(refused, Err(BadSignature::Malformed | BadSignature::Wrong)), "{malformed}");
    }
    assert_eq!(verify(&[("x-hub-signature-256", &SIGNED[..39])], BODY, &[SECRET]), Err(BadSignature::Wrong));
}

#[test]
fn a_delivery_is_named_by_one_short_word() {
    let id = |given: &[(&'static str, &str)]| git_host::delivery_id(HostKind::GitHub, &headers(given), BODY);
    let guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958";
    assert_eq!(id(&[("x-github-delivery", guid)]), guid);
    let of_body = id(&[]);
    for unusable in [
        [("x-gitea-delivery", guid)].as_slice(),
        &[("x-github-delivery", "")],
        &[("x-github-delivery", "two words")],
        &[("x-github-delivery", &"a".repeat(101))],
        &[("x-github-delivery", "a"), ("x-github-delivery", "b")],
    ] {
        assert_eq!(id(unusable), of_body);
    }
}

#[test]
fn a_form_is_unwrapped() {
    let form = headers(&[("content-type", "application/x-www-form-urlencoded")]);
    let unwrapped = git_host::payload(HostKind::GitHub, &form, b"payload=%7B%22zen%22%3A%22a+b%22%7D");
    assert_eq!(unwrapped.unwrap().as_ref(), br#"{"zen":"a b"}"#);
    assert!(git_host::payload(HostKind::GitHub, &form, b"{}").is_err());
    let plain = git_host::payload(HostKind::GitHub, &headers(&[]), b"{}");
    assert_eq!(plain.unwrap().as_ref(), b"{}");
}

fn push_payload() -> Value {
    json!({
        "ref": "refs/heads/release/1.x", "before": "1".repeat(40), "after": "3".repeat(40),
        "created": false, "deleted": false, "forced": true, "a_field_of_next_year": {"x": 1},
        "repository": {"full_name": "acme/storefront", "pushed_at": 1_763_900_000},
        "pusher": {"name": "ada", "email": "ada@example.com"}, "sender": {"login": "ada-l"},
        "commits": [
            {"id": "2".repeat(40), "timestamp": "2026-11-22T10:00:00+01:00", "url": "https://github.com/c/2",
             "author": {"name": "Ada", "email": "ada@example.com", "username": "ada-l"},
             "message": "Add the basket\r\n\r\nCo-authored-by: Grace <grace@example.com>"},
            {"id": "3".repeat(40), "timestamp": "2026-11-22T10:05:00+01:00", "url": "javascript:alert(1)",
             "author": {"name": "Ada", "email": null}, "message": ""},
        ],
        "head_commit": null,
    })
}

#[test]
fn a_push_is_kept_with_its_commits_oldest_first_and_all_their_authors() {
    let Fact::Push { repository, branch, push } = facts("push", &push_payload()).remove(0) else { panic!() };
    assert_eq!((repository.to_string().as_str(), branch.as_str()), ("github:acme/storefront", "release/1.x"));
    assert_eq!(push.at, Timestamp::from_second(1_763_900_000).unwrap(), "the host's time");
    assert!(push.forced);
    assert_eq!(push.pusher.login.as_deref(), Some("ada-l"));
    let [first, second] = push.commits.as_slice() else { panic!() };
    assert_eq!(first.title, "Add the basket");
    assert_eq!(first.at.to_string(), "2026-11-22T09:00:00Z");
    assert_eq!(first.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>(), ["Ada", "Grace"]);
    assert_eq!(second.url, None, "only web addresses are shown");
}

#[test]
fn the_time_of_a_push_may_be_text_or_missing() {
    let mut payload = push_payload();
    payload["repository"]["pushed_at"] = json!("2026-11-22T09:00:00Z");
    assert_eq!(push_in(&payload).at.to_string(), "2026-11-22T09:00:00Z");
    payload["repository"]["pushed_at"] = Value::Null;
    assert_eq!(push_in(&payload).at, Timestamp::UNIX_EPOCH, "when it was received");
}

#[test]
fn a_branch_made_from_another_still_points_to_a_commit() {
    let mut payload = push_payload();
    payload["head_commit"] = payload["commits"][1].take();
    payload["commits"] = json!([]);
    payload["created"] = json!(true);
    let push = push_in(&payload);
    assert_eq!(push.commits.len(), 1);
    assert_eq!(push.commits[0].sha, push.after);
    assert!(push.before.is_zero());
}

#[test]
fn tags_and_deleted_branches_are_not_kept() {
    let reason = |change: &dyn Fn(&mut Value)| {
        let mut payload = push_payload();
        change(&mut payload);
        line(&read("push", payload.to_string().as_bytes()).unwrap())
    };
    assert_snapshot!(reason(&|push| push["ref"] = json!("refs/tags/v1")), @"- Keelson keeps branches, not tags");
    assert_snapshot!(reason(&|push| push["ref"] = json!("refs/heads/")), @"- Keelson keeps branches, not tags");
    assert_snapshot!(reason(&|push| push["deleted"] = json!(true)), @"- the branch was deleted");
    assert_snapshot!(reason(&|push| push["after"] = json!("0".repeat(40))), @"- the branch was deleted");
}

#[test]
fn what_is_kept_of_a_push_is_bounded() {
    let mut payload = push_payload();
    let trailers: String =
        (0..500).map(|n| format!("\nCo-authored-by: {} <{n}@example.com>", "x".repeat(500))).collect();
    payload["commits"][1]["message"] = json!(format!("{}\n{trailers}", "ä".repeat(5_000)));
    let commit = &push_in(&payload).commits[1];
    assert_eq!(commit.title.chars().count(), 300);
    assert_eq!(commit.authors.len(), 100);
    assert!(commit.authors.iter().all(|author| author.name.len() <= 100));
}

#[test]
fn only_a_merged_pull_request_is_a_change() {
    let mut payload = json!({
        "action": "closed", "repository": {"full_name": "acme/storefront"},
        "pull_request": {
            "number": 7, "title": "Basket", "state": "closed", "merged": true, "user": {"login": "ada"},
            "merged_at": "2026-11-22T09:00:00Z", "merge_commit_sha": "3".repeat(40), "merged_by": {"login": "eve"},
            "base": {"ref": "main", "sha": "1".repeat(40)}, "head": {"ref": "basket", "sha": "2".repeat(40)},
            "html_url": "https://github.com/acme/storefront/pull/7",
        },
    });
    let Fact::PullRequestMerged { pull_request, .. } = facts("pull_request", &payload).remove(0) else {
        panic!()
    };
    assert_eq!(pull_request.merged_by.unwrap().login.as_deref(), Some("eve"));
    payload["pull_request"]["merged"] = json!(false);
    assert!(matches!(facts("pull_request", &payload)[0], Fact::Note(_)), "a commit that only tries a merge");
}

fn job(status: &str, conclusion: Value) -> Value {
    json!({
        "action": "completed", "repository": {"full_name": "acme/storefront"},
        "workflow_job": {
            "id": 900, "run_id": 50, "run_attempt": 2, "name": "unit", "head_sha": "2".repeat(40), "status": status,
            "conclusion": conclusion, "created_at": "2026-11-22T09:00:00Z", "started_at": "2026-11-22T09:00:10Z",
            "completed_at": "2026-11-22T09:01:00Z", "html_url": "https://github.com/acme/storefront/runs/900",
        },
    })
}

#[test]
fn a_result_that_is_not_known_to_be_green_is_red() {
    let state = |status: &str, conclusion: Value| check_in("workflow_job", &job(status, conclusion)).state;
    assert_eq!(state("completed", json!("success")), CheckState::Passed);
    assert_eq!(state("completed", json!("skipped")), CheckState::Skipped);
    assert_eq!(state("completed", json!("neutral")), CheckState::Skipped);
    for red in ["failure", "cancelled", "timed_out", "action_required", "stale", "startup_failure", "new", ""]
    {
        assert_eq!(state("completed", json!(red)), CheckState::Failed, "{red}");
    }
    assert_eq!(state("completed", Value::Null), CheckState::Failed);
    assert_eq!(state("in_progress", Value::Null), CheckState::Running);
    for waiting in ["queued", "waiting", "requested", "pending", "new"] {
        assert_eq!(state(waiting, json!("success")), CheckState::Queued, "{waiting}");
    }
}

#[test]
fn a_job_is_ordered_by_its_run_and_try() {
    let check = check_in("workflow_job", &job("completed", json!("success")));
    assert_eq!((check.order, check.attempt), (50, 2));
    assert_eq!(check.queued_at.unwrap().to_string(), "2026-11-22T09:00:00Z");
    let queued = check_in("workflow_job", &job("queued", Value::Null));
    assert_eq!((queued.started_at, queued.completed_at), (None, None), "the host fills them too early");
    assert!(check.replaces(&queued) && !queued.replaces(&check));
}

#[test]
fn what_is_not_json_or_lacks_what_it_must_have_is_unreadable() {
    let problem = |event: &str, body: &str| read(event, body.as_bytes()).unwrap_err().to_string();
    assert_snapshot!(problem("push", "{"), @"the body is not what a `push` event has: EOF while parsing an object at line 1 column 1");
    assert_snapshot!(problem("push", "{}"), @"the body is not what a `push` event has: missing field `ref` at line 1 column 2");
    assert_snapshot!(problem("star", "[1]"), @"the body is not what a `star` event has: invalid type: integer `1`, expected a string at line 1 column 2");
    let elsewhere = push_payload().to_string().replace("acme/storefront", "acme//front");
    assert_snapshot!(problem("push", &elsewhere), @"`github:acme//front` is not a repository: after the colon comes an owner or its groups, each with a slash, and one name; write `connection:owner/name`, such as `github:acme/storefront`");
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(
        event in prop::sample::select(vec!["push", "pull_request", "check_run", "status", "release", "x"]),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = read(event, &body);
    }

    #[test]
    fn an_example_with_any_field_missing_is_read_or_refused(index in 0_usize..329, field in 0_usize..30) {
        let (event, mut payload) = UNPACKED[index].clone();
        let fields = payload.as_object_mut().unwrap();
        let name = fields.keys().nth(field % fields.len()).unwrap().clone();
        fields.remove(&name);
        let _ = read(&event, payload.to_string().as_bytes());
    }
}
