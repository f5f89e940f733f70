//! A git host that is asked and told, beside being listened to.

mod access;
mod complete;
mod repair;
mod report;
mod trouble;

use api::connection::{ApiAccessView, ConnectionDetail, SetApiAccess};
use api::routes;
use domain::change::{BranchHistory, Push};
use domain::connection::HostKind;
use domain::event::{Event, EventKind};
use domain::manifest::RepositoryRef;
use domain::{CommitSha, Period};
use store::PageRequest;
use testkit::hosts::{FakeHost, TOKEN};
use testkit::{github, sha};

use super::Hooks;

/// A connection whose host can be asked, with the service `storefront` that ships from one of its repositories.
struct Watched {
    hooks: Hooks,
    host: FakeHost,
}

const PATH: &str = "acme/storefront";

impl Watched {
    /// With a token, and a branch that is followed already.
    async fn of(kind: HostKind) -> Self {
        let watched = Self::without_token(kind).await;
        watched.push(&[1]);
        watched.set_token(TOKEN).await;
        watched.tick().await;
        watched.hooks.world.new_events().await;
        watched
    }

    async fn without_token(kind: HostKind) -> Self {
        let hooks = Hooks::of(kind, kind.best_signing()).await;
        let host = FakeHost::start(kind, hooks.world.core.now()).await;
        host.repository(PATH, &format!("http://keelson.test/hooks/{}", kind.word()));
        let manifest = testkit::manifest("storefront").replace("github:", &format!("{}:", kind.word()));
        hooks.world.service(&manifest).await;
        Self { hooks, host }
    }

    async fn set_token(&self, token: &str) {
        let url = Some(self.host.api_url().to_owned());
        let body = SetApiAccess { url, token: token.to_owned() };
        let name = self.host.kind().word();
        self.hooks.operator().call(&routes::SET_API_ACCESS, &[name]).json(&body).await.ok();
    }

    fn repository(&self) -> RepositoryRef {
        format!("{}:{PATH}", self.host.kind().word()).parse().unwrap()
    }

    /// Puts commits onto main, of which nobody is told.
    fn push(&self, commits: &[u64]) {
        let commits: Vec<_> = commits.iter().map(|n| (sha(*n), "Change", "ada")).collect();
        self.host.push(PATH, "main", &commits);
    }

    fn advance(&self, seconds: u32) {
        self.hooks.world.advance(Period::seconds(seconds));
        self.host.set_time(self.hooks.world.core.now());
    }

    async fn tick(&self) -> usize {
        crate::on_tick(&self.hooks.app).await.unwrap()
    }

    /// Hands every new event of those that are subscribed to over, until there are no more; answers all there were.
    async fn handle_events(&self) -> Vec<Event> {
        let mut all = Vec::new();
        loop {
            let new = self.hooks.world.new_events().await;
            if new.is_empty() {
                return all;
            }
            for event in &new {
                if crate::SUBSCRIBES.contains(&event.body.kind()) {
                    crate::on_event(&self.hooks.app, event).await.unwrap();
                }
            }
            all.extend(new);
        }
    }

    async fn detail(&self) -> ConnectionDetail {
        self.hooks.detail().await
    }

    async fn api(&self) -> ApiAccessView {
        self.detail().await.connection.api.unwrap()
    }

    async fn pushes(&self) -> Vec<Push> {
        let page = PageRequest::first(100);
        self.hooks.store().pushes(&self.repository(), "main", &page).await.unwrap().items
    }

    async fn history(&self) -> BranchHistory {
        BranchHistory::new(self.pushes().await, Vec::new())
    }

    /// How many pushes were told of.
    async fn told_pushes(&self) -> usize {
        let events = self.hooks.world.all_events().await;
        events.iter().filter(|event| event.body.kind() == EventKind::PushRecorded).count()
    }
}

/// GitHub's webhook of a push of one commit.
fn push_body(before: u64, after: u64, at: &str) -> Vec<u8> {
    let text = sha(after).to_string();
    let commit = github::PushedCommit { sha: &text, message: "Change", author: "ada" };
    github::push(PATH, "main", sha(before).as_str(), &[commit], at)
}

fn shas(numbers: &[u64]) -> Vec<CommitSha> {
    numbers.iter().map(|n| sha(*n)).collect()
}
