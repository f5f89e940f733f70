//! A push of thousands of commits does not fit one row, so it is kept as several, each going on from the one before.

use domain::change::{Commit, Push};

/// How many bytes of commits a row holds, as JSON: half of what a row of DynamoDB takes.
const MOST_BYTES: usize = 200_000;

/// The push as one that fits a row, or as several of which each starts where the one before ends.
///
/// The same push is always split the same way, so writing it again writes the same rows.
pub(crate) fn split(push: &Push) -> Vec<Push> {
    let mut parts = Vec::new();
    let mut rest = push.commits.as_slice();
    let mut before = push.before.clone();
    loop {
        let (some, later) = rest.split_at(fitting(rest));
        let after = match some.last() {
            Some(last) if !later.is_empty() => last.sha.clone(),
            _ => push.after.clone(),
        };
        // History was rewritten where the push began, and what the host left out is older than what it listed.
        let (forced, truncated) = (push.forced && parts.is_empty(), push.truncated && parts.is_empty());
        let commits = some.to_vec();
        let part = Push { before, after: after.clone(), commits, forced, truncated, ..push.clone() };
        parts.push(part);
        if later.is_empty() {
            return parts;
        }
        (before, rest) = (after, later);
    }
}

/// How many of the first commits fit a row; one at least, if there is one.
fn fitting(commits: &[Commit]) -> usize {
    let mut bytes = 0;
    let fits = |commit: &&Commit| {
        bytes += serde_json::to_vec(commit).map_or(MOST_BYTES, |json| json.len());
        bytes <= MOST_BYTES
    };
    commits.iter().take_while(fits).count().max(1).min(commits.len())
}

#[cfg(test)]
mod tests {
    use domain::CommitSha;
    use domain::change::{Author, BranchHistory};
    use jiff::Timestamp;

    use super::*;

    fn sha(n: usize) -> CommitSha {
        format!("{n:040x}").parse().unwrap()
    }

    fn push(n_commits: usize) -> Push {
        let commit = |n| Commit {
            sha: sha(n),
            title: "x".repeat(300),
            authors: vec![Author { name: "Ada".to_owned(), email: None, login: None }],
            at: Timestamp::UNIX_EPOCH,
            url: None,
        };
        Push {
            before: sha(0),
            after: sha(n_commits),
            commits: (1..=n_commits).map(commit).collect(),
            pusher: Author::default(),
            forced: true,
            at: Timestamp::UNIX_EPOCH,
            truncated: false,
        }
    }

    #[test]
    fn a_push_that_fits_is_kept_as_it_is() {
        for n_commits in [0, 1, 100] {
            assert_eq!(split(&push(n_commits)), [push(n_commits)]);
        }
    }

    #[test]
    fn a_large_push_is_the_same_history_in_several_parts() {
        let push = push(2_048);
        let parts = split(&push);
        assert!(parts.len() > 1);
        assert!(parts.iter().all(|part| serde_json::to_vec(part).unwrap().len() < 390_000));
        assert_eq!(parts.iter().filter(|part| part.forced).count(), 1);
        let history = BranchHistory::new(parts.into_iter().rev(), Vec::new());
        assert_eq!(history.newest().unwrap().after, push.after);
        let range = history.between(None, &push.after);
        assert!(range.complete);
        assert!(range.commits.iter().rev().eq(&push.commits));
    }
}
