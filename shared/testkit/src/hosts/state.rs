//! What a host knows.

use std::collections::BTreeMap;

use domain::CommitSha;
use jiff::Timestamp;

use super::{HookDelivery, HostCommit, MadeDeployment, SetStatus};

/// What a host knows.
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) repositories: BTreeMap<String, Repository>,
    pub(super) asked: Vec<HookDelivery>,
    pub(super) statuses: Vec<SetStatus>,
    pub(super) deployments: Vec<MadeDeployment>,
    pub(super) requests: Vec<String>,
    pub(super) refuse_all: Option<(u16, Vec<(&'static str, String)>)>,
    pub(super) refuse: BTreeMap<String, u16>,
    pub(super) lose: Option<String>,
    last_id: u64,
}

/// What a host knows of a repository.
#[derive(Default)]
pub(super) struct Repository {
    pub(super) commits: BTreeMap<CommitSha, HostCommit>,
    pub(super) branches: BTreeMap<String, CommitSha>,
    /// Its webhook: the host's number, and where it leads.
    pub(super) hook: Option<(u64, String)>,
    pub(super) deliveries: Vec<HookDelivery>,
}

impl State {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            repositories: BTreeMap::new(),
            asked: Vec::new(),
            statuses: Vec::new(),
            deployments: Vec::new(),
            requests: Vec::new(),
            refuse_all: None,
            refuse: BTreeMap::new(),
            lose: None,
            last_id: 100,
        }
    }

    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn repository(&mut self, path: &str) -> &mut Repository {
        self.repositories.entry(path.to_owned()).or_default()
    }

    /// Makes a delivery again: the same one under a new number.
    pub(super) fn deliver_again(&mut self, path: &str, attempt: &str) -> bool {
        let Some(repository) = self.repositories.get(path) else { return false };
        let found = repository.deliveries.iter().find(|delivery| delivery.attempt.to_string() == attempt);
        let Some(found) = found.cloned() else { return false };
        let attempt = self.next_id();
        self.asked.push(HookDelivery { attempt, at: self.now, ..found });
        true
    }
}
