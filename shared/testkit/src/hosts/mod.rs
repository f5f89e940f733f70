//! Git hosts that answer for their APIs as real ones do, over HTTP on loopback, about a little world of repositories.
//!
//! A host keeps what it was told (statuses, deployments) and what it would deliver (webhooks), for a test to look at.
//! It delivers nothing itself: a test takes a [`HookDelivery`] and sends it, or says that it failed.

mod bitbucket;
mod gitea;
mod github;
mod gitlab;
mod history;
mod serve;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::CommitSha;
use domain::connection::HostKind;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

use state::State;

/// The token that a [`FakeHost`] takes. It is told apart from everything else, so that a test can look for it.
pub const TOKEN: &str = "canary-token-3f1d0b";

/// A commit of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCommit {
    /// Its hash.
    pub sha: CommitSha,
    /// What it was made on.
    pub parents: Vec<CommitSha>,
    /// Its message.
    pub message: String,
    /// Its author's login; the e-mail address is made of it.
    pub author: String,
    /// When it was made.
    pub at: Timestamp,
}

/// A webhook that the host made, or tried to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookDelivery {
    /// The host's number of the attempt.
    pub attempt: u64,
    /// The host's id of the delivery, the same for every attempt.
    pub id: String,
    /// The host's word for the kind of event.
    pub event: String,
    /// What it carries.
    pub body: Vec<u8>,
    /// What the receiver answered; 0 if nothing.
    pub status: u16,
    /// When.
    pub at: Timestamp,
}

/// A status that was set on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetStatus {
    /// The commit.
    pub commit: String,
    /// Its name.
    pub context: String,
    /// In the host's own word.
    pub state: String,
    /// What it says.
    pub description: String,
    /// Where it leads.
    pub url: String,
}

/// A deployment that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeDeployment {
    /// The host's number.
    pub id: u64,
    /// The commit.
    pub commit: String,
    /// The environment.
    pub environment: String,
    /// Everything that it was made with.
    pub body: Value,
    /// What was said of it since, in the host's own words.
    pub states: Vec<String>,
    /// When it was made.
    pub at: Timestamp,
}

/// A git host. It stops when it is dropped.
pub struct FakeHost {
    kind: HostKind,
    url: String,
    state: Arc<Mutex<State>>,
    _stop: oneshot::Sender<()>,
}

impl FakeHost {
    /// A host without repositories, where it is `now`.
    ///
    /// # Panics
    /// If there is no loopback.
    pub async fn start(kind: HostKind, now: Timestamp) -> Self {
        let state = Arc::new(Mutex::new(State::new(now)));
        let (address, stop) = serve::serve(kind, state.clone()).await;
        // Servers of one's own have their API below a path, which must not get lost.
        let path = match kind {
            HostKind::GitHub => "/api/v3",
            HostKind::GitLab => "/api/v4",
            HostKind::Gitea => "/api/v1",
            HostKind::Bitbucket => "/2.0",
        };
        Self { kind, url: format!("http://{address}{path}"), state, _stop: stop }
    }

    /// Which kind it is.
    pub fn kind(&self) -> HostKind {
        self.kind
    }

    /// Where its API is.
    pub fn api_url(&self) -> &str {
        &self.url
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is there.
    pub fn set_time(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// Adds a repository with one webhook, which leads to `hook_url`.
    pub fn repository(&self, path: &str, hook_url: &str) {
        let id = self.state().next_id();
        self.state().repository(path).hook = Some((id, hook_url.to_owned()));
    }

    /// Moves a branch on by commits, the oldest first, each made on the one before.
    pub fn push(&self, path: &str, branch: &str, commits: &[(CommitSha, &str, &str)]) {
        let mut state = self.state();
        let now = state.now;
        let repository = state.repository(path);
        for (sha, message, author) in commits {
            let parents = repository.branches.get(branch).cloned().into_iter().collect();
            let commit = HostCommit {
                sha: sha.clone(),
                parents,
                message: (*message).to_owned(),
                author: (*author).to_owned(),
                at: now,
            };
            repository.commits.insert(sha.clone(), commit);
            repository.branches.insert(branch.to_owned(), sha.clone());
        }
    }

    /// Puts a branch to a commit that is there, as a forced push does.
    pub fn force(&self, path: &str, branch: &str, to: &CommitSha) {
        self.state().repository(path).branches.insert(branch.to_owned(), to.clone());
    }

    /// Notes a webhook that was made, with what the receiver answered; 0 if it did not.
    pub fn delivered(&self, path: &str, id: &str, event: &str, body: &[u8], status: u16) {
        let mut state = self.state();
        let (attempt, at) = (state.next_id(), state.now);
        let (id, event, body) = (id.to_owned(), event.to_owned(), body.to_vec());
        state.repository(path).deliveries.push(HookDelivery { attempt, id, event, body, status, at });
    }

    /// The webhooks that the host was asked to make again since this was asked last.
    pub fn asked_again(&self) -> Vec<HookDelivery> {
        std::mem::take(&mut self.state().asked)
    }

    /// From now on every request is answered with that status and headers; with `None`, as it should be.
    pub fn answer_with(&self, status: Option<(u16, Vec<(&'static str, String)>)>) {
        self.state().refuse_all = status;
    }

    /// From now on requests whose path has this in it are answered with that status.
    pub fn refuse(&self, part_of_path: &str, status: u16) {
        self.state().refuse.insert(part_of_path.to_owned(), status);
    }

    /// From now on every request is answered as it should be.
    pub fn heal(&self) {
        let mut state = self.state();
        state.refuse_all = None;
        state.refuse.clear();
    }

    /// The next request whose path has this in it is done, but its answer is lost.
    pub fn lose_the_answer_to(&self, part_of_path: &str) {
        self.state().lose = Some(part_of_path.to_owned());
    }

    /// Every request so far, such as `GET /repos/acme/shop/hooks`, the oldest first.
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// The statuses that were set, the oldest first.
    pub fn statuses(&self) -> Vec<SetStatus> {
        self.state().statuses.clone()
    }

    /// The deployments that were made, the oldest first.
    pub fn deployments(&self) -> Vec<MadeDeployment> {
        self.state().deployments.clone()
    }
}
