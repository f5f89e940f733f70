//! What changed in a repository, and what ships when one artifact replaces another.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CommitPrefix, CommitSha};

/// Somebody as git and the git host name them. Compared by e-mail address or login, never by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// The name to show.
    pub name: String,
    /// The e-mail address in the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The login on the git host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

impl Author {
    /// Whether everything that identifies the other identifies this one too, and something more.
    fn says_more_than(&self, other: &Self) -> bool {
        let covers = |own: &Option<String>, others: &Option<String>| {
            others
                .as_ref()
                .is_none_or(|theirs| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(theirs)))
        };
        let known = |author: &Self| [&author.login, &author.email].into_iter().flatten().count();
        known(other) > 0
            && known(self) > known(other)
            && covers(&self.login, &other.login)
            && covers(&self.email, &other.email)
    }

    /// Whether this is the person with that git login or one of those e-mail addresses, letter case ignored.
    pub fn is(&self, login: &str, emails: &[String]) -> bool {
        let same_login = self.login.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(login));
        let same_email = self
            .email
            .as_deref()
            .is_some_and(|own| emails.iter().any(|email| email.eq_ignore_ascii_case(own)));
        same_login || same_email
    }
}

/// One commit on the branch that ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// Its hash.
    pub sha: CommitSha,
    /// The first line of its message.
    pub title: String,
    /// Who wrote it: the author, then the co-authors its trailers name.
    pub authors: Vec<Author>,
    /// When it was committed.
    pub at: Timestamp,
    /// Its page on the git host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The people that `Co-authored-by:` trailers of a commit message name.
pub fn co_authors(message: &str) -> Vec<Author> {
    let trailers = message.lines().filter_map(|line| {
        let (key, person) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case("co-authored-by").then_some(person.trim())
    });
    trailers
        .filter_map(|person| {
            let (name, rest) = person.split_once('<')?;
            let email = rest.strip_suffix('>')?.trim();
            Some(Author { name: name.trim().to_owned(), email: Some(email.to_owned()), login: None })
        })
        .collect()
}

/// A pull request that was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PullRequest {
    /// Its number on the git host.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Who opened it.
    pub author: Author,
    /// Who merged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_by: Option<Author>,
    /// The commit the merge made on the branch.
    pub merge_commit: CommitPrefix,
    /// When.
    pub merged_at: Timestamp,
    /// Its page on the git host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One push to the branch that ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// Where the branch was; all zeros when the push created it.
    pub before: CommitSha,
    /// Where the branch is since.
    pub after: CommitSha,
    /// The commits it brought, oldest first.
    pub commits: Vec<Commit>,
    /// Who pushed.
    pub pusher: Author,
    /// Whether history was rewritten.
    pub forced: bool,
    /// When, by the host's clock; when Keelson received it, if the host does not tell.
    pub at: Timestamp,
    /// Whether it brought more commits than are listed: hosts cut the list, and leave out the oldest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// What is known of a branch: its pushes, in whatever order they arrived.
///
/// The order of commits comes from the `before` links between pushes, so late and repeated deliveries do no harm.
#[derive(Debug, Clone, Default)]
pub struct BranchHistory {
    pushes: BTreeMap<CommitSha, Push>,
    pull_requests: Vec<PullRequest>,
}

/// The commits between two points of a branch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommitRange {
    /// The commits, newest first.
    pub commits: Vec<Commit>,
    /// The pull requests that were merged by these commits, newest first.
    pub pull_requests: Vec<PullRequest>,
    /// Whether these are all: false when the history known does not reach back to the other end, or a push on the way
    /// brought more than the git host listed.
    pub complete: bool,
}

impl CommitRange {
    /// Everybody who wrote, opened or merged something in the range, each once.
    ///
    /// Whoever is named in several ways is kept with all that is known: a login alone adds nothing to a commit's
    /// author with that login, nor an e-mail address to one with that address.
    pub fn authors(&self) -> Vec<Author> {
        let of_commits = self.commits.iter().flat_map(|commit| commit.authors.iter());
        let of_pulls =
            self.pull_requests.iter().flat_map(|pull| [Some(&pull.author), pull.merged_by.as_ref()]);
        let everybody: BTreeSet<Author> = of_commits.chain(of_pulls.flatten()).cloned().collect();
        let adds = |author: &&Author| !everybody.iter().any(|other| other.says_more_than(author));
        everybody.iter().filter(adds).cloned().collect()
    }
}

