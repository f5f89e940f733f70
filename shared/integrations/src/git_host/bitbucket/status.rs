//! `repo:commit_status_created` and `…_updated`: something reports on a commit.

use domain::CommitSha;
use domain::check::{Check, CheckSource, CheckState};
use jiff::Timestamp;
use serde::Deserialize;

use super::Links;
use crate::git_host::parts::{Repository, moment, short, url};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

#[derive(Deserialize)]
struct Payload {
    commit_status: Status,
    repository: Repository,
}

#[derive(Deserialize)]
struct Status {
    /// What tells it from other statuses of the commit. Its `name` is for people, and CI servers put the number of the
    /// build there.
    key: String,
    state: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_on: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    updated_on: Option<Timestamp>,
    #[serde(default)]
    commit: Option<Commit>,
    #[serde(default)]
    links: Option<Links>,
}

#[derive(Deserialize)]
struct Commit {
    hash: String,
}

impl Status {
    /// The whole hash: not everywhere in the webhook is it whole.
    fn commit(&self) -> Option<CommitSha> {
        let link = self.links.as_ref().and_then(|links| links.commit.as_ref()?.href.as_deref());
        let of_link = link.and_then(|address| address.trim_end_matches('/').rsplit('/').next());
        let own = self.commit.as_ref().map(|commit| commit.hash.as_str());
        [own, of_link].into_iter().flatten().find_map(|text| text.parse().ok())
    }
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { commit_status: status, repository } = parse(hook)?;
    let Some(commit) = status.commit() else {
        return Ok(Content::Nothing("the status does not say of which commit it is".to_owned()));
    };
    let state = match status.state.as_str() {
        "INPROGRESS" => CheckState::Running,
        "SUCCESSFUL" => CheckState::Passed,
        _ => CheckState::Failed,
    };
    // A status has no number, and one that is begun again keeps the moment at which it was made.
    let touched_at = status.updated_on.or(status.created_on).unwrap_or(hook.received_at);
    let check = Check {
        name: short(status.key, 255),
        source: CheckSource::Status,
        workflow: None,
        state,
        conclusion: (!state.is_pending()).then(|| short(status.state, 100)),
        attempt: 1,
        queued_at: None,
        started_at: Some(touched_at).filter(|_| state.is_pending()),
        completed_at: Some(touched_at).filter(|_| !state.is_pending()),
        url: url(status.url),
        order: u64::try_from(touched_at.as_microsecond()).unwrap_or_default(),
    };
    Ok(Fact::Check { repository: repository.reference(hook)?, commit, check }.into())
}
