//! More webhooks at once than there is room for.

use api::ProblemKind;
use domain::connection::{HostKind, Signing};

use super::receiving::join_all;
use super::{Hooks, push};
use crate::Room;

const FULL: &str =
    "More webhooks come at once than there is room for, and this one was not taken. Send it again.";

#[tokio::test]
async fn a_burst_beyond_the_room_is_answered_and_nothing_acknowledged_is_lost() {
    let hooks = Hooks::with_room(HostKind::GitHub, Signing::BodyHmac, Room::of(12, 1, 2)).await;
    let n_sent = 60;
    let mut waiting: Vec<u64> = (0..n_sent).collect();
    let mut n_refused = 0;
    let mut n_rounds = 0;
    while !waiting.is_empty() {
        let bodies: Vec<_> = waiting.iter().map(|n| (format!("d-{n}"), push(*n, n + 1))).collect();
        let answers = join_all(bodies.iter().map(|(id, body)| hooks.deliver("push", id, body))).await;
        let mut refused = Vec::new();
        for (n, answer) in waiting.iter().zip(answers) {
            if answer.status() == 202 {
                continue;
            }
            let problem = answer.problem(ProblemKind::Unavailable);
            assert_eq!(problem.detail, FULL);
            assert_eq!(answer.header("retry-after"), Some("5"));
            refused.push(*n);
        }
        assert_eq!(
            waiting.len() - refused.len(),
            waiting.len().min(12),
            "those for whom there is room are taken"
        );
        let known = hooks.pushes().await;
        let is_known = |n: &u64| known.iter().any(|known| known.after == testkit::sha(n + 1));
        assert!(!refused.iter().any(is_known), "what was refused left nothing");
        assert!(
            waiting.iter().filter(|n| !refused.contains(n)).all(is_known),
            "what was acknowledged is there"
        );
        n_refused += refused.len();
        n_rounds += 1;
        waiting = refused;
    }
    assert_eq!((n_rounds, n_refused), (5, 48 + 36 + 24 + 12));
    assert_eq!(hooks.counts().await, (n_sent, 0, 0, 0));
}

#[tokio::test]
async fn large_bodies_do_not_keep_small_ones_out() {
    let hooks = Hooks::with_room(HostKind::GitHub, Signing::BodyHmac, Room::of(4, 1, 2)).await;
    let _large = hooks.app.room.enter(Some(20 * 1024 * 1024)).unwrap();
    assert!(hooks.app.room.enter(Some(2 * 1024 * 1024)).is_none());
    assert!(hooks.app.room.enter(None).is_none(), "a body whose size is not told may be large");
    Hooks::accepted(&hooks.deliver("push", "d-1", &push(0, 1)).await);
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_place() {
    let room = Room::of(1, 1, 1);
    for _ in 0..3 {
        let place = room.enter(Some(1)).unwrap();
        assert!(room.enter(Some(1)).is_none());
        let at_work = place.work().await.unwrap();
        assert!(room.enter(Some(1)).is_none());
        drop(at_work);
    }
}
