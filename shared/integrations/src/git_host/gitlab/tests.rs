use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::check::{Check, CheckState};
use domain::connection::{HostKind, Signing};
use hmac::{Hmac, KeyInit as _, Mac as _};
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::git_host::tests::{facts, headers, line, read, samples};
use crate::git_host::{self, BadSignature, Fact};

/// The example of the Standard Webhooks specification.
const TOKEN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn verify_at(
    signing: Signing,
    given: &[(&'static str, &str)],
    secrets: &[&str],
    now: i64,
) -> Result<(), BadSignature> {
    git_host::verify(HostKind::GitLab, signing, &headers(given), BODY, secrets, at(now))
}

fn verify(given: &[(&'static str, &str)], secrets: &[&str]) -> Result<(), BadSignature> {
    verify_at(Signing::StandardWebhooks, given, secrets, AT)
}

fn signed(signature: &str) -> [(&'static str, &str); 3] {
    [("webhook-id", ID), ("webhook-timestamp", "1614265330"), ("webhook-signature", signature)]
}

#[test]
fn the_example_of_the_specification_is_accepted() {
    assert_eq!(verify(&signed(SIGNED), &[TOKEN]), Ok(()));
    let other = git_host::signing_token("another");
    assert_eq!(verify(&signed(SIGNED), &[&other, TOKEN]), Ok(()), "while Keelson rotates");
    let list = format!("v1,AAAA v2,AAAA v1a,AAAA {SIGNED}");
    assert_eq!(verify(&signed(&list), &[TOKEN]), Ok(()), "while GitLab rotates");
}

#[test]
fn id_moment_and_body_are_all_signed() {
    let wrong = Err(BadSignature::Wrong);
    let mut other_id = signed(SIGNED);
    other_id[0].1 = "msg_other";
    assert_eq!(verify(&other_id, &[TOKEN]), wrong);
    let mut other_moment = signed(SIGNED);
    other_moment[1].1 = "1614265331";
    assert_eq!(verify(&other_moment, &[TOKEN]), wrong);
    let kind = (HostKind::GitLab, Signing::StandardWebhooks);
    let other_body = git_host::verify(kind.0, kind.1, &headers(&signed(SIGNED)), b"{}", &[TOKEN], at(AT));
    assert_eq!(other_body, wrong);
    assert_eq!(verify(&signed(SIGNED), &[&git_host::signing_token("another")]), wrong);
    assert_eq!(verify(&signed(SIGNED), &[]), wrong, "no secret is no permission");
}

#[test]
fn a_signature_of_another_time_is_refused_and_a_forged_one_learns_nothing_of_clocks() {
    let signing = Signing::StandardWebhooks;
    for second in [-300, 300] {
        assert_eq!(verify_at(signing, &signed(SIGNED), &[TOKEN], AT + second), Ok(()));
    }
    for second in [-301, 301, 1_000_000] {
        let verdict = verify_at(signing, &signed(SIGNED), &[TOKEN], AT + second);
        assert_eq!(verdict, Err(BadSignature::OtherTime(at(AT))));
        let forged = verify_at(signing, &signed("v1,AAAA"), &[TOKEN], AT + second);
        assert_eq!(forged, Err(BadSignature::Wrong));
    }
}

#[test]
fn what_is_not_written_as_the_specification_says_is_refused() {
    for malformed in ["", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v2,AAAA", "v1", "v1,!"] {
        assert_eq!(verify(&signed(malformed), &[TOKEN]), Err(BadSignature::Malformed), "{malformed}");
    }
    for moment in ["", "now", "1614265330.5", "99999999999999999999"] {
        let mut given = signed(SIGNED);
        given[1].1 = moment;
        assert_eq!(verify(&given, &[TOKEN]), Err(BadSignature::Malformed), "{moment}");
    }
    let [id, moment, signature] = signed(SIGNED);
    assert_eq!(verify(&[moment, signature], &[TOKEN]), Err(BadSignature::Missing("webhook-id")));
    assert_eq!(verify(&[id, signature], &[TOKEN]), Err(BadSignature::Missing("webhook-timestamp")));
    assert_eq!(
        verify(&[id, moment, signature, signature], &[TOKEN]),
        Err(BadSignature::Missing("webhook-signature"))
    );
}

#[test]
fn only_a_signing_token_is_a_key() {
    assert!(git_host::is_signing_token(TOKEN) && git_host::is_signing_token(&git_host::signing_token("x")));
    let short = format!("whsec_{}", STANDARD.encode([1; 23]));
    let long = format!("whsec_{}", STANDARD.encode([1; 65]));
    for bad in ["", "whsec_", "whsec_!", "a plain old secret", &TOKEN[6..], &short, &long] {
        assert!(!git_host::is_signing_token(bad), "{bad}");
        // What would be signed with it as it is written proves nothing either.
        let mac = Hmac::<Sha256>::new_from_slice(bad.as_bytes()).unwrap();
        let mac = mac.chain_update(ID).chain_update(".1614265330.").chain_update(BODY);
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(verify(&signed(&signature), &[bad]), Err(BadSignature::Wrong), "{bad}");
    }
}

/// GitLab sends id and moment with every delivery, and a signature only with a signing token. A connection with a
/// signing token must not be talked into the older scheme, nor one with a secret token into the newer.
#[test]
fn the_connection_names_the_scheme_and_not_the_headers() {
    let [id, moment, signature] = signed(SIGNED);
    let token = ("x-gitlab-token", TOKEN);
    let missing = Err(BadSignature::Missing("webhook-signature"));
    assert_eq!(verify(&[id, moment, token], &[TOKEN]), missing, "the older scheme, and it is right");
    assert_eq!(verify(&[token], &[TOKEN]), missing);
    let plain = |given: &[(&'static str, &str)]| verify_at(Signing::PlainToken, given, &[TOKEN], AT);
    assert_eq!(plain(&[token]), Ok(()));
    assert_eq!(plain(&[id, moment, signature]), Err(BadSignature::Missing("X-Gitlab-Token")));
    assert_eq!(plain(&[id, moment, signature, ("x-gitlab-token", "wrong")]), Err(BadSignature::Wrong));
    for scheme in [("x-hub-signature-256", "sha256=00"), ("x-gitea-signature", "00")] {
        assert_eq!(plain(&[scheme]), Err(BadSignature::Missing("X-Gitlab-Token")));
    }
}

#[test]
fn a_secret_token_is_compared_as_a_whole() {
    let plain = |token: &str, secrets: &[&str]| {
        verify_at(Signing::PlainToken, &[("x-gitlab-token", token)], secrets, AT)
    };
    assert_eq!(plain("correct horse battery", &["other one of those", "correct horse battery"]), Ok(()));
    for wrong in ["", "correct horse", "correct horse battery!", "Correct horse battery"] {
        assert_eq!(plain(wrong, &["correct horse battery"]), Err(BadSignature::Wrong), "{wrong}");
    }
    assert_eq!(plain("", &[""]), Err(BadSignature::Wrong), "an empty secret is none");
}

#[test]
fn a_delivery_has_one_name_on_every_try() {
    let id = |given: &[(&'static str, &str)], body: &[u8]| {
        git_host::delivery_id(HostKind::GitLab, &headers(given), body)
    };
    let all = [
        ("webhook-id", "w-1"),
        ("idempotency-key", "k-1"),
        ("x-gitlab-event-uuid", "13792a34-cac6-4fda-95a8-c58e00a3954e"),
        ("x-gitlab-webhook-uuid", "hook"),
    ];
    assert_eq!(id(&all, b"{}"), "w-1");
    assert_eq!(id(&all[1..], b"{}"), "k-1");
    let [one, same, other] = [b"{}", b"{}", b"[]"].map(|body| id(&all[2..], body));
    assert_eq!(one, same);
    assert_ne!(one, other, "events that follow from each other share the UUID");
    assert!(one.starts_with("13792a34-cac6-4fda-95a8-c58e00a3954e-") && one.len() <= 100);
}

#[test]
fn the_body_says_what_it_is_and_not_a_header_that_nobody_signed() {
    let (_, push) = samples(HostKind::GitLab).remove(0);
    for claimed in ["push", "release", "unknown"] {
        assert!(matches!(facts(HostKind::GitLab, claimed, &push)[0], Fact::Push { .. }));
    }
}

fn changed(index: usize, change: impl FnOnce(&mut Value)) -> Value {
    let (_, mut body) = samples(HostKind::GitLab).remove(index);
    change(&mut body);
    body
}

#[test]
fn a_push_of_more_than_twenty_commits_says_that_it_does_not_list_them_all() {
    let truncated = |total: u64| {
        let body = changed(0, |push| push["total_commits_count"] = json!(total));
        match facts(HostKind::GitLab, "push", &body).remove(0) {
            Fact::Push { push, .. } => push.truncated,
            other => panic!("{other:?}"),
        }
    };
    assert!(!truncated(1) && truncated(2));
}

#[test]
fn an_address_that_is_not_public_is_nobodys() {
    let Fact::Push { push, .. } = facts(HostKind::GitLab, "push", &changed(1, |_| {})).remove(0) else {
        panic!()
    };
    let emails: Vec<_> = push.commits[0].authors.iter().map(|author| author.email.as_deref()).collect();
    assert_eq!(emails, [None, Some("grace@example.com")]);
}

fn job(status: &str) -> Check {
    let body = json!({
        "object_kind": "build", "sha": "2".repeat(40), "build_id": 7, "build_name": "unit", "build_status": status,
        "build_started_at": "2026-11-20 10:00:10 UTC", "build_finished_at": "2026-11-20 10:01:10 UTC",
        "build_queued_duration": 2.5, "project": {"path_with_namespace": "acme/storefront"},
    });
    match facts(HostKind::GitLab, "job", &body).remove(0) {
        Fact::Check { check, .. } => check,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_job_waits_for_a_runner_only_since_nothing_else_keeps_it() {
    let check = job("success");
    assert_eq!(check.queued_at.unwrap().to_string(), "2026-11-20T10:00:07.5Z");
    assert_eq!(check.started_at.unwrap().to_string(), "2026-11-20T10:00:10Z");
    let waiting = job("pending");
    assert_eq!((waiting.queued_at, waiting.started_at, waiting.completed_at), (None, None, None));
}

#[test]
fn a_status_that_is_not_known_to_be_green_is_red_and_one_that_waits_for_a_person_is_not_green() {
    assert_eq!(job("success").state, CheckState::Passed);
    assert_eq!(job("skipped").state, CheckState::Skipped);
    assert_eq!(job("running").state, CheckState::Running);
    for waiting in ["created", "pending", "preparing", "manual", "scheduled", "waiting_for_resource"] {
        assert_eq!(job(waiting).state, CheckState::Queued, "{waiting}");
    }
    for red in ["failed", "canceled", "new", ""] {
        assert_eq!(job(red).state, CheckState::Failed, "{red}");
    }
}

#[test]
fn what_lacks_what_it_must_have_is_unreadable() {
    let problem = |body: &str| read(HostKind::GitLab, "push", body.as_bytes()).unwrap_err().to_string();
    assert_snapshot!(problem("{"), @"the body is not what a `push` event has: EOF while parsing an object at line 1 column 1");
    assert_snapshot!(problem(r#"{"object_kind": "push"}"#), @"the body is not what a `push` event has: missing field `ref` at line 1 column 23");
    let homeless = json!({"object_kind": "build", "sha": "2".repeat(40), "build_id": 7, "build_name": "unit", "build_status": "success"});
    assert_snapshot!(problem(&homeless.to_string()), @"the job does not say of which project it is");
    let reading = read(HostKind::GitLab, "wiki_page", b"{}").unwrap();
    assert_snapshot!(line(&reading), @"- Keelson keeps nothing of `wiki_page` events");
}