impl BranchHistory {
    /// Puts the pushes and merged pull requests of one branch together.
    pub fn new(pushes: impl IntoIterator<Item = Push>, pull_requests: Vec<PullRequest>) -> Self {
        let pushes = pushes.into_iter().map(|push| (push.after.clone(), push)).collect();
        Self { pushes, pull_requests }
    }

    /// The newest push: one that no other starts from, and of several such the latest.
    ///
    /// Times alone do not tell, because hosts count in seconds and reports come late.
    pub fn newest(&self) -> Option<&Push> {
        let continued: BTreeSet<&CommitSha> = self.pushes.values().map(|push| &push.before).collect();
        let heads = self.pushes.values().filter(|push| !continued.contains(&push.after));
        // A branch forced back and forth may leave no push that none starts from.
        heads.max_by_key(|push| push.at).or_else(|| self.pushes.values().max_by_key(|push| push.at))
    }

    /// The pull request whose merge made the commit.
    pub fn merged_by(&self, commit: &CommitSha) -> Option<&PullRequest> {
        self.pull_requests.iter().find(|pull| pull.merge_commit.names(commit))
    }

    /// Whether the commit is known to be on the branch.
    pub fn contains(&self, commit: &CommitSha) -> bool {
        self.push_with(commit).is_some()
    }

    /// The commits of the branch from its newest push backwards, newest first, as far as is known.
    pub fn commits(&self) -> Vec<&Commit> {
        let Some(newest) = self.newest() else { return Vec::new() };
        self.backwards(&newest.after).collect()
    }

    /// Whether automation may bring `candidate` where `running` runs: it must be on the branch, and later.
    ///
    /// Read from the newest commit backwards, whichever comes first is later. So missing history never makes
    /// automation go backwards.
    pub fn leads_forward(&self, candidate: &CommitSha, running: Option<&CommitSha>) -> bool {
        let first = self
            .commits()
            .into_iter()
            .map(|commit| &commit.sha)
            .find(|sha| *sha == candidate || running == Some(*sha));
        first == Some(candidate) && running != Some(candidate)
    }

    /// Whether `newer` comes after `older` on the branch; `None` when the history known does not tell.
    pub fn is_after(&self, newer: &CommitSha, older: &CommitSha) -> Option<bool> {
        if newer == older {
            return Some(false);
        }
        if self.leads_back(newer, older) {
            return Some(true);
        }
        self.leads_back(older, newer).then_some(false)
    }

    /// Whether a push says nothing new: what it brought is known, on the way back from where the branch is now.
    ///
    /// So it is with webhooks that come after what they tell was read from the host. What goes on from where the branch
    /// is, is news, even if it brings back what was there before.
    pub fn tells(&self, push: &Push, head: &CommitSha) -> bool {
        if *head == push.before {
            return false;
        }
        let is_on_branch = *head == push.after || self.leads_back(head, &push.after);
        let from = Some(&push.before).filter(|before| !before.is_zero());
        let range = self.between(from, &push.after);
        let is_known = |commit: &Commit| range.commits.iter().any(|known| known.sha == commit.sha);
        !push.forced && is_on_branch && range.complete && push.commits.iter().all(is_known)
    }

    /// Whether the pushes known lead from one commit back to another, whether or not all between is listed.
    fn leads_back(&self, from: &CommitSha, to: &CommitSha) -> bool {
        let pieces = self.pieces(from);
        pieces.iter().any(|piece| piece.push.before == *to || piece.commits.iter().any(|own| own.sha == *to))
    }

