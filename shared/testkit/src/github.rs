//! Webhooks as GitHub sends them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// The `X-Hub-Signature-256` of a body.
///
/// # Panics
/// Never: any secret is a key.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// The headers of a delivery: event, delivery id, signature and content type.
pub fn headers(event: &str, delivery: &str, secret: &str, body: &[u8]) -> [(&'static str, String); 4] {
    [
        ("x-github-event", event.to_owned()),
        ("x-github-delivery", delivery.to_owned()),
        ("x-hub-signature-256", sign(secret, body)),
        ("content-type", "application/json".to_owned()),
    ]
}

/// One commit of a push.
#[derive(Debug, Clone)]
pub struct PushedCommit<'a> {
    /// Its hash.
    pub sha: &'a str,
    /// Its message.
    pub message: &'a str,
    /// The author's login; the e-mail address is made of it.
    pub author: &'a str,
}

/// The body of a `push` to a branch, oldest commit first. `repository` is `owner/name`.
///
/// # Panics
/// If there is no commit.
pub fn push(repository: &str, branch: &str, before: &str, commits: &[PushedCommit<'_>], at: &str) -> Vec<u8> {
    let head = commits.last().expect("a push brings a commit");
    let body = json!({
        "ref": format!("refs/heads/{branch}"),
        "before": before,
        "after": head.sha,
        "created": false,
        "deleted": false,
        "forced": false,
        "base_ref": null,
        "compare": format!("https://github.com/{repository}/compare/{before}...{}", head.sha),
        "commits": commits.iter().map(|commit| commit_json(repository, commit, at)).collect::<Vec<_>>(),
        "head_commit": commit_json(repository, head, at),
        "repository": repository_json(repository),
        "pusher": { "name": head.author, "email": email(head.author) },
        "sender": { "login": head.author, "id": 1, "type": "User" },
    });
    body.to_string().into_bytes()
}

/// The body of a finished `check_run`; `conclusion` is GitHub's word, such as `success`.
pub fn check_run(repository: &str, sha: &str, name: &str, conclusion: &str, at: &str) -> Vec<u8> {
    let body = json!({
        "action": "completed",
        "check_run": {
            "id": 4,
            "name": name,
            "head_sha": sha,
            "status": "completed",
            "conclusion": conclusion,
            "started_at": at,
            "completed_at": at,
            "html_url": format!("https://github.com/{repository}/runs/4"),
            "check_suite": { "id": 5, "head_branch": "main", "head_sha": sha },
            "app": { "id": 15_368, "slug": "github-actions" },
        },
        "repository": repository_json(repository),
        "sender": { "login": "github-actions[bot]", "id": 2, "type": "Bot" },
    });
    body.to_string().into_bytes()
}

fn commit_json(repository: &str, commit: &PushedCommit<'_>, at: &str) -> Value {
    let person = json!({ "name": commit.author, "email": email(commit.author), "username": commit.author });
    json!({
        "id": commit.sha,
        "tree_id": commit.sha,
        "distinct": true,
        "message": commit.message,
        "timestamp": at,
        "url": format!("https://github.com/{repository}/commit/{}", commit.sha),
        "author": person,
        "committer": person,
        "added": [],
        "removed": [],
        "modified": ["README.md"],
    })
}

fn repository_json(repository: &str) -> Value {
    let (owner, name) = repository.split_once('/').unwrap_or(("acme", repository));
    json!({
        "id": 74,
        "name": name,
        "full_name": repository,
        "private": true,
        "owner": { "login": owner, "id": 65, "type": "Organization" },
        "html_url": format!("https://github.com/{repository}"),
        "default_branch": "main",
    })
}

fn email(login: &str) -> String {
    format!("{login}@example.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_in_githubs_documentation() {
        let signature = sign("It's a Secret to Everybody", b"Hello, World!");
        insta::assert_snapshot!(signature, @"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    }
}
