//! GitHub's API.

use serde_json::{Value, json};

use super::serve::{Ask, Reply};
use super::state::State;
use super::{HookDelivery, HostCommit, MadeDeployment, SetStatus};

pub(super) fn answer(state: &mut State, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.iter().map(String::as_str).collect();
    let ["repos", owner, name, rest @ ..] = parts.as_slice() else { return Reply::not_found() };
    let path = format!("{owner}/{name}");
    if !state.repositories.contains_key(&path) {
        return Reply::not_found();
    }
    match (ask.method.as_str(), rest) {
        ("GET", ["git", "ref", "heads", branch @ ..]) => head(state, ask, &path, &branch.join("/")),
        ("GET", ["compare", range]) => compare(state, ask, &path, range),
        ("GET", ["commits"]) => commits(state, ask, &path),
        ("GET", ["hooks"]) => hooks(state, &path),
        ("GET", ["hooks", _, "deliveries"]) => deliveries(state, ask, &path),
        ("POST", ["hooks", _, "deliveries", attempt, "attempts"]) => {
            match state.deliver_again(&path, attempt) {
                true => Reply { status: 202, ..Reply::ok(json!({})) },
                false => Reply::not_found(),
            }
        }
        ("POST", ["statuses", sha]) => status(state, ask, &path, sha),
        ("GET", ["deployments"]) => deployments(state, ask),
        ("POST", ["deployments"]) => deploy(state, ask, &path),
        ("POST", ["deployments", id, "statuses"]) => deployment_status(state, ask, id),
        _ => Reply::not_found(),
    }
}

fn head(state: &mut State, ask: &Ask, path: &str, branch: &str) -> Reply {
    match state.repository(path).branches.get(branch) {
        Some(sha) => {
            Reply::marked(ask, json!({"ref": format!("refs/heads/{branch}"), "object": {"sha": sha}}))
        }
        None => Reply::not_found(),
    }
}

/// A commit as GitHub and Gitea list it.
pub(super) fn commit(commit: &HostCommit) -> Value {
    let person = json!({
        "name": commit.author, "email": format!("{}@example.com", commit.author), "date": commit.at,
    });
    json!({
        "sha": commit.sha,
        "html_url": format!("https://git.example.com/commit/{}", commit.sha),
        "commit": {"message": commit.message, "author": person, "committer": person},
        "author": {"login": commit.author},
        "parents": commit.parents.iter().map(|sha| json!({"sha": sha})).collect::<Vec<_>>(),
    })
}

fn compare(state: &mut State, ask: &Ask, path: &str, range: &str) -> Reply {
    let Some((base, head)) = range.split_once("...") else { return Reply::not_found() };
    let Some(found) = state.repository(path).between(Some(base), head) else { return Reply::not_found() };
    let oldest_first: Vec<Value> = found.into_iter().rev().map(commit).collect();
    let (page, _) = ask.page(&oldest_first, "per_page", 250);
    Reply::ok(json!({"total_commits": oldest_first.len(), "commits": page, "files": []}))
}

fn commits(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let head = ask.query.get("sha").cloned().unwrap_or_default();
    let Some(found) = state.repository(path).between(None, &head) else { return Reply::not_found() };
    let found: Vec<Value> = found.into_iter().map(commit).collect();
    Reply::ok(ask.page(&found, "per_page", 30).0.into())
}

fn hooks(state: &mut State, path: &str) -> Reply {
    let hooks: Vec<Value> = state
        .repository(path)
        .hook
        .iter()
        .map(|(id, url)| json!({"id": id, "config": {"url": url}}))
        .collect();
    Reply::ok(hooks.into())
}

/// Newest first; the cursor is the number of the first one on the next page.
fn deliveries(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let from = ask.query.get("cursor").and_then(|cursor| cursor.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let size = ask.query.get("per_page").and_then(|size| size.parse().ok()).unwrap_or(30);
    let mut left =
        state.repository(path).deliveries.iter().rev().filter(|one| one.attempt <= from).peekable();
    let page: Vec<Value> = left.by_ref().take(size).map(delivery).collect();
    let next = left.peek().map(|next| {
        ("link", format!("<http://host{}?per_page={size}&cursor={}>; rel=\"next\"", ask.url, next.attempt))
    });
    Reply { headers: next.into_iter().collect(), ..Reply::ok(page.into()) }
}

fn delivery(delivery: &HookDelivery) -> Value {
    json!({
        "id": delivery.attempt, "guid": delivery.id, "delivered_at": delivery.at, "event": delivery.event,
        "status_code": delivery.status, "status": if delivery.status == 0 { "timed out" } else { "done" },
        "redelivery": false, "action": null,
    })
}

/// A status as GitHub and Gitea take it.
pub(super) fn status(state: &mut State, ask: &Ask, path: &str, sha: &str) -> Reply {
    if state.repository(path).commit(sha).is_none() {
        return Reply::refused(422, &format!("No commit found for SHA: {sha}"));
    }
    let text = |name: &str| ask.body[name].as_str().unwrap_or_default().to_owned();
    if text("description").chars().count() > 140 {
        return Reply::refused(422, "description is too long (maximum is 140 characters)");
    }
    state.statuses.push(SetStatus {
        commit: sha.to_owned(),
        context: text("context"),
        state: text("state"),
        description: text("description"),
        url: text("target_url"),
    });
    Reply::created(json!({}))
}

fn deployments(state: &mut State, ask: &Ask) -> Reply {
    let (sha, environment) = (&ask.query["sha"], &ask.query["environment"]);
    let found = state.deployments.iter().rev();
    let found = found.filter(|one| one.commit == *sha && one.environment == *environment);
    Reply::ok(
        found.map(|one| json!({"id": one.id, "payload": one.body["payload"]})).collect::<Vec<_>>().into(),
    )
}

fn deploy(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let text = |name: &str| ask.body[name].as_str().unwrap_or_default().to_owned();
    if state.repository(path).commit(&text("ref")).is_none() {
        return Reply::refused(422, "No ref found");
    }
    if ask.body["auto_merge"] != json!(false) || ask.body["required_contexts"] != json!([]) {
        return Reply::refused(409, "Conflict merging the default branch in, or a status is not green");
    }
    let (id, at) = (state.next_id(), state.now);
    let (commit, environment) = (text("ref"), text("environment"));
    let body = ask.body.clone();
    state.deployments.push(MadeDeployment { id, commit, environment, body, states: Vec::new(), at });
    Reply::created(json!({ "id": id }))
}

fn deployment_status(state: &mut State, ask: &Ask, id: &str) -> Reply {
    match state.deployments.iter_mut().find(|one| one.id.to_string() == id) {
        Some(deployment) => {
            deployment.states.push(ask.body["state"].as_str().unwrap_or_default().to_owned());
            Reply::created(json!({}))
        }
        None => Reply::not_found(),
    }
}