    /// The commits after `from` up to and including `to`.
    ///
    /// Without `from` the range is everything known up to `to`, and complete if the branch's creation is known.
    pub fn between(&self, from: Option<&CommitSha>, to: &CommitSha) -> CommitRange {
        let mut range = CommitRange::default();
        if from == Some(to) {
            range.complete = true;
            return range;
        }
        let mut has_gap = false;
        'walk: for Piece { push, commits } in self.pieces(to) {
            for commit in commits {
                if from == Some(&commit.sha) {
                    range.complete = !has_gap;
                    break 'walk;
                }
                range.commits.push(commit.clone());
            }
            has_gap |= push.truncated;
            let is_end = from.map_or_else(|| push.before.is_zero(), |from| push.before == *from);
            if is_end {
                range.complete = !has_gap;
                break;
            }
        }
        let shas: BTreeSet<&str> = range.commits.iter().map(|commit| commit.sha.as_str()).collect();
        // In order, the first that is not before the beginning of a hash is the one with it, if there is one.
        let has_merge = |pull: &&PullRequest| {
            let prefix = pull.merge_commit.as_str();
            shas.range(prefix..).next().is_some_and(|sha| sha.starts_with(prefix))
        };
        let mut pulls: Vec<PullRequest> = self.pull_requests.iter().filter(has_merge).cloned().collect();
        pulls.sort_by(|a, b| b.merged_at.cmp(&a.merged_at).then(b.number.cmp(&a.number)));
        range.pull_requests = pulls;
        range
    }

    /// The push that brought the commit to the branch.
    pub fn push_with(&self, commit: &CommitSha) -> Option<&Push> {
        self.pushes
            .get(commit)
            .or_else(|| self.pushes.values().find(|push| push.commits.iter().any(|own| own.sha == *commit)))
    }

    fn backwards<'a>(&'a self, newest: &CommitSha) -> impl Iterator<Item = &'a Commit> {
        self.pieces(newest).into_iter().flat_map(|piece| piece.commits)
    }

    /// The pushes that lead to a commit, newest first, each with the commits of it that do.
    fn pieces<'a>(&'a self, newest: &CommitSha) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut seen = BTreeSet::new();
        let mut tip = newest;
        while let Some(push) = self.push_with(tip) {
            // A branch that was forced back to an earlier commit makes a circle of `before` links.
            if !seen.insert(&push.after) {
                break;
            }
            let is_within = *tip != push.after;
            let commits = push.commits.iter().rev().skip_while(|commit| is_within && commit.sha != *tip);
            pieces.push(Piece { push, commits: commits.collect() });
            tip = &push.before;
        }
        pieces
    }
}

