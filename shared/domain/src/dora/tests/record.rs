//! What is kept of a promotion that ends.

use serde_json::{Value, json};

use super::*;
use crate::change::{Author, BranchHistory, Commit, PullRequest, Push};
use crate::lane::Stay;
use crate::promotion::Promotion;

/// A promotion of commit `n`, as it is stored, with these steps and this end.
fn stored(n: u8, kind: &Value, steps: &Value, outcome: &str) -> Promotion {
    let row = json!({
        "id": promotion(n), "service": "shop", "environment": "production", "release": release(n), "kind": kind,
        "plan": {
            "target": { "kind": "process", "command": ["./shop"], "ready": "/readyz", "ready_successes": 1,
                        "start_timeout": "30s", "drain": "30s", "env": {} },
            "steps": [], "rollback_when": {}, "gates": {}, "required_checks": [],
        },
        "authors": [], "approvals": [], "created_at": hour(1), "state": "finished", "outcome": outcome,
        "at": hour(4), "steps": steps, "waits_for": [],
    });
    serde_json::from_value(row).unwrap()
}

fn step(weight: u8, reached_at: Option<Timestamp>) -> Value {
    json!({ "weight": weight, "bake": "5m", "started_at": hour(1), "reached_at": reached_at })
}

fn canary() -> Value {
    json!([step(10, Some(hour(2))), step(100, Some(hour(3)))])
}

fn pushed(before: u8, commits: &[u8]) -> Push {
    let commit = |n: &u8| Commit {
        sha: sha(*n),
        title: format!("Change {n}"),
        authors: Vec::new(),
        at: at(i64::from(*n)),
        url: None,
    };
    Push {
        before: sha(before),
        after: sha(*commits.last().unwrap()),
        commits: commits.iter().map(commit).collect(),
        pusher: Author::default(),
        forced: false,
        at: at(i64::from(*commits.last().unwrap()) + 100),
        truncated: false,
    }
}

fn stay(n: u8) -> Stay {
    Stay { release: release(n), promotion: promotion(n), from: hour(0), until: None }
}

fn automatic() -> Value {
    json!({ "kind": "automatic" })
}

fn kept(n: u8, stays: &[Stay], earlier: &[Deployment], history: &BranchHistory) -> Deployment {
    Deployment::of(&stored(n, &automatic(), &canary(), "done"), stays, earlier, history).unwrap()
}

fn titles(deployment: &Deployment) -> Vec<u8> {
    deployment.commits.iter().map(|commit| commit.title.replace("Change ", "").parse().unwrap()).collect()
}

#[test]
fn the_moments_are_those_of_the_steps() {
    let deployment = kept(2, &[], &[], &BranchHistory::new([pushed(0, &[1, 2])], Vec::new()));
    assert_eq!(deployment.first_traffic_at, Some(hour(2)));
    assert_eq!(deployment.reached_all_at, Some(hour(3)));
    assert_eq!(deployment.finished_at, hour(4));
    assert!(deployment.is_deployment());
}

#[test]
fn the_first_deployment_brings_everything_from_the_branchs_beginning() {
    let history = BranchHistory::new([pushed(0, &[1, 2]), pushed(2, &[3])], Vec::new());
    let first = kept(3, &[], &[], &history);
    assert_eq!(titles(&first), [3, 2, 1]);
    assert!(first.commits_complete);
    let unknown_beginning = BranchHistory::new([pushed(2, &[3])], Vec::new());
    assert!(!kept(3, &[], &[], &unknown_beginning).commits_complete);
    assert!(!kept(9, &[], &[], &unknown_beginning).commits_complete, "not even the commit itself is known");
}

#[test]
fn a_later_one_brings_what_is_new_since_the_newest_that_was_verified_on_its_way() {
    let history = BranchHistory::new([pushed(0, &[1, 2]), pushed(2, &[3]), pushed(3, &[4, 5])], Vec::new());
    assert_eq!(titles(&kept(5, &[stay(2)], &[], &history)), [5, 4, 3]);
    // 3 ran and was rolled back to 2: its commits have arrived all the same.
    assert_eq!(titles(&kept(5, &[stay(2), stay(3), stay(2)], &[], &history)), [5, 4]);
    // The way there is known although the push of what ran before is not.
    let cut = BranchHistory::new([pushed(3, &[4, 5])], Vec::new());
    let deployment = kept(5, &[stay(3)], &[], &cut);
    assert_eq!(titles(&deployment), [5, 4]);
    assert!(deployment.commits_complete);
    // An earlier artifact once more brings nothing.
    assert_eq!(titles(&kept(2, &[stay(2), stay(5)], &[], &history)), [0_u8; 0]);
}

