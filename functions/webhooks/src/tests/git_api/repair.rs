//! What webhooks did not tell is made up for by the clock.

use domain::connection::HostKind;
use domain::event::EventKind;
use futures_util::future::join_all;
use insta::assert_snapshot;
use testkit::sha;

use super::{PATH, Watched, push_body, shas};
use crate::tests::Hooks;

/// Three pushes, twenty minutes apart, while Keelson is down.
async fn down_for_an_hour() -> Watched {
    let watched = Watched::of(HostKind::GitHub).await;
    for n in 2..=4 {
        watched.advance(20 * 60);
        watched.push(&[n]);
        let body = push_body(n - 1, n, &watched.hooks.world.core.now().to_string());
        watched.host.delivered(PATH, &format!("guid-{n}"), "push", &body, 0);
    }
    watched
}

#[tokio::test]
async fn an_hour_of_missed_webhooks_is_repaired_within_five_minutes() {
    let watched = down_for_an_hour().await;
    let back_at = watched.hooks.world.core.now();
    watched.tick().await;
    let api = watched.api().await;
    assert_eq!((api.missed, api.repaired), (3, 0), "the gap is shown");
    assert_eq!(watched.detail().await.repositories[0].awaited, 3);

    let asked = watched.host.asked_again();
    assert_eq!(asked.len(), 3);
    for delivery in &asked {
        Hooks::accepted(&watched.hooks.deliver(&delivery.event, &delivery.id, &delivery.body).await);
    }
    watched.advance(30);
    watched.tick().await;
    let api = watched.api().await;
    assert_eq!((api.missed, api.repaired), (3, 3));
    assert!(watched.hooks.world.core.now().duration_since(back_at).as_secs() <= 300);
    let repository = &watched.detail().await.repositories[0];
    assert!(repository.awaited == 0 && repository.branches[0].agrees);

    let range = watched.history().await.between(Some(&sha(1)), &sha(4));
    assert_eq!((range.commits.len(), range.complete), (3, true));
    assert_eq!(watched.told_pushes().await, 4, "each once");
    let events = watched.hooks.world.new_events().await;
    let repaired: Vec<_> =
        events.iter().filter(|event| event.body.kind() == EventKind::GapRepaired).collect();
    assert_eq!(repaired.len(), 1);
    assert_snapshot!(repaired[0].body.sentence(), @"github:acme/storefront: 3 missed deliveries made again, 0 commits read instead");

    watched.advance(180);
    watched.tick().await;
    assert!(watched.host.asked_again().is_empty());
    assert_eq!(watched.told_pushes().await, 4);
}

#[tokio::test]
async fn what_is_not_delivered_again_is_read_and_comes_late_in_vain() {
    let watched = down_for_an_hour().await;
    watched.tick().await;
    assert_eq!(watched.told_pushes().await, 1, "what was asked for is waited for");
    watched.advance(30);
    watched.tick().await;
    let pushes = watched.pushes().await;
    assert_eq!(pushes.len(), 2);
    assert_eq!((&pushes[0].before, &pushes[0].after), (&sha(1), &sha(4)));
    let authors: Vec<_> = pushes[0].commits.iter().flat_map(|commit| &commit.authors).collect();
    assert!(authors.iter().all(|author| author.login.as_deref() == Some("ada")) && authors.len() == 3);

    let before = (watched.pushes().await, watched.told_pushes().await);
    for delivery in watched.host.asked_again() {
        Hooks::accepted(&watched.hooks.deliver(&delivery.event, &delivery.id, &delivery.body).await);
    }
    assert_eq!(
        (watched.pushes().await, watched.told_pushes().await),
        before,
        "a late webhook changes nothing"
    );
    let late = watched.detail().await.deliveries;
    let late = late.iter().find(|delivery| delivery.id == "guid-3").unwrap();
    assert_eq!(late.outcome, "ignored");
    assert_snapshot!(late.detail.as_ref().unwrap(), @"what it tells was read from the git host already");

    // And what comes after is news.
    Hooks::accepted(&watched.hooks.deliver("push", "guid-5", &push_body(4, 5, "2026-11-23T12:00:00Z")).await);
    assert_eq!(watched.told_pushes().await, before.1 + 1);
}

#[tokio::test]
async fn a_delivery_is_asked_for_three_times_and_then_no_more() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.host.delivered(PATH, "guid-1", "workflow_job", b"{}", 502);
    let mut asked = 0;
    for _ in 0..10 {
        watched.advance(180);
        watched.tick().await;
        asked += watched.host.asked_again().len();
    }
    assert_eq!(asked, 3);
    let api = watched.api().await;
    assert_eq!((api.missed, api.repaired), (1, 0), "and it stays shown as missed");
    let next = api.next_check_at.unwrap().duration_since(watched.hooks.world.core.now());
    assert_eq!(next.as_secs(), 180, "and its host is not looked at more often for it");
}