/// What one push has of a way back through the branch.
struct Piece<'a> {
    push: &'a Push,
    /// Newest first.
    commits: Vec<&'a Commit>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sha(n: u8) -> CommitSha {
        format!("{n:040x}").parse().unwrap()
    }

    fn commit(n: u8) -> Commit {
        let author = Author { name: format!("author {n}"), email: None, login: Some(format!("login{n}")) };
        Commit {
            sha: sha(n),
            title: format!("commit {n}"),
            authors: vec![author],
            at: Timestamp::UNIX_EPOCH,
            url: None,
        }
    }

    fn push(before: u8, commits: &[u8]) -> Push {
        let after = *commits.last().unwrap();
        Push {
            before: sha(before),
            after: sha(after),
            commits: commits.iter().copied().map(commit).collect(),
            pusher: Author::default(),
            forced: false,
            at: Timestamp::from_second(after.into()).unwrap(),
            truncated: false,
        }
    }

    fn numbers(range: &CommitRange) -> Vec<String> {
        range.commits.iter().map(|commit| commit.title.replace("commit ", "")).collect()
    }

    proptest! {
        #[test]
        fn the_order_in_which_pushes_arrive_does_not_matter(
            pushes in Just(vec![push(0, &[1, 2]), push(2, &[3]), push(3, &[4, 5, 6]), push(6, &[7])]).prop_shuffle(),
        ) {
            let twice = pushes.iter().cloned().chain(pushes.iter().cloned());
            let range = BranchHistory::new(twice, Vec::new()).between(Some(&sha(2)), &sha(6));
            prop_assert_eq!(numbers(&range), ["6", "5", "4", "3"]);
            prop_assert!(range.complete);
        }
    }

    #[test]
    fn a_missing_push_makes_the_range_incomplete() {
        let history = BranchHistory::new([push(0, &[1]), push(2, &[3])], Vec::new());
        let range = history.between(Some(&sha(1)), &sha(3));
        assert_eq!(numbers(&range), ["3"]);
        assert!(!range.complete);
        assert_eq!(history.is_after(&sha(3), &sha(1)), None);
    }

    #[test]
    fn a_push_that_lists_less_than_it_brought_makes_the_range_incomplete() {
        let cut = Push { truncated: true, ..push(1, &[4, 5]) };
        let history = BranchHistory::new([push(0, &[1]), cut, push(5, &[6])], Vec::new());
        let range = history.between(Some(&sha(1)), &sha(6));
        assert_eq!(numbers(&range), ["6", "5", "4"]);
        assert!(!range.complete);
        assert!(!history.between(None, &sha(6)).complete, "the start is known, what lies between is not");
        assert!(history.between(Some(&sha(4)), &sha(6)).complete, "the newest are listed without a gap");
        assert_eq!(history.is_after(&sha(6), &sha(1)), Some(true), "the order is known all the same");
    }

    #[test]
    fn a_push_that_comes_after_it_was_read_says_nothing_new() {
        let read = BranchHistory::new([push(0, &[1]), push(1, &[2, 3, 4])], Vec::new());
        let head = sha(4);
        for late in [push(1, &[2]), push(2, &[3]), push(3, &[4]), push(2, &[3, 4]), push(1, &[2, 3, 4])] {
            assert!(read.tells(&late, &head), "{late:?}");
        }
        let forced = Push { forced: true, ..push(1, &[2]) };
        for news in [push(4, &[5]), push(1, &[9]), push(8, &[4]), forced] {
            assert!(!read.tells(&news, &head), "{news:?}");
        }
        let back = Push { at: Timestamp::from_second(9).unwrap(), commits: Vec::new(), ..push(4, &[2]) };
        let history = BranchHistory::new([back, push(0, &[1]), push(1, &[2]), push(2, &[3, 4])], Vec::new());
        assert!(!history.tells(&push(2, &[3, 4]), &sha(2)), "the branch was taken back, and went on again");
    }

    #[test]
    fn a_push_that_brings_back_a_commit_that_was_taken_away_is_news() {
        let back = Push { commits: Vec::new(), forced: true, ..push(4, &[3]) };
        let history = BranchHistory::new([push(0, &[2]), push(2, &[3, 4]), back], Vec::new());
        assert!(!history.tells(&push(3, &[4]), &sha(3)), "though the commit is known");
    }

    #[test]
    fn the_start_of_the_branch_makes_an_open_range_complete() {
        let history = BranchHistory::new([push(0, &[1, 2])], Vec::new());
        assert!(history.between(None, &sha(2)).complete);
        assert_eq!(history.is_after(&sha(2), &sha(1)), Some(true));
        assert_eq!(history.is_after(&sha(1), &sha(2)), Some(false));
    }

    #[test]
    fn of_two_pushes_in_the_same_second_the_one_that_follows_is_the_newest() {
        for (first, second) in [(1, 2), (2, 1)] {
            let pushes = [push(0, &[first]), push(first, &[second])]
                .map(|push| Push { at: Timestamp::UNIX_EPOCH, ..push });
            let history = BranchHistory::new(pushes, Vec::new());
            assert_eq!(history.newest().unwrap().after, sha(second));
        }
    }

    #[test]
    fn a_circle_of_forced_pushes_ends() {
        let history = BranchHistory::new([push(2, &[1]), push(1, &[2])], Vec::new());
        assert_eq!(numbers(&history.between(Some(&sha(9)), &sha(2))), ["2", "1"]);
    }

    #[test]
    fn whoever_is_named_in_several_ways_is_one_author() {
        let author = |name: &str, email: Option<&str>, login: Option<&str>| Author {
            name: name.to_owned(),
            email: email.map(str::to_owned),
            login: login.map(str::to_owned),
        };
        let full = author("Ada Lovelace", Some("ada@example.com"), Some("ada"));
        let by_email = author("Ada", Some("ADA@example.com"), None);
        let by_login = author("ada", None, Some("Ada"));
        let unknown = author("Ada", None, None);
        let other = author("Grace Hopper", Some("grace@example.com"), Some("grace"));
        let commit = |authors: &[&Author]| Commit {
            authors: authors.iter().map(|author| (*author).clone()).collect(),
            ..push(0, &[1]).commits.remove(0)
        };
        let commits = vec![commit(&[&full, &by_email]), commit(&[&by_login, &unknown, &other])];
        let range = CommitRange { commits, ..CommitRange::default() };
        assert_eq!(range.authors(), [unknown, full, other]);
    }

    #[test]
    fn co_authors_are_authors_too() {
        let named = co_authors("Fix\n\nCo-authored-by: Ada L <ada@example.com>\nco-authored-by: broken");
        assert_eq!(named.len(), 1);
        assert!(named[0].is("someone", &["ADA@example.com".to_owned()]));
    }
}
