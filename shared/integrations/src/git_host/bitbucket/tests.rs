use domain::change::BranchHistory;
use domain::check::CheckState;
use domain::connection::{HostKind, Signing};
use serde_json::{Value, json};

use crate::git_host::tests::{RECEIVED, facts, headers, line, read, samples};
use crate::git_host::{self, BadSignature, Fact};

const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
const SIGNED: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn verify(given: &[(&'static str, &str)], secrets: &[&str]) -> Result<(), BadSignature> {
    git_host::verify(HostKind::Bitbucket, Signing::BodyHmac, &headers(given), BODY, secrets, RECEIVED)
}

#[test]
fn the_header_that_has_sha1_on_github_has_sha256_here() {
    assert_eq!(verify(&[("x-hub-signature", SIGNED)], &[SECRET]), Ok(()));
    assert_eq!(verify(&[("x-hub-signature", SIGNED)], &["new secret", SECRET]), Ok(()), "while rotating");
    assert_eq!(verify(&[("x-hub-signature", SIGNED)], &["another"]), Err(BadSignature::Wrong));
    let sha1 = "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59";
    assert_eq!(verify(&[("x-hub-signature", sha1)], &[SECRET]), Err(BadSignature::Malformed));
    for other in ["x-hub-signature-256", "x-gitea-signature", "x-gitlab-token"] {
        assert_eq!(verify(&[(other, SIGNED)], &[SECRET]), Err(BadSignature::Missing("X-Hub-Signature")));
    }
}

#[test]
fn a_delivery_is_named_by_its_request_and_not_by_its_hook() {
    let given = headers(&[("x-request-uuid", "r-1"), ("x-hook-uuid", "h-1"), ("x-attempt-number", "2")]);
    assert_eq!(git_host::delivery_id(HostKind::Bitbucket, &given, BODY), "r-1");
}

fn sample(index: usize) -> (String, Value) {
    samples(HostKind::Bitbucket).remove(index)
}

#[test]
fn every_branch_of_a_push_is_told_and_no_tag() {
    let (event, body) = sample(3);
    let branches: Vec<_> = facts(HostKind::Bitbucket, &event, &body)
        .into_iter()
        .map(|fact| match fact {
            Fact::Push { branch, push, .. } => (branch, push.before.is_zero()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(branches, [("main".to_owned(), false), ("release/1.x".to_owned(), true)]);
}

#[test]
fn a_merge_is_found_by_the_twelve_digits_that_bitbucket_gives() {
    let pushes = [0, 1, 2, 3].map(|index| {
        let (event, body) = sample(index);
        match facts(HostKind::Bitbucket, &event, &body).remove(0) {
            Fact::Push { push, .. } => push,
            other => panic!("{other:?}"),
        }
    });
    let (event, body) = sample(10);
    let Fact::PullRequestMerged { pull_request, .. } = facts(HostKind::Bitbucket, &event, &body).remove(0)
    else {
        panic!()
    };
    assert_eq!(pull_request.merge_commit.as_str().len(), 12);
    let (before, after) = (pushes[2].after.clone(), pushes[3].after.clone());
    let history = BranchHistory::new(pushes, vec![pull_request.clone()]);
    let range = history.between(Some(&before), &after);
    assert_eq!(range.pull_requests, std::slice::from_ref(&pull_request));
    assert_eq!(history.merged_by(&after), Some(&pull_request));
    assert_eq!(history.merged_by(&before), None);
}

#[test]
fn a_status_is_known_by_its_key_and_the_later_report_wins() {
    let check = |index: usize| {
        let (event, body) = sample(index);
        match facts(HostKind::Bitbucket, &event, &body).remove(0) {
            Fact::Check { check, commit, .. } => (check, commit),
            other => panic!("{other:?}"),
        }
    };
    let reports = [12, 13, 14, 15].map(check);
    assert!(reports.iter().all(|(check, commit)| check.name == "unit" && *commit == reports[0].1));
    let states: Vec<_> = reports.iter().map(|(check, _)| check.state).collect();
    let (running, failed) = (CheckState::Running, CheckState::Failed);
    assert_eq!(states, [running, failed, running, CheckState::Passed]);
    for pair in reports.windows(2) {
        assert!(pair[1].0.replaces(&pair[0].0), "a second try begins later than the first ended");
    }
}

#[test]
fn what_names_no_commit_is_kept_nowhere() {
    let (event, mut body) = sample(12);
    body["commit_status"]["links"] = json!({});
    body["commit_status"]["commit"] = Value::Null;
    let reading = read(HostKind::Bitbucket, &event, body.to_string().as_bytes()).unwrap();
    assert_eq!(line(&reading), "- the status does not say of which commit it is");
}
