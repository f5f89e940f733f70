use api::audit::AuditCheck;
use api::{ProblemKind, routes};
use domain::access::{Actor, Role};
use domain::audit::{Batch, Link};
use domain::event::{Event, EventBody};
use domain::{EventId, Period};
use edge::RequestContext;
use testkit::{Client, World};

use super::world;
use crate::chain::chain;

/// Writes so many events, a second apart.
async fn write(world: &World, events: usize) -> Vec<EventId> {
    let mut written = Vec::new();
    for _ in 0..events {
        world.advance(Period::seconds(1));
        let body = EventBody::SignedIn { login: "ada".parse().unwrap() };
        let event = world.core.event(&RequestContext::internal(), &Actor::Keelson, body);
        world.put(&event).await;
        written.push(event.id);
    }
    written
}

/// What the stream would tell of those events.
async fn batch(world: &World, events: &[EventId]) -> Batch {
    let rows = world.core.store.event_rows(events).await.unwrap();
    let links = events.iter().map(|event| Link { event: *event, row: rows[event] }).collect();
    Batch { links, position: None }
}

/// Three blocks of four events.
async fn chained(world: &World) -> Vec<EventId> {
    let mut all = Vec::new();
    for _ in 0..3 {
        let events = write(world, 4).await;
        assert_eq!(chain(&world.core, batch(world, &events).await).await.unwrap(), 4);
        all.extend(events);
    }
    all
}

/// The whole check, page by page, with what it found.
async fn check(client: &Client) -> (AuditCheck, Vec<String>) {
    let ada = client.as_user("ada", Role::Admin);
    let mut check = ada.call(&routes::VERIFY_AUDIT, &[]).await.ok();
    let mut found: Vec<String> = check.findings.iter().map(|finding| finding.detail.clone()).collect();
    while let Some(after) = check.next.take() {
        check = ada.call(&routes::VERIFY_AUDIT, &[]).query("after", after).await.ok();
        found.extend(check.findings.iter().map(|finding| finding.detail.clone()));
    }
    (check, found)
}

async fn edit(world: &World, id: &EventId) {
    let event = world.core.store.event(id).await.unwrap().unwrap();
    let mut transaction = world.core.store.transaction(world.core.now());
    let body = EventBody::SignedIn { login: "mallory".parse().unwrap() };
    transaction.overwrite(&Event { body, ..event });
    transaction.commit().await.unwrap();
}

async fn delete(world: &World, id: &EventId) {
    let event = world.core.store.event(id).await.unwrap().unwrap();
    let mut transaction = world.core.store.transaction(world.core.now());
    transaction.remove(&event);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_in_order_and_says_what_is_not_yet_chained() {
    let (world, client) = world().await;
    let (empty, found) = check(&client).await;
    assert_eq!((empty.head.number, empty.not_yet_chained, found), (None, Some(0), Vec::new()));
    chained(&world).await;
    write(&world, 2).await;
    let (check, found) = check(&client).await;
    assert_eq!(found, Vec::<String>::new());
    assert_eq!((check.blocks, check.events, check.not_yet_chained), (3, 12, Some(2)));
    assert_eq!(check.head.anchor.unwrap().split(':').next(), Some("2"));
}

#[tokio::test]
async fn whatever_was_done_to_an_event_it_is_named() {
    let (world, client) = world().await;
    let events = chained(&world).await;
    edit(&world, &events[5]).await;
    delete(&world, &events[9]).await;
    let body = EventBody::SignedOut { login: "ada".parse().unwrap() };
    let inserted = world.core.event(&RequestContext::internal(), &Actor::Keelson, body);
    world.put(&inserted).await;
    // Much later, so that it cannot just be on its way.
    world.advance(Period::seconds(120));
    let more = write(&world, 1).await;
    chain(&world.core, batch(&world, &more).await).await.unwrap();
    let (_, found) = check(&client).await;
    assert_eq!(
        found,
        [
            format!("{} was edited after it was chained in block 1", events[5]),
            format!("{} is missing; it was chained in block 2", events[9]),
            format!("{} was inserted: it is in no block, although younger events are", inserted.id),
        ]
    );
}

#[tokio::test]
async fn a_chain_that_was_rewritten_does_not_fit_what_was_kept_elsewhere() {
    let (world, client) = world().await;
    chained(&world).await;
    let ada = client.as_user("ada", Role::Admin);
    let anchor = ada.call(&routes::GET_AUDIT_HEAD, &[]).await.ok().anchor.unwrap();
    let verify = async |anchor: &str| ada.call(&routes::VERIFY_AUDIT, &[]).query("anchor", anchor).await;
    assert_eq!(verify(&anchor).await.ok().findings, []);
    let other = format!("1:{}", anchor.split_once(':').unwrap().1);
    let found = verify(&other).await.ok().findings;
    assert_eq!(found.len(), 1);
    insta::assert_snapshot!(found[0].detail, @"block 1 does not have the hash that was kept elsewhere: the chain was rewritten");
    insta::assert_snapshot!(verify("latest").await.problem(ProblemKind::InvalidRequest).detail, @"`latest` is not an anchor: expected a block's number and hash, as in `12:sha256:…`.");
}

#[tokio::test]
async fn an_event_is_chained_once_however_often_it_is_told_and_by_how_many() {
    let (world, client) = world().await;
    let events = chained(&world).await;
    assert_eq!(chain(&world.core, batch(&world, &events).await).await.unwrap(), 0, "all told again");
    let more = write(&world, 30).await;
    let tellers = (0..6).map(|n| {
        let (core, all) = (world.core.clone(), [&events[n..], &more[..5 * (n + 1)]].concat());
        let world = &world;
        async move { chain(&core, batch(world, &all).await).await }
    });
    let told: Vec<usize> = futures(tellers).await;
    assert_eq!(told.iter().sum::<usize>(), 30);
    let (check, found) = check(&client).await;
    assert_eq!((check.events, check.not_yet_chained, found), (42, Some(0), Vec::new()));
}

/// All at once, so that they get in each other's way; told again while they do, as a stream would.
async fn futures<F>(tellers: impl Iterator<Item = F>) -> Vec<usize>
where
    F: Future<Output = Result<usize, crate::chain::Unchained>>,
{
    futures_util::future::join_all(tellers).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn what_an_older_installation_holds_is_held_to_what_it_was() {
    let (world, client) = world().await;
    let old = write(&world, 5).await;
    chained(&world).await;
    assert_eq!(check(&client).await.1, Vec::<String>::new());
    edit(&world, &old[2]).await;
    insta::assert_snapshot!(check(&client).await.1.join("\n"), @"the events from before the chain were edited, removed or inserted: 5 were there when it began, 5 are now");
}

#[tokio::test]
async fn the_check_is_for_who_may_read_the_whole_log() {
    let (world, client) = world().await;
    chained(&world).await;
    let vic = client.as_user("vic", Role::Viewer);
    vic.call(&routes::VERIFY_AUDIT, &[]).await.problem(ProblemKind::Forbidden);
    vic.call(&routes::GET_AUDIT_HEAD, &[]).await.problem(ProblemKind::Forbidden);
    let ada = client.as_user("ada", Role::Admin);
    ada.call(&routes::VERIFY_AUDIT, &[]).query("after", "x").await.problem(ProblemKind::InvalidRequest);
}
