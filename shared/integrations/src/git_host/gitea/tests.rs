use domain::connection::{HostKind, Signing};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::git_host::tests::{RECEIVED, facts, headers, samples};
use crate::git_host::{self, BadSignature, Fact};

const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
/// Of [`BODY`] with [`SECRET`], as GitHub's documentation has it after `sha256=`.
const DIGITS: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn verify(given: &[(&'static str, &str)], body: &[u8], secrets: &[&str]) -> Result<(), BadSignature> {
    git_host::verify(HostKind::Gitea, Signing::BodyHmac, &headers(given), body, secrets, RECEIVED)
}

#[test]
fn the_signature_has_no_prefix_and_either_name() {
    for name in ["x-gitea-signature", "x-forgejo-signature"] {
        assert_eq!(verify(&[(name, DIGITS)], BODY, &[SECRET]), Ok(()));
        assert_eq!(verify(&[(name, DIGITS)], BODY, &["new secret", SECRET]), Ok(()), "while rotating");
        assert_eq!(verify(&[(name, DIGITS)], b"Hello, World?", &[SECRET]), Err(BadSignature::Wrong));
        assert_eq!(verify(&[(name, DIGITS)], BODY, &["another"]), Err(BadSignature::Wrong));
        let prefixed = format!("sha256={DIGITS}");
        assert_eq!(verify(&[(name, &prefixed)], BODY, &[SECRET]), Err(BadSignature::Malformed));
    }
    let both = [("x-gitea-signature", "00"), ("x-forgejo-signature", DIGITS)];
    assert_eq!(verify(&both, BODY, &[SECRET]), Err(BadSignature::Wrong), "a wrong one is not passed over");
}

#[test]
fn githubs_headers_beside_its_own_are_not_looked_at() {
    let missing = Err(BadSignature::Missing("X-Gitea-Signature"));
    let github = format!("sha256={DIGITS}");
    assert_eq!(verify(&[("x-hub-signature-256", &github)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[("x-hub-signature", &github)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[("x-gogs-signature", DIGITS)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[("x-gitlab-token", SECRET)], BODY, &[SECRET]), missing);
    assert_eq!(verify(&[], BODY, &[SECRET]), missing);
    let own =
        [("x-gitea-signature", DIGITS), ("x-hub-signature-256", "sha256=00"), ("x-hub-signature", "sha1=00")];
    assert_eq!(verify(&own, BODY, &[SECRET]), Ok(()));

    let given = headers(&[
        ("x-github-event", "ping"),
        ("x-github-delivery", "g"),
        ("x-gitea-event", "push"),
        ("x-gitea-delivery", "t"),
    ]);
    assert_eq!(git_host::event_name(HostKind::Gitea, &given).unwrap(), "push");
    assert_eq!(git_host::delivery_id(HostKind::Gitea, &given, BODY), "t");
    assert_eq!(git_host::event_name(HostKind::GitHub, &given).unwrap(), "ping");
    let forgejo = headers(&[("x-forgejo-event", "push"), ("x-forgejo-delivery", "f")]);
    assert_eq!(git_host::event_name(HostKind::Gitea, &forgejo).unwrap(), "push");
    assert_eq!(git_host::delivery_id(HostKind::Gitea, &forgejo, BODY), "f");
}

#[test]
fn of_a_form_the_json_in_it_is_signed() {
    let (json, form) = (br#"{"zen":"a b"}"#, b"payload=%7B%22zen%22%3A%22a+b%22%7D");
    let hmac = |signed: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(signed);
        hex::encode(mac.finalize().into_bytes())
    };
    let check = |content_type: &'static str, signature: &str, body: &[u8]| {
        verify(&[("content-type", content_type), ("x-gitea-signature", signature)], body, &[SECRET])
    };
    let form_type = "application/x-www-form-urlencoded";
    assert_eq!(check(form_type, &hmac(json), form), Ok(()));
    assert_eq!(check(form_type, &hmac(form), form), Err(BadSignature::Wrong));
    assert_eq!(check("application/json", &hmac(json), form), Err(BadSignature::Wrong));
    assert_eq!(check(form_type, &hmac(json), b"other=1"), Err(BadSignature::Malformed));
}

#[test]
fn commits_come_newest_first_and_are_kept_oldest_first() {
    let (_, push) = samples(HostKind::Gitea).remove(2);
    let Fact::Push { push: read, .. } = facts(HostKind::Gitea, "push", &push).remove(0) else { panic!() };
    assert_eq!(read.commits.last().unwrap().sha, read.after);
    assert!(read.truncated, "five of thirty-one");
    // As a later version might list them.
    let mut turned = push;
    turned["commits"].as_array_mut().unwrap().reverse();
    let Fact::Push { push: same, .. } = facts(HostKind::Gitea, "push", &turned).remove(0) else { panic!() };
    assert_eq!(same, read);
}

#[test]
fn a_list_is_complete_as_far_as_the_count_says() {
    for (listed, total, truncated) in [(15, 15, false), (15, 16, true), (1, 1, false)] {
        let commits: Vec<_> = (0..listed)
            .map(|n| json!({"id": format!("{:040x}", 100 - n), "message": "x", "timestamp": "2026-11-20T10:00:00Z", "author": {}}))
            .collect();
        let body = json!({
            "ref": "refs/heads/main", "before": "1".repeat(40), "after": format!("{:040x}", 100), "commits": commits,
            "total_commits": total, "repository": {"full_name": "acme/storefront"},
        });
        let Fact::Push { push, .. } = facts(HostKind::Gitea, "push", &body).remove(0) else { panic!() };
        assert_eq!((push.commits.len(), push.truncated), (listed, truncated));
    }
}
