//! How services stand: found by urgency, and counted once.

use domain::health::HealthState;
use domain::standing::{Counts, Day, LaneStanding, Standing, Sweep};
use jiff::civil::date;

use super::samples::{commit, environment, lane, later, now, promotion_id, release, service_name};
use super::{World, world};
use crate::StoreError;

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
    }
}

pub(super) fn sweep() -> Sweep {
    Sweep { rounds: 3, after: Some("c3RvcmVmcm9udA".to_owned()), next_at: later(30) }
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
    let counts = standing().counts();
    let write = async || {
        let mut transaction = world.store.transaction(now());
        transaction.put_new(&standing()).count(&shop, counts);
        transaction.count_day(&shop, day, Day { deploys: 2, rollbacks: 1 });
        transaction.commit().await
    };
    write().await.unwrap();
    assert!(matches!(write().await, Err(StoreError::Conflict)));
    assert_eq!(world.store.totals().await.unwrap(), [(shop.clone(), counts)]);
    let of_day = world.store.totals_of_day(day).await.unwrap();
    assert_eq!(of_day, [(shop.clone(), Day { deploys: 2, rollbacks: 1 })]);
    assert!(world.store.totals_of_day(date(2026, 11, 23)).await.unwrap().is_empty());

    let mut transaction = world.store.transaction(now());
    transaction.count(&shop, Counts::default() - counts);
    transaction.commit().await.unwrap();
    assert_eq!(world.store.totals().await.unwrap(), [(shop, Counts::default())]);
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
