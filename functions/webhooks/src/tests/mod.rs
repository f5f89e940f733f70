mod boundary;
mod burst;
mod connections;
mod git_api;
mod hosts;
mod order;
mod receiving;
mod replay;

use api::connection::PutConnection;
use api::routes;
use axum::http::StatusCode;
use domain::access::Role;
use domain::change::Push;
use domain::check::Check;
use domain::connection::{HostKind, Signing};
use domain::manifest::RepositoryRef;
use serde_json::{Value, json};
use store::{PageRequest, Store};
use testkit::{Answer, Client, World, git_hosts, github, sha};

use crate::App;

const SECRET: &str = "It's a Secret to Everybody";

/// A signing token, as GitLab has them.
const TOKEN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A world with one connection, `github` unless something else is said.
struct Hooks {
    world: World,
    app: App,
    client: Client,
    kind: HostKind,
    signing: Signing,
    secret: &'static str,
}

impl Hooks {
    async fn start() -> Self {
        Self::of(HostKind::GitHub, Signing::BodyHmac).await
    }

    /// With a connection of that kind, called by the kind's word.
    async fn of(kind: HostKind, signing: Signing) -> Self {
        Self::with_room(kind, signing, crate::Room::default()).await
    }

    async fn with_room(kind: HostKind, signing: Signing, room: crate::Room) -> Self {
        let world = World::new().await;
        let app = App { room, ..App::new(world.core.clone(), world.secrets.clone()) };
        let client = world.client(crate::router(app.clone()));
        let secret = if signing == Signing::StandardWebhooks { TOKEN } else { SECRET };
        let hooks = Self { world, app, client, kind, signing, secret };
        let body = PutConnection {
            signing: Some(signing.word().to_owned()),
            secret: Some(secret.to_owned()),
            ..PutConnection::of_kind(kind.word())
        };
        hooks.operator().call(&routes::PUT_CONNECTION, &[kind.word()]).json(&body).await.ok();
        hooks.world.new_events().await;
        hooks
    }

    fn operator(&self) -> Client {
        self.client.as_user("olga", Role::Operator)
    }

    fn store(&self) -> &Store {
        &self.world.core.store
    }

    /// Sends a webhook as the host does.
    async fn deliver(&self, event: &str, id: &str, body: &[u8]) -> Answer<()> {
        self.deliver_signed(event, id, body, self.secret).await
    }

    async fn deliver_signed(&self, event: &str, id: &str, body: &[u8], secret: &str) -> Answer<()> {
        let delivery = git_hosts::Delivery { event, id, body, at: self.world.core.now() };
        let headers = git_hosts::headers(self.kind, self.signing, secret, &delivery);
        self.send(&headers, body).await
    }

    async fn send(&self, headers: &[(&'static str, String)], body: &[u8]) -> Answer<()> {
        let call = self.client.call(&routes::RECEIVE_HOOK, &[self.kind.word()]);
        call.headers(headers.iter().cloned()).bytes(body).await
    }

    #[track_caller]
    fn accepted(answer: &Answer<()>) {
        assert_eq!(answer.status(), StatusCode::ACCEPTED.as_u16(), "{}", answer.text());
        assert_eq!(answer.text(), "");
    }

    async fn detail(&self) -> api::connection::ConnectionDetail {
        self.operator().call(&routes::GET_CONNECTION, &[self.kind.word()]).await.ok()
    }

    /// How many deliveries came to which end: accepted, ignored, repeated, rejected.
    async fn counts(&self) -> (u64, u64, u64, u64) {
        let view = self.detail().await.connection;
        (view.accepted, view.ignored, view.duplicates, view.rejected)
    }

    async fn pushes(&self) -> Vec<Push> {
        let page = self.store().pushes(&storefront(), "main", &PageRequest::first(100)).await.unwrap();
        page.items
    }

    async fn checks(&self, commit: u64) -> Vec<Check> {
        self.store().checks(&storefront(), &sha(commit)).await.unwrap()
    }

    /// The kinds of the events since this was asked last.
    async fn new_events(&self) -> Vec<&'static str> {
        let mut titles: Vec<_> =
            self.world.new_events().await.iter().map(|event| event.body.kind().title()).collect();
        titles.sort_unstable();
        titles
    }
}

fn storefront() -> RepositoryRef {
    "github:acme/storefront".parse().unwrap()
}

/// A push of one commit to main, pushed in the second of its number.
fn push(before: u64, after: u64) -> Vec<u8> {
    let text = sha(after).to_string();
    let commit = github::PushedCommit { sha: &text, message: "Change", author: "ada" };
    let body =
        github::push("acme/storefront", "main", sha(before).as_str(), &[commit], "2026-11-22T10:00:00+01:00");
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    body["repository"]["pushed_at"] = json!(1_795_000_000 + after);
    body.to_string().into_bytes()
}

/// A job of run 50 on a commit.
fn job(commit: u64, attempt: u32, status: &str, conclusion: Option<&str>) -> Vec<u8> {
    let body = json!({
        "action": status,
        "workflow_job": {
            "id": 900 + attempt, "run_id": 50, "run_attempt": attempt, "name": "unit", "head_sha": sha(commit),
            "status": status, "conclusion": conclusion, "created_at": "2026-11-22T09:00:00Z",
            "started_at": "2026-11-22T09:00:10Z", "completed_at": conclusion.map(|_| "2026-11-22T09:01:00Z"),
        },
        "repository": {"full_name": "acme/storefront"},
    });
    body.to_string().into_bytes()
}

fn merged(number: u64, merge_commit: u64) -> Vec<u8> {
    let body = json!({
        "action": "closed",
        "pull_request": {
            "number": number, "title": "Basket", "state": "closed", "merged": true, "user": {"login": "ada"},
            "merged_at": "2026-11-22T09:00:00Z", "merge_commit_sha": sha(merge_commit), "merged_by": {"login": "eve"},
            "base": {"ref": "main", "sha": sha(1)}, "head": {"ref": "basket", "sha": sha(99)},
        },
        "repository": {"full_name": "acme/storefront"},
    });
    body.to_string().into_bytes()
}
