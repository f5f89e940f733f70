//! `repo:push`: branches and tags moved, several at once where somebody pushed several.

use domain::CommitSha;
use domain::change::{Author, Commit, Push};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Account, Links};
use crate::git_host::commits::{commit, oldest_first};
use crate::git_host::parts::{Repository, author_in, moment};
use crate::git_host::{Content, Fact, Hook, Unreadable, parse};

/// How many branches of one push are kept: what fits one transaction.
const MOST_BRANCHES: usize = 20;

#[derive(Deserialize)]
struct Payload {
    push: Changes,
    repository: Repository,
    #[serde(default)]
    actor: Option<Account>,
}

#[derive(Deserialize)]
struct Changes {
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    /// Absent when it was made.
    #[serde(default)]
    old: Option<Tip>,
    /// Absent when it was deleted.
    #[serde(default)]
    new: Option<Tip>,
    #[serde(default)]
    forced: bool,
    /// The newest first, and at most five of them.
    #[serde(default)]
    commits: Vec<PushedCommit>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Deserialize)]
struct Tip {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    hash: CommitSha,
}

#[derive(Deserialize)]
struct PushedCommit {
    hash: CommitSha,
    #[serde(default)]
    message: String,
    #[serde(default, deserialize_with = "moment")]
    date: Option<Timestamp>,
    #[serde(default)]
    author: Option<CommitAuthor>,
    #[serde(default)]
    links: Option<Links>,
}

#[derive(Deserialize)]
struct CommitAuthor {
    /// As git has it: `Ada Lovelace <ada@example.com>`.
    #[serde(default)]
    raw: Option<String>,
    #[serde(default)]
    user: Option<Account>,
}

impl CommitAuthor {
    fn author(self) -> Author {
        let login = self.user.and_then(|user| user.nickname);
        author_in(&self.raw.unwrap_or_default(), login)
    }
}

pub(super) fn read(hook: &Hook<'_>) -> Result<Content, Unreadable> {
    let Payload { push: Changes { changes }, repository, actor } = parse(hook)?;
    let repository = repository.reference(hook)?;
    let pusher = actor.map(Account::author).unwrap_or_default();
    let moved = |change: Change| {
        let new = change.new.filter(|tip| tip.kind == "branch" && (1..=255).contains(&tip.name.len()))?;
        let after = new.target.hash;
        let before = match change.old {
            Some(old) => old.target.hash,
            None => after.zero(),
        };
        let commits = change.commits.into_iter().map(|pushed| pushed.commit(hook.received_at)).collect();
        let push = Push {
            before,
            commits: oldest_first(commits, &after),
            after,
            pusher: pusher.clone(),
            forced: change.forced,
            at: hook.received_at,
            truncated: change.truncated,
        };
        Some(Fact::Push { repository: repository.clone(), branch: new.name, push })
    };
    let facts: Vec<Fact> = changes.into_iter().filter_map(moved).take(MOST_BRANCHES).collect();
    Ok(match facts.is_empty() {
        true => {
            Content::Nothing("no branch has new commits: Keelson keeps no tags and no deletions".to_owned())
        }
        false => Content::Facts(facts),
    })
}

impl PushedCommit {
    fn commit(self, received_at: Timestamp) -> Commit {
        let author = self.author.map(CommitAuthor::author).unwrap_or_default();
        let page = self.links.and_then(Links::page);
        commit(self.hash, &self.message, author, self.date.unwrap_or(received_at), page)
    }
}
