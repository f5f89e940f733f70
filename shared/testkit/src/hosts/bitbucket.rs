//! Bitbucket Cloud's API.

use serde_json::{Value, json};

use super::serve::{Ask, Reply};
use super::state::State;
use super::{HostCommit, SetStatus};

pub(super) fn answer(state: &mut State, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.iter().map(String::as_str).collect();
    let ["repositories", owner, name, rest @ ..] = parts.as_slice() else { return Reply::not_found() };
    let path = format!("{owner}/{name}");
    if !state.repositories.contains_key(&path) {
        return Reply {
            status: 404,
            headers: Vec::new(),
            body: json!({"type": "error", "error": {"message": format!("Repository {path} not found")}}),
        };
    }
    match (ask.method.as_str(), rest) {
        ("GET", ["refs", "branches", branch @ ..]) => {
            match state.repository(&path).branches.get(&branch.join("/")) {
                Some(sha) => Reply::ok(json!({"target": {"hash": sha}})),
                None => Reply::not_found(),
            }
        }
        ("GET", ["commit", sha]) => match state.repository(&path).commit(sha) {
            Some(found) => Reply::ok(commit(found)),
            None => Reply::not_found(),
        },
        ("GET", ["commits"]) => commits(state, ask, &path),
        ("POST", ["commit", sha, "statuses", "build"]) => status(state, ask, sha),
        _ => Reply::not_found(),
    }
}

fn commit(commit: &HostCommit) -> Value {
    json!({
        "hash": commit.sha, "message": commit.message, "date": commit.at,
        "author": {"raw": format!("{0} <{0}@example.com>", commit.author), "user": {"nickname": commit.author}},
        "parents": commit.parents.iter().map(|sha| json!({"hash": sha})).collect::<Vec<_>>(),
        "links": {"html": {"href": format!("https://bitbucket.org/commits/{}", commit.sha)}},
    })
}

fn commits(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let head = ask.query.get("include").cloned().unwrap_or_default();
    let base = ask.query.get("exclude").map(String::as_str);
    let Some(found) = state.repository(path).between(base, &head) else { return Reply::not_found() };
    let found: Vec<Value> = found.into_iter().map(commit).collect();
    let (page, has_more) = ask.page(&found, "pagelen", 30);
    let mut body = json!({ "values": page });
    if has_more {
        body["next"] = json!("https://api.bitbucket.org/2.0/the-next-page");
    }
    Reply::ok(body)
}

/// A status with the key of another takes its place.
fn status(state: &mut State, ask: &Ask, sha: &str) -> Reply {
    let text = |name: &str| ask.body[name].as_str().unwrap_or_default().to_owned();
    if text("key").len() > 40 {
        return Reply::refused(400, "key is too long");
    }
    state.statuses.push(SetStatus {
        commit: sha.to_owned(),
        context: text("name"),
        state: text("state"),
        description: text("description"),
        url: text("url"),
    });
    Reply::created(json!({}))
}
