//! The git host of the demo: deliveries in GitHub's own format, signed as GitHub signs them.

use domain::CommitSha;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::cast::{CiJob, Person, REPOSITORY, Version, root};

/// A webhook to deliver.
pub(super) struct Delivery {
    /// The `X-GitHub-Event`.
    pub(super) event: &'static str,
    /// The `X-GitHub-Delivery`: the same for the same thing, so that a demo that starts again repeats nothing.
    pub(super) id: String,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Delivery {
    fn new(event: &'static str, what: &str, body: &Value) -> Self {
        let hash = hex::encode(Sha256::digest(format!("{event} {what}")));
        let id = format!(
            "{}-{}-4{}-8{}-{}",
            &hash[..8],
            &hash[8..12],
            &hash[13..16],
            &hash[17..20],
            &hash[20..32]
        );
        Self { event, id, body: body.to_string().into_bytes() }
    }

    /// The `X-Hub-Signature-256`.
    pub(super) fn signature(&self, secret: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        mac.update(&self.body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }
}

/// The push that a merge makes.
pub(super) fn push(version: &Version, now: Timestamp) -> Delivery {
    let zero = "0".repeat(40);
    let before = version.before();
    let created = before.is_none();
    let before = before.map_or(zero, |before| before.to_string());
    let history = version.history();
    let count = i64::try_from(history.len()).unwrap_or(0);
    let commits = history.iter().enumerate().map(|(index, (sha, message, person))| {
        let minutes_ago = (count - 1 - i64::try_from(index).unwrap_or(0)) * 47;
        commit(sha, message, *person, now - SignedDuration::from_mins(minutes_ago))
    });
    let commits: Vec<Value> = commits.collect();
    let head = version.head();
    let body = json!({
        "ref": "refs/heads/main",
        "before": before,
        "after": head,
        "created": created,
        "deleted": false,
        "forced": false,
        "base_ref": null,
        "compare": format!("https://github.com/{REPOSITORY}/compare/{}...{}", &before[..12], &head.to_string()[..12]),
        "head_commit": commits.last(),
        "commits": commits,
        "repository": repository(now),
        "organization": { "login": "acme", "id": 65 },
        "pusher": { "name": version.merged_by.login, "email": version.merged_by.email() },
        "sender": account(version.merged_by),
    });
    Delivery::new("push", &head.to_string(), &body)
}

fn commit(sha: &CommitSha, message: &str, person: Person, at: Timestamp) -> Value {
    let person = json!({ "name": person.name, "email": person.email(), "username": person.login });
    json!({
        "id": sha,
        "tree_id": sha,
        "distinct": true,
        "message": message,
        "timestamp": moment(at),
        "url": format!("https://github.com/{REPOSITORY}/commit/{sha}"),
        "author": person,
        "committer": person,
        "added": [],
        "removed": [],
        "modified": ["src/catalog.rs", "src/basket.rs"],
    })
}

/// The merge of the version's pull request.
pub(super) fn pull_request_merged(version: &Version, now: Timestamp) -> Delivery {
    let number = version.pull_request;
    let url = format!("https://github.com/{REPOSITORY}/pull/{number}");
    let head = version.history().into_iter().rev().nth(1).map(|(sha, ..)| sha);
    let body = json!({
        "action": "closed",
        "number": number,
        "pull_request": {
            "id": 1_700_000_000 + number,
            "number": number,
            "state": "closed",
            "title": version.title,
            "html_url": url,
            "user": account(version.author),
            "body": null,
            "draft": false,
            "created_at": moment(now - SignedDuration::from_hours(5)),
            "updated_at": moment(now),
            "closed_at": moment(now),
            "merged_at": moment(now),
            "merge_commit_sha": version.head(),
            "merged": true,
            "merged_by": account(version.merged_by),
            "head": { "label": format!("acme:{}", version.branch), "ref": version.branch, "sha": head },
            "base": { "label": "acme:main", "ref": "main", "sha": version.before().unwrap_or_else(root) },
            "commits": version.commits.len(),
        },
        "repository": repository(now),
        "sender": account(version.merged_by),
    });
    Delivery::new("pull_request", &number.to_string(), &body)
}

/// How far a job of CI is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    Queued,
    Running,
    Green,
}

/// What GitHub Actions sends of every check of a version when its job gets so far.
pub(super) fn checks(version: &Version, job: Job, pushed_at: Timestamp) -> Vec<Delivery> {
    let jobs = version.jobs();
    let told = jobs.iter().enumerate().flat_map(|(index, times)| {
        let id = u64::try_from(version.number * 10 + index).unwrap_or(0);
        [workflow_job(version, times, id, job, pushed_at), check_run(version, times, id, job, pushed_at)]
    });
    told.collect()
}

fn workflow_job(version: &Version, times: &CiJob, id: u64, job: Job, pushed_at: Timestamp) -> Delivery {
    let (action, status, conclusion) = match job {
        Job::Queued => ("queued", "queued", None),
        Job::Running => ("in_progress", "in_progress", None),
        Job::Green => ("completed", "completed", Some("success")),
    };
    let run = 8_000_000 + u64::try_from(version.number).unwrap_or(0);
    let at = |seconds: i64| moment(pushed_at + SignedDuration::from_secs(seconds));
    let body = json!({
        "action": action,
        "workflow_job": {
            "id": 9_000_000 + id,
            "run_id": run,
            "run_attempt": 1,
            "workflow_name": "ship",
            "name": times.name,
            "head_branch": "main",
            "head_sha": version.head(),
            "status": status,
            "conclusion": conclusion,
            "created_at": at(times.after),
            "started_at": at(times.after + times.queue),
            "completed_at": conclusion.map(|_| at(times.ends())),
            "labels": ["ubuntu-latest"],
            "runner_name": "GitHub Actions 7",
            "html_url": format!("https://github.com/{REPOSITORY}/actions/runs/{run}/job/{}", 9_000_000 + id),
            "steps": if conclusion.is_some() { steps(times, pushed_at) } else { Vec::new() },
        },
        "repository": repository(pushed_at),
        "sender": account(version.merged_by),
    });
    Delivery::new("workflow_job", &format!("{id} {action}"), &body)
}

/// The steps of a job, one after the other.
fn steps(times: &CiJob, pushed_at: Timestamp) -> Vec<Value> {
    let mut at = pushed_at + SignedDuration::from_secs(times.after + times.queue);
    let step = |(index, (name, seconds)): (usize, &(&str, i64))| {
        let started_at = at;
        at += SignedDuration::from_secs(*seconds);
        json!({
            "name": name,
            "status": "completed",
            "conclusion": "success",
            "number": index + 1,
            "started_at": moment(started_at),
            "completed_at": moment(at),
        })
    };
    times.steps.iter().enumerate().map(step).collect()
}

fn check_run(version: &Version, times: &CiJob, id: u64, job: Job, pushed_at: Timestamp) -> Delivery {
    let (action, status, conclusion) = match job {
        Job::Queued => ("created", "queued", None),
        Job::Running => ("created", "in_progress", None),
        Job::Green => ("completed", "completed", Some("success")),
    };
    let at = |seconds: i64| moment(pushed_at + SignedDuration::from_secs(seconds));
    let body = json!({
        "action": action,
        "check_run": {
            "id": 9_000_000 + id,
            "name": times.name,
            "head_sha": version.head(),
            "external_id": format!("{id}"),
            "status": status,
            "conclusion": conclusion,
            "started_at": at(times.after + times.queue),
            "completed_at": conclusion.map(|_| at(times.ends())),
            "html_url": format!("https://github.com/{REPOSITORY}/runs/{}", 9_000_000 + id),
            "check_suite": { "id": 7_000_000 + version.number, "head_branch": "main", "head_sha": version.head() },
            "app": { "id": 15_368, "slug": "github-actions", "name": "GitHub Actions" },
            "pull_requests": [],
        },
        "repository": repository(pushed_at),
        "sender": account(version.merged_by),
    });
    Delivery::new("check_run", &format!("{id} {status}"), &body)
}

fn repository(now: Timestamp) -> Value {
    json!({
        "id": 740_000_001,
        "name": REPOSITORY.split('/').next_back(),
        "full_name": REPOSITORY,
        "private": true,
        "owner": { "login": "acme", "id": 65, "type": "Organization" },
        "html_url": format!("https://github.com/{REPOSITORY}"),
        "default_branch": "main",
        "pushed_at": moment(now),
    })
}

fn account(person: Person) -> Value {
    let id: usize = person.login.bytes().map(usize::from).sum();
    json!({ "login": person.login, "id": id, "type": "User", "site_admin": false })
}

/// A moment as GitHub writes it.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::cast::VERSIONS;
    use super::*;

