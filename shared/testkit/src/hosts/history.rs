//! Which commits lead to which.

use std::collections::BTreeSet;

use domain::CommitSha;

use super::HostCommit;
use super::state::Repository;

impl Repository {
    /// The commits that lead to `head`, newest first, without those that lead to `base`; `None` if one is not there.
    pub(super) fn between(&self, base: Option<&str>, head: &str) -> Option<Vec<&HostCommit>> {
        let without: BTreeSet<&CommitSha> = match base {
            Some(base) => self.leading_to(base)?.into_iter().map(|commit| &commit.sha).collect(),
            None => BTreeSet::new(),
        };
        let all = self.leading_to(head)?;
        Some(all.into_iter().filter(|commit| !without.contains(&commit.sha)).collect())
    }

    fn leading_to(&self, head: &str) -> Option<Vec<&HostCommit>> {
        let mut next = vec![self.commit(head)?];
        let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
        while let Some(commit) = next.pop() {
            if seen.insert(&commit.sha) {
                next.extend(commit.parents.iter().filter_map(|parent| self.commits.get(parent)));
                found.push(commit);
            }
        }
        Some(found)
    }

    pub(super) fn commit(&self, sha: &str) -> Option<&HostCommit> {
        self.commits.get(&sha.parse::<CommitSha>().ok()?)
    }
}
