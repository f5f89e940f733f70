//! GitLab's API.

use serde_json::{Value, json};

use super::serve::{Ask, Reply};
use super::state::State;
use super::{HookDelivery, HostCommit, MadeDeployment, SetStatus};

pub(super) fn answer(state: &mut State, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.iter().map(String::as_str).collect();
    let ["projects", path, rest @ ..] = parts.as_slice() else { return Reply::not_found() };
    if !state.repositories.contains_key(*path) {
        return Reply::refused(404, "404 Project Not Found");
    }
    match (ask.method.as_str(), rest) {
        ("GET", ["repository", "branches", branch]) => head(state, ask, path, branch),
        ("GET", ["repository", "commits"]) => commits(state, ask, path),
        ("GET", ["repository", "commits", sha]) => match state.repository(path).commit(sha) {
            Some(found) => Reply::ok(commit(found)),
            None => Reply::not_found(),
        },
        ("GET", ["hooks"]) => {
            let hooks = state.repository(path).hook.iter().map(|(id, url)| json!({"id": id, "url": url}));
            Reply::ok(hooks.collect::<Vec<_>>().into())
        }
        ("GET", ["hooks", _, "events"]) => events(state, ask, path),
        ("POST", ["hooks", _, "events", id, "resend"]) => match state.deliver_again(path, id) {
            true => Reply::created(json!({"response_status": 200})),
            false => Reply::not_found(),
        },
        ("POST", ["statuses", sha]) => status(state, ask, path, sha),
        ("GET", ["deployments"]) => deployments(state, ask),
        ("POST", ["deployments"]) => deploy(state, ask),
        ("PUT", ["deployments", id]) => set_deployment(state, ask, id),
        _ => Reply::not_found(),
    }
}

fn head(state: &mut State, ask: &Ask, path: &str, branch: &str) -> Reply {
    match state.repository(path).branches.get(branch) {
        Some(sha) => Reply::marked(ask, json!({"name": branch, "commit": {"id": sha}})),
        None => Reply::refused(404, "404 Branch Not Found"),
    }
}

fn commit(commit: &HostCommit) -> Value {
    json!({
        "id": commit.sha, "message": commit.message, "author_name": commit.author,
        "author_email": format!("{}@example.com", commit.author), "committed_date": commit.at,
        "web_url": format!("https://gitlab.example.com/-/commit/{}", commit.sha), "parent_ids": commit.parents,
    })
}

fn commits(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let range = ask.query.get("ref_name").cloned().unwrap_or_default();
    let found = match range.split_once("..") {
        Some((base, head)) => state.repository(path).between(Some(base), head),
        None => state.repository(path).between(None, &range),
    };
    let Some(found) = found else { return Reply::not_found() };
    let found: Vec<Value> = found.into_iter().map(commit).collect();
    Reply::ok(ask.page(&found, "per_page", 20).0.into())
}

fn events(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let wanted = ask.query.get("status").cloned().unwrap_or_default();
    let is_wanted = |delivery: &&HookDelivery| match delivery.status {
        0 | 500.. => wanted == "server_failure",
        400..500 => wanted == "client_failure",
        _ => wanted == "successful",
    };
    let found: Vec<Value> =
        state.repository(path).deliveries.iter().rev().filter(is_wanted).map(event).collect();
    Reply::ok(ask.page(&found, "per_page", 20).0.into())
}

fn event(delivery: &HookDelivery) -> Value {
    let status = match delivery.status {
        0 => json!("internal error"),
        status => json!(status.to_string()),
    };
    json!({
        "id": delivery.attempt, "url": "http://keelson.test", "trigger": "push_hooks", "created_at": delivery.at,
        "request_headers": {
            "Content-Type": "application/json", "X-Gitlab-Event": delivery.event,
            "X-Gitlab-Token": "[REDACTED]", "Idempotency-Key": delivery.id, "webhook-id": delivery.id,
        },
        "request_data": serde_json::from_slice::<Value>(&delivery.body).unwrap_or_default(),
        "response_status": status,
    })
}

/// GitLab's statuses go forward by transitions, and refuse the present one.
fn status(state: &mut State, ask: &Ask, path: &str, sha: &str) -> Reply {
    if state.repository(path).commit(sha).is_none() {
        return Reply::refused(404, "404 Commit Not Found");
    }
    let text = |name: &str| ask.body[name].as_str().unwrap_or_default().to_owned();
    let (context, new) = (text("name"), text("state"));
    let last = state.statuses.iter().rev().find(|status| status.commit == sha && status.context == context);
    if last.is_some_and(|last| last.state == new) {
        return Reply::refused(
            400,
            &format!("Cannot transition status via :enqueue from :{new} (Reason(s): x)"),
        );
    }
    state.statuses.push(SetStatus {
        commit: sha.to_owned(),
        context,
        state: new,
        description: text("description"),
        url: text("target_url"),
    });
    Reply::created(json!({}))
}

fn deployments(state: &mut State, ask: &Ask) -> Reply {
    let environment = &ask.query["environment"];
    let found = state.deployments.iter().rev().filter(|one| one.environment == *environment);
    let found = found.map(|one| json!({"id": one.id, "sha": one.commit, "created_at": one.at}));
    Reply::ok(found.collect::<Vec<_>>().into())
}

fn deploy(state: &mut State, ask: &Ask) -> Reply {
    let text = |name: &str| ask.body[name].as_str().unwrap_or_default().to_owned();
    let (id, at) = (state.next_id(), state.now);
    let (commit, environment) = (text("sha"), text("environment"));
    let states = vec![text("status")];
    state.deployments.push(MadeDeployment { id, commit, environment, body: ask.body.clone(), states, at });
    Reply::created(json!({ "id": id }))
}

fn set_deployment(state: &mut State, ask: &Ask, id: &str) -> Reply {
    let new = ask.body["status"].as_str().unwrap_or_default().to_owned();
    match state.deployments.iter_mut().find(|one| one.id.to_string() == id) {
        Some(deployment) if deployment.states.last() == Some(&new) => {
            Reply::refused(400, &format!("Cannot transition status via :run from :{new}"))
        }
        Some(deployment) => {
            deployment.states.push(new);
            Reply::ok(json!({}))
        }
        None => Reply::not_found(),
    }
}
