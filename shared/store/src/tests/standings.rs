//! How services stand: found by urgency, and counted once.

use domain::health::HealthState;
use domain::standing::{Counts, Day, LaneStanding, Standing, Sweep};
use jiff::civil::date;

use super::samples::{commit, environment, lane, later, now, promotion_id, release, service_name};
use super::{World, world};
use crate::key::Key;
use crate::{StoreError, Table};

pub(super) fn standing() -> Standing {
    let domain::lane::Lane { running, hold, lock, .. } = lane();
    let lane = LaneStanding {
        environment: environment(),
        version: 7,
        running,
        previous: Some(release(2)),
        hold,
        lock,
        drift: None,
        live: vec![promotion_id(3)],
        waiting: 1,
        approvals: 1,
        health: HealthState::Healthy,
        candidate: Some(release(3)),
        changes_waiting: Some(2),
    };
    Standing {
        service: service_name(),
        team: "shop".parse().unwrap(),
        head: Some(commit(3)),
        head_checks: "green".to_owned(),
        environments: vec![lane],
        counted: true,
    }
}

pub(super) fn sweep() -> Sweep {
    Sweep { rounds: 3, after: Some("c3RvcmVmcm9udA".to_owned()), next_at: later(30), counts_all: true }
}

fn named(service: &str, team: &str, health: HealthState) -> Standing {
    let lane = LaneStanding {
        live: Vec::new(),
        waiting: 0,
        hold: None,
        lock: None,
        health,
        ..standing().environments.remove(0)
    };
    let (service, team) = (service.parse().unwrap(), team.parse().unwrap());
    Standing { service, team, environments: vec![lane], ..standing() }
}

async fn urgent(world: &World, team: Option<&str>) -> Vec<String> {
    let found = match team {
        None => world.store.most_urgent(10).await,
        Some(team) => world.store.most_urgent_of_team(&team.parse().unwrap(), 10).await,
    };
    found.unwrap().into_iter().map(|found| found.value.service.to_string()).collect()
}

#[tokio::test]
async fn services_are_listed_by_urgency_and_then_by_name_for_all_and_for_a_team() {
    let world = world().await;
    let all = [
        named("b-rests", "shop", HealthState::Healthy),
        named("c-ill", "shop", HealthState::Unhealthy),
        named("a-rests", "shop", HealthState::Healthy),
        named("d-ill", "pay", HealthState::Unhealthy),
    ];
    for one in &all {
        let mut transaction = world.store.transaction(now());
        transaction.put_new(one);
        transaction.commit().await.unwrap();
    }
    assert_eq!(urgent(&world, None).await, ["c-ill", "d-ill", "a-rests", "b-rests"]);
    assert_eq!(urgent(&world, Some("shop")).await, ["c-ill", "a-rests", "b-rests"]);
    let known = world.store.standing(&"c-ill".parse().unwrap()).await.unwrap().unwrap();
    let mut transaction = world.store.transaction(now());
    transaction.replace(&named("c-ill", "pay", HealthState::Healthy), known.version);
    transaction.commit().await.unwrap();
    assert_eq!(urgent(&world, None).await, ["d-ill", "a-rests", "b-rests", "c-ill"]);
    assert_eq!(urgent(&world, Some("pay")).await, ["d-ill", "c-ill"]);
}

#[tokio::test]
async fn totals_change_with_the_row_or_not_at_all() {
    let world = world().await;
    let (shop, day) = ("shop".parse().unwrap(), date(2026, 11, 22));
    let (service, counts) = (service_name(), standing().counts());
    let ended = Day { deploys: 2, rollbacks: 1 };
    let write = async || {
        let mut transaction = world.store.transaction(now());
        transaction.put_new(&standing()).count(&shop, counts).count_of_all(&service, counts);
        transaction.count_day(&service, &shop, day, ended).complete_totals_of_all();
        transaction.commit().await
    };
    write().await.unwrap();
    assert!(matches!(write().await, Err(StoreError::Conflict)));
    let teams = ["none".parse().unwrap(), shop];
    let [_, shop] = &teams;
    assert_eq!(world.store.totals().await.unwrap(), [(shop.clone(), counts)]);
    assert_eq!(world.store.totals_of_teams(&teams).await.unwrap(), counts);
    assert_eq!(world.store.totals_of_teams(&teams[..1]).await.unwrap(), Counts::default());
    assert_eq!(world.store.totals_of_teams(&[]).await.unwrap(), Counts::default());
    assert_eq!(world.store.totals_of_all().await.unwrap(), Some(counts));
    assert_eq!(world.store.totals_of_day(&teams, day).await.unwrap(), ended);
    assert_eq!(world.store.totals_of_all_on(day).await.unwrap(), ended);
    assert_eq!(world.store.totals_of_all_on(date(2026, 11, 23)).await.unwrap(), Day::default());

    let mut transaction = world.store.transaction(now());
    let less = Counts::default() - counts;
    transaction.count(shop, less).count_of_all(&service, less);
    transaction.commit().await.unwrap();
    assert_eq!(world.store.totals().await.unwrap(), [(shop.clone(), Counts::default())]);
    assert_eq!(world.store.totals_of_all().await.unwrap(), Some(Counts::default()));
}

#[tokio::test]
async fn the_totals_of_all_are_told_once_they_are_complete_and_lie_in_few_rows() {
    let world = world().await;
    for number in 0..100 {
        let mut transaction = world.store.transaction(now());
        let service = format!("service-{number}").parse().unwrap();
        transaction.count_of_all(&service, Counts::of(HealthState::Unknown));
        transaction.commit().await.unwrap();
    }
    assert_eq!(world.store.totals_of_all().await.unwrap(), None);
    let mut transaction = world.store.transaction(now());
    transaction.complete_totals_of_all();
    transaction.commit().await.unwrap();
    let before = (world.store.rows_read(), world.store.read_requests());
    let all = world.store.totals_of_all().await.unwrap().unwrap();
    assert_eq!((all.services, all.unknown), (100, 100));
    let read = (world.store.rows_read() - before.0, world.store.read_requests() - before.1);
    assert_eq!(read, (9, 1), "eight rows that count, and one that says that they are complete");
}

#[tokio::test]
async fn what_was_written_again_is_not_deleted_though_it_had_expired() {
    let world = world().await;
    let (service, shop, day) = (service_name(), "shop".parse().unwrap(), date(2026, 11, 22));
    let mut transaction = world.store.transaction(now());
    transaction.count_day(&service, &shop, day, Day { deploys: 1, rollbacks: 0 });
    transaction.commit().await.unwrap();
    let remove = async |at| {
        let key = Key::totals_of_day(day, &shop).into_parts();
        world.store.remove_expired(Table::Delivery, key, at).await.unwrap()
    };
    let left = async || world.store.totals_of_day(std::slice::from_ref(&shop), day).await.unwrap().deploys;
    assert!(!remove(now()).await);
    assert_eq!(left().await, 1);
    assert!(remove(later(9 * 86_400)).await);
    assert_eq!(left().await, 0);
    assert!(!remove(later(9 * 86_400)).await, "it is there no more");
}

#[tokio::test]
async fn what_is_read_is_counted_by_the_row() {
    let world = world().await;
    let mut transaction = world.store.transaction(now());
    transaction.put_new(&standing());
    transaction.commit().await.unwrap();
    let before = world.store.rows_read();
    world.store.most_urgent(10).await.unwrap();
    assert_eq!(world.store.rows_read() - before, 2, "its entry in the index, and itself");
}
