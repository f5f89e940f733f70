//! What is kept of a promotion when it ends.

use std::collections::BTreeSet;

use super::{Deployment, ShippedCommit};
use crate::CommitSha;
use crate::change::{BranchHistory, Commit};
use crate::lane::Stay;
use crate::promotion::{Promotion, State};

/// How many commits of one deployment are kept, so that it stays a small row. The newest; the others are left out,
/// which the row says.
pub const MOST_COMMITS: usize = 500;

/// How many characters of a commit's title are kept.
const LONGEST_TITLE: usize = 100;

impl Deployment {
    /// What is kept of a promotion that is over; `None` of one that never began, which nobody's users saw.
    ///
    /// `stays` are what was verified in the environment before it ended, and `earlier` the newest deployments kept:
    /// a commit that arrived with one of them has arrived.
    pub fn of(
        promotion: &Promotion,
        stays: &[Stay],
        earlier: &[Deployment],
        history: &BranchHistory,
    ) -> Option<Self> {
        let State::Finished { outcome, reason, at } = &promotion.state else { return None };
        if promotion.steps.is_empty() {
            return None;
        }
        let reached = |wanted: &dyn Fn(u8) -> bool| {
            let mut steps = promotion.steps.iter().filter(|step| wanted(step.weight.percent()));
            steps.find_map(|step| step.reached_at)
        };
        let mut deployment = Self {
            promotion: promotion.id,
            service: promotion.service.clone(),
            environment: promotion.environment.clone(),
            release: promotion.release.clone(),
            replaced: promotion.replaces.clone(),
            kind: promotion.kind.clone(),
            outcome: *outcome,
            reason: reason.clone(),
            created_at: promotion.created_at,
            first_traffic_at: reached(&|percent| percent > 0),
            reached_all_at: reached(&|percent| percent == 100),
            restored_at: promotion.restored_at,
            finished_at: *at,
            commits: Vec::new(),
            commits_complete: true,
        };
        if deployment.is_deployment() {
            deployment.arrive(stays, earlier, history);
        }
        Some(deployment)
    }

    /// Notes the commits that came to production with it for the first time.
    fn arrive(&mut self, stays: &[Stay], earlier: &[Deployment], history: &BranchHistory) {
        let verified: BTreeSet<&CommitSha> = stays.iter().map(|stay| &stay.release.commit).collect();
        let known: BTreeSet<&CommitSha> = earlier
            .iter()
            .filter(|one| one.is_deployment() && one.promotion != self.promotion)
            .flat_map(|one| one.commits.iter().map(|commit| &commit.sha))
            .collect();
        // The branch is a line: whatever is behind a commit that was here has been here.
        let to = &self.release.commit;
        let known_way = history.between(None, to).commits;
        let oldest = known_way.last().and_then(|oldest| history.push_with(&oldest.sha));
        let behind = known_way.iter().map(|commit| &commit.sha).chain(oldest.map(|push| &push.before));
        let from = behind.into_iter().find(|sha| verified.contains(sha));
        let range = history.between(from, to);
        self.commits_complete = range.complete && range.commits.len() <= MOST_COMMITS;
        let new = range.commits.iter().filter(|commit| !known.contains(&commit.sha));
        self.commits = new.take(MOST_COMMITS).map(|commit| shipped(commit, history)).collect();
    }
}

fn shipped(commit: &Commit, history: &BranchHistory) -> ShippedCommit {
    let push = history.push_with(&commit.sha);
    // Whoever merges pushes the pull request's commits and the merge together.
    let pull = history.merged_by(&commit.sha).or_else(|| {
        let after = push?.commits.iter().skip_while(|own| own.sha != commit.sha);
        after.into_iter().find_map(|own| history.merged_by(&own.sha))
    });
    ShippedCommit {
        sha: commit.sha.clone(),
        title: commit.title.chars().take(LONGEST_TITLE).collect(),
        committed_at: commit.at,
        merged_at: pull.map(|pull| pull.merged_at).or(push.map(|push| push.at)),
        pull_request: pull.map(|pull| pull.number),
    }
}