#[test]
fn what_had_all_traffic_has_arrived_although_it_was_never_verified() {
    let history = BranchHistory::new([pushed(0, &[1]), pushed(1, &[2]), pushed(2, &[3])], Vec::new());
    let earlier = Deployment {
        outcome: Outcome::RolledBack,
        commits: vec![commit(2, hour(0), hour(0))],
        ..done(2, hour(1))
    };
    assert_eq!(titles(&kept(3, &[stay(1)], std::slice::from_ref(&earlier), &history)), [3]);
    let canary_only = Deployment { reached_all_at: None, ..earlier };
    assert_eq!(titles(&kept(3, &[stay(1)], &[canary_only], &history)), [3, 2]);
}

#[test]
fn a_commit_is_merged_when_its_pull_request_is_and_else_when_it_is_pushed() {
    let pull = PullRequest {
        number: 7,
        title: "Two changes".to_owned(),
        author: Author::default(),
        merged_by: None,
        merge_commit: sha(3).into(),
        merged_at: at(50),
        url: None,
    };
    let history = BranchHistory::new([pushed(0, &[1, 2, 3]), pushed(3, &[4])], vec![pull]);
    let deployment = kept(4, &[], &[], &history);
    let told: Vec<_> = deployment.commits.iter().map(|one| (one.merged_at, one.pull_request)).collect();
    let of_pull = (Some(at(50)), Some(7));
    assert_eq!(told, [(Some(at(104)), None), of_pull, of_pull, of_pull]);
}

#[test]
fn a_push_that_was_cut_short_makes_it_incomplete() {
    let cut = Push { truncated: true, ..pushed(1, &[3]) };
    let history = BranchHistory::new([pushed(0, &[1]), cut], Vec::new());
    assert!(!kept(3, &[stay(1)], &[], &history).commits_complete);
}

#[test]
fn more_commits_than_are_kept_are_the_newest_and_told() {
    let many: Vec<Push> = (0..=MOST_COMMITS)
        .map(|n| {
            let sha = |n: usize| format!("{n:040x}").parse().unwrap();
            let mut push = pushed(1, &[2]);
            (push.before, push.after, push.commits[0].sha) = (sha(n), sha(n + 1), sha(n + 1));
            push
        })
        .collect();
    let last = many.last().unwrap().after.clone();
    let mut promotion = stored(2, &automatic(), &canary(), "done");
    promotion.release.commit = last.clone();
    let deployment = Deployment::of(&promotion, &[], &[], &BranchHistory::new(many, Vec::new())).unwrap();
    assert_eq!(deployment.commits.len(), MOST_COMMITS);
    assert_eq!(deployment.commits[0].sha, last);
    assert!(!deployment.commits_complete);
}

#[test]
fn a_rollback_and_a_canary_bring_no_commits() {
    let history = BranchHistory::new([pushed(0, &[1, 2])], Vec::new());
    let by = json!({ "kind": "person", "login": "ada" });
    let rollback =
        stored(2, &json!({ "kind": "rollback", "by": by }), &json!([step(100, Some(hour(3)))]), "done");
    let kept = Deployment::of(&rollback, &[], &[], &history).unwrap();
    assert!(kept.commits.is_empty() && !kept.is_change());
    let canary = stored(2, &automatic(), &json!([step(10, Some(hour(2))), step(50, None)]), "rolled_back");
    let kept = Deployment::of(&canary, &[], &[], &history).unwrap();
    assert!(kept.commits.is_empty() && kept.is_change() && !kept.is_deployment());
}

#[test]
fn what_never_began_or_is_not_over_is_not_kept() {
    let history = BranchHistory::default();
    assert_eq!(Deployment::of(&stored(2, &automatic(), &json!([]), "superseded"), &[], &[], &history), None);
    let mut under_way = stored(2, &automatic(), &canary(), "done");
    under_way.state = crate::promotion::State::Waiting;
    assert_eq!(Deployment::of(&under_way, &[], &[], &history), None);
}
