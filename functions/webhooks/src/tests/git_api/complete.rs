//! A push of which the host listed a part is read as a whole.

use domain::change::Push;
use domain::connection::HostKind;
use domain::event::EventKind;
use serde_json::json;
use testkit::hosts::TOKEN;
use testkit::sha;

use super::{PATH, Watched};
use crate::tests::Hooks;

impl Watched {
    /// GitLab's webhook of a push of commits `1..=n` after 0, of which it lists the newest 20.
    fn gitlab_push(n: u64) -> Vec<u8> {
        let listed = (n.saturating_sub(20) + 1..=n).map(|number| {
            json!({"id": sha(number), "message": "Change", "timestamp": "2026-11-23T09:00:00Z",
                   "author": {"name": "ada", "email": "ada@example.com"}})
        });
        let body = json!({
            "object_kind": "push", "ref": "refs/heads/main", "before": sha(1_000_000), "after": sha(n),
            "checkout_sha": sha(n), "user_username": "ada", "total_commits_count": n,
            "commits": listed.collect::<Vec<_>>(), "project": {"path_with_namespace": PATH},
        });
        body.to_string().into_bytes()
    }

    /// A host whose main has commits `1..=n` after a first one, the first of them by grace.
    async fn with_commits(kind: HostKind, n: u64) -> Self {
        let watched = Self::without_token(kind).await;
        watched.push(&[1_000_000]);
        let commits: Vec<_> =
            (1..=n).map(|n| (sha(n), "Change", if n == 1 { "grace" } else { "ada" })).collect();
        watched.host.push(PATH, "main", &commits);
        watched
    }

    async fn logins_of(&self, n: u64) -> Vec<String> {
        let range = self.history().await.between(Some(&sha(1_000_000)), &sha(n));
        range.authors().into_iter().map(|author| author.name).collect()
    }
}

#[tokio::test]
async fn a_cut_push_is_completed_with_all_its_authors() {
    let watched = Watched::with_commits(HostKind::GitLab, 30).await;
    watched.set_token(TOKEN).await;
    watched.hooks.world.new_events().await;
    Hooks::accepted(&watched.hooks.deliver("Push Hook", "key-1", &Watched::gitlab_push(30)).await);
    let range = watched.history().await.between(Some(&sha(1_000_000)), &sha(30));
    assert!(!range.complete, "as it came, it says that something is missing");
    assert_eq!(watched.logins_of(30).await, ["ada"]);

    let events = watched.handle_events().await;
    let range = watched.history().await.between(Some(&sha(1_000_000)), &sha(30));
    assert_eq!((range.commits.len(), range.complete), (30, true));
    assert_eq!(watched.logins_of(30).await, ["ada", "grace"], "whoever may not approve");
    let kinds: Vec<_> = events.iter().map(|event| event.body.kind()).collect();
    assert_eq!(kinds, [EventKind::PushRecorded, EventKind::PushCompleted]);
    assert_eq!(watched.pushes().await.len(), 1, "in the place of what was known");
}

#[tokio::test]
async fn every_host_completes_a_push() {
    for kind in HostKind::ALL {
        let watched = Watched::with_commits(kind, 120).await;
        watched.set_token(TOKEN).await;
        watched.tick().await;
        let pushes = watched.pushes().await;
        // What began to be followed is the last commit alone: everything before it is cut off here.
        let cut = Push { before: sha(1_000_000), truncated: true, ..pushes[0].clone() };
        let row =
            store::RecordedPush { repository: watched.repository(), branch: "main".to_owned(), push: cut };
        let mut transaction = watched.hooks.store().transaction(watched.hooks.world.core.now());
        transaction.overwrite(&row);
        transaction.commit().await.unwrap();
        watched.advance(180);
        watched.tick().await;
        let range = watched.history().await.between(Some(&sha(1_000_000)), &sha(120));
        assert_eq!((range.commits.len(), range.complete), (120, true), "{kind:?}");
        let numbers: Vec<_> = range.commits.iter().map(|commit| commit.sha.clone()).collect();
        let expected: Vec<_> = (1..=120).rev().map(sha).collect();
        assert_eq!(numbers, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn a_gap_beyond_what_is_read_stays_marked() {
    let watched = Watched::with_commits(HostKind::GitLab, 1_100).await;
    watched.set_token(TOKEN).await;
    Hooks::accepted(&watched.hooks.deliver("Push Hook", "key-1", &Watched::gitlab_push(1_100)).await);
    watched.handle_events().await;
    let range = watched.history().await.between(Some(&sha(1_000_000)), &sha(1_100));
    assert_eq!((range.commits.len(), range.complete), (1_000, false));
    let before = watched.host.requests().len();
    watched.advance(180);
    watched.tick().await;
    let asked = watched.host.requests().split_off(before);
    assert!(asked.iter().all(|request| !request.contains("repository/commits")), "not again: {asked:?}");
}

#[tokio::test]
async fn of_more_commits_than_are_read_each_page_of_the_newest_is_read_once() {
    for n in [1_100, 1_300] {
        let watched = Watched::with_commits(HostKind::GitHub, n).await;
        watched.set_token(TOKEN).await;
        watched.tick().await;
        let pushes = watched.pushes().await;
        let cut = Push { before: sha(1_000_000), truncated: true, ..pushes[0].clone() };
        let row =
            store::RecordedPush { repository: watched.repository(), branch: "main".to_owned(), push: cut };
        let mut transaction = watched.hooks.store().transaction(watched.hooks.world.core.now());
        transaction.overwrite(&row);
        transaction.commit().await.unwrap();
        let before = watched.host.requests().len();
        watched.advance(180);
        watched.tick().await;
        let asked = watched.host.requests().split_off(before);
        let pages = asked.iter().filter(|request| request.contains("/compare/")).count();
        assert_eq!(pages, 11, "the first page, which says how many there are, and the last ten");
        let range = watched.history().await.between(Some(&sha(1_000_000)), &sha(n));
        assert!(!range.complete);
        let numbers: Vec<_> = range.commits.iter().map(|commit| commit.sha.clone()).collect();
        let expected: Vec<_> = (n - 999..=n).rev().map(sha).collect();
        assert_eq!(numbers, expected);
    }
}

#[tokio::test]
async fn without_a_token_it_stays_marked_and_nobody_is_asked() {
    let watched = Watched::with_commits(HostKind::GitLab, 30).await;
    Hooks::accepted(&watched.hooks.deliver("Push Hook", "key-1", &Watched::gitlab_push(30)).await);
    watched.handle_events().await;
    assert!(!watched.history().await.between(Some(&sha(1_000_000)), &sha(30)).complete);
    assert!(watched.host.requests().is_empty());
}

#[tokio::test]
async fn a_push_that_cannot_be_completed_now_is_completed_by_the_clock() {
    let watched = Watched::with_commits(HostKind::GitLab, 30).await;
    watched.set_token(TOKEN).await;
    watched.host.answer_with(Some((503, Vec::new())));
    Hooks::accepted(&watched.hooks.deliver("Push Hook", "key-1", &Watched::gitlab_push(30)).await);
    watched.handle_events().await;
    assert!(!watched.history().await.between(Some(&sha(1_000_000)), &sha(30)).complete);
    watched.host.heal();
    watched.tick().await;
    assert!(watched.history().await.between(Some(&sha(1_000_000)), &sha(30)).complete);
}
