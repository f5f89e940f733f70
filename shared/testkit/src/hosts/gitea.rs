//! Gitea's API, and Forgejo's.

use serde_json::{Value, json};

use super::github::{commit, status};
use super::serve::{Ask, Reply};
use super::state::State;

pub(super) fn answer(state: &mut State, ask: &Ask) -> Reply {
    let parts: Vec<&str> = ask.path.iter().map(String::as_str).collect();
    let ["repos", owner, name, rest @ ..] = parts.as_slice() else { return Reply::not_found() };
    let path = format!("{owner}/{name}");
    if !state.repositories.contains_key(&path) {
        return Reply::not_found();
    }
    match (ask.method.as_str(), rest) {
        ("GET", ["branches", branch @ ..]) => match state.repository(&path).branches.get(&branch.join("/")) {
            Some(sha) => Reply::ok(json!({"commit": {"id": sha}})),
            None => Reply::not_found(),
        },
        ("GET", ["commits"]) => commits(state, ask, &path),
        ("POST", ["statuses", sha]) => status(state, ask, &path, sha),
        _ => Reply::not_found(),
    }
}

fn commits(state: &mut State, ask: &Ask, path: &str) -> Reply {
    let head = ask.query.get("sha").cloned().unwrap_or_default();
    let base = ask.query.get("not").map(String::as_str);
    let Some(found) = state.repository(path).between(base, &head) else { return Reply::not_found() };
    let found: Vec<Value> = found.into_iter().map(commit).collect();
    Reply::ok(ask.page(&found, "limit", 30).0.into())
}