    #[test]
    fn a_signature_is_the_one_in_githubs_documentation() {
        let delivery = Delivery { event: "ping", id: String::new(), body: b"Hello, World!".to_vec() };
        insta::assert_snapshot!(
            delivery.signature("It's a Secret to Everybody"),
            @"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }

    #[test]
    fn a_push_is_as_github_sends_it() {
        let delivery = push(&VERSIONS[1], "2026-11-22T12:00:00Z".parse().unwrap());
        let body: Value = serde_json::from_slice(&delivery.body).unwrap();
        insta::assert_json_snapshot!(body);
    }

    #[test]
    fn every_delivery_has_an_id_of_its_own_that_stays() {
        let all = |now: Timestamp| -> Vec<String> {
            let each = VERSIONS.iter().flat_map(|version| {
                let jobs = [Job::Queued, Job::Running, Job::Green];
                let checks = jobs.into_iter().flat_map(|job| checks(version, job, now));
                checks.chain([push(version, now), pull_request_merged(version, now)]).collect::<Vec<_>>()
            });
            each.map(|delivery| delivery.id).collect()
        };
        let first = all(Timestamp::UNIX_EPOCH);
        assert_eq!(first, all("2026-11-22T12:00:00Z".parse().unwrap()));
        let distinct: std::collections::BTreeSet<&String> = first.iter().collect();
        assert_eq!(distinct.len(), first.len());
    }
}