#[tokio::test]
async fn gitlab_delivers_again_too() {
    let watched = Watched::of(HostKind::GitLab).await;
    watched.advance(60);
    watched.host.delivered(PATH, "key-1", "Push Hook", b"{\"a\":1}", 500);
    watched.host.delivered(PATH, "key-2", "Job Hook", b"{\"a\":1}", 404);
    watched.host.delivered(PATH, "key-3", "Job Hook", b"{\"a\":1}", 200);
    watched.advance(180);
    watched.tick().await;
    let asked: Vec<String> = watched.host.asked_again().into_iter().map(|delivery| delivery.id).collect();
    assert_eq!(asked, ["key-1", "key-2"]);
    assert_eq!(watched.api().await.missed, 2);
}

#[tokio::test]
async fn the_branch_of_every_host_is_read_when_no_webhook_came() {
    for kind in HostKind::ALL {
        let watched = Watched::of(kind).await;
        assert_eq!(watched.pushes().await.len(), 1, "{kind:?}: it begins where the branch is");
        assert_eq!(watched.api().await.missed, 0, "and that was not missed");
        watched.push(&[2, 3, 4]);
        watched.advance(179);
        assert_eq!(watched.tick().await, 0);
        watched.advance(1);
        assert_eq!(watched.tick().await, 1);
        let range = watched.history().await.between(Some(&sha(1)), &sha(4));
        let commits: Vec<_> = range.commits.iter().map(|commit| commit.sha.clone()).collect();
        assert_eq!(commits, shas(&[4, 3, 2]), "{kind:?}");
        assert!(range.complete);
        assert_eq!(range.authors()[0].email.as_deref(), Some("ada@example.com"));
        let api = watched.api().await;
        assert_eq!((api.missed, api.repaired), (1, 1), "{kind:?}");
        assert!(api.repaired_at.is_some() && api.checked_at == api.repaired_at && api.trouble.is_none());

        let told = watched.told_pushes().await;
        for _ in 0..3 {
            watched.advance(180);
            watched.tick().await;
        }
        assert_eq!(watched.told_pushes().await, told, "{kind:?}: read once");
        assert_eq!(watched.pushes().await.len(), 2);
    }
}

#[tokio::test]
async fn what_was_read_is_shown_among_the_deliveries() {
    let watched = Watched::of(HostKind::Gitea).await;
    watched.push(&[2, 3]);
    watched.advance(180);
    watched.tick().await;
    let details: Vec<_> =
        watched.detail().await.deliveries.into_iter().filter_map(|delivery| delivery.detail).collect();
    assert_snapshot!(details.join("\n"), @r"
    read from the git host, as no webhook told of it: 2 commits
    where main begins to be followed, read from the git host
    ");
}

#[tokio::test]
async fn a_branch_that_was_taken_back_is_believed_when_the_host_says_so_twice() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.push(&[2]);
    watched.advance(180);
    watched.tick().await;
    watched.host.force(PATH, "main", &sha(1));
    watched.advance(180);
    watched.tick().await;
    assert_eq!(watched.told_pushes().await, 2, "the host may answer from a copy that is behind");
    assert!(!watched.detail().await.repositories[0].branches[0].agrees);
    watched.advance(30);
    watched.tick().await;
    let pushes = watched.pushes().await;
    assert_eq!((&pushes[0].before, &pushes[0].after, pushes[0].forced), (&sha(2), &sha(1), true));
    // It goes on from there, and is followed.
    watched.push(&[3]);
    watched.advance(180);
    watched.tick().await;
    assert_eq!(watched.pushes().await[0].after, sha(3));
    assert!(watched.detail().await.repositories[0].branches[0].agrees);
}

#[tokio::test]
async fn history_that_was_rewritten_is_followed() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.push(&[2]);
    watched.advance(180);
    watched.tick().await;
    watched.host.force(PATH, "main", &sha(1));
    watched.push(&[7, 8]);
    watched.advance(180);
    watched.tick().await;
    let pushes = watched.pushes().await;
    assert_eq!((&pushes[0].before, &pushes[0].after, pushes[0].forced), (&sha(2), &sha(8), true));
    assert_eq!(pushes[0].commits.len(), 2);
}

#[tokio::test]
async fn two_ticks_at_once_look_once() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.push(&[2]);
    watched.advance(180);
    let looked = join_all([watched.tick(), watched.tick(), watched.tick()]).await;
    assert_eq!(looked.iter().sum::<usize>(), 1);
    assert_eq!(watched.told_pushes().await, 2);
}

#[tokio::test]
async fn a_look_that_is_killed_is_taken_over() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.push(&[2]);
    watched.advance(180);
    let name = "github".parse().unwrap();
    let watch = watched.hooks.store().connection_watch(&name).await.unwrap().unwrap();
    let mut transaction = watched.hooks.store().transaction(watched.hooks.world.core.now());
    transaction.replace(&watch.value.clone().claimed(watched.hooks.world.core.now()), watch.version);
    transaction.commit().await.unwrap();
    assert_eq!(watched.tick().await, 0);
    watched.advance(120);
    assert_eq!(watched.tick().await, 1);
    assert_eq!(watched.told_pushes().await, 2);
}

#[tokio::test]
async fn a_branch_that_did_not_move_costs_one_request() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.advance(180);
    watched.tick().await;
    let before = watched.host.requests().len();
    watched.advance(180);
    watched.tick().await;
    let asked = watched.host.requests().split_off(before);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[1].ends_with("git/ref/heads/main"));
}
