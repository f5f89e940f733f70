//! How services stand is kept beside what it is made of, and says the same.

use std::collections::BTreeMap;

use api::overview::ServiceRow;
use api::promotion::SetHold;
use api::routes;
use api::service::ApplyService;
use domain::Period;
use domain::access::{Actor, Grant, Role, TokenScope};
use domain::health::HealthState;
use domain::manifest::Manifest;
use domain::service::Service;
use domain::standing::{Counts, Standing, Sweep};
use serde_json::Value;
use store::Versioned;
use testkit::{World, manifest};

use super::story::Story;
use crate::{lanes, on_event, on_tick};

/// Everything that is kept of how services stand: the rows and the totals.
fn kept(world: &World) -> BTreeMap<String, Value> {
    let rows = world.rows().remove("test-delivery").unwrap();
    let is_kept =
        |row: &Value| row["sk"] == "standing" || row["pk"] == "totals" || row["pk"] == "totals-of-all";
    let name = |row: &Value| format!("{} / {}", row["pk"], row["sk"]);
    // How often a row was written is no part of what it says.
    let plain = |mut row: Value| {
        row.as_object_mut().unwrap().remove("version");
        row
    };
    rows.into_iter().filter(is_kept).map(|row| (name(&row), plain(row))).collect()
}

/// Removes all that is kept, and has it made again.
async fn rebuild(story: &Story) {
    let store = &story.world.core.store;
    for Versioned { value: standing, .. } in store.most_urgent(100).await.unwrap() {
        let less = Counts::default() - standing.counts();
        let mut transaction = store.transaction(story.world.core.now());
        transaction.remove(&standing).count(&standing.team, less).count_of_all(&standing.service, less);
        transaction.commit().await.unwrap();
    }
    let mut transaction = store.transaction(story.world.core.now());
    transaction.remove(&store.sweep().await.unwrap().unwrap().value);
    transaction.commit().await.unwrap();
    assert!(store.most_urgent(100).await.unwrap().is_empty());
    for _ in 0..10 {
        on_tick(&story.app).await.unwrap();
    }
}

async fn shown(story: &Story) -> ServiceRow {
    story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok().services.remove(0)
}

async fn read_anew(story: &Story) -> ServiceRow {
    story.ada.call(&routes::GET_SERVICE, &["shop"]).await.ok().row
}

async fn declare(story: &Story, name: &str, team: &str) {
    let text = manifest("shop").replace("name = \"shop\"", &format!("name = \"{name}\""));
    let text = text
        .replace("acme/shop", &format!("acme/{name}"))
        .replace("team = \"shop\"", &format!("team = \"{team}\""));
    assert!(text.contains(&format!("team = \"{team}\"")), "{text}");
    story.ada.call(&routes::PUT_SERVICE, &[name]).json(&ApplyService { manifest: text }).await.ok();
}

#[tokio::test]
async fn the_overviews_row_is_the_services_row_wherever_a_change_is() {
    let mut story = Story::new().await;
    assert_eq!(shown(&story).await, read_anew(&story).await, "declared");
    story.change(1).await;
    story.settle().await;
    assert_eq!(shown(&story).await, read_anew(&story).await, "it runs in staging");
    story.pass(Period::seconds(601)).await;
    assert_eq!(shown(&story).await, read_anew(&story).await, "it waits for production");
    let overview = story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!((overview.total, overview.waiting_for_approval), (1, 1));
    let waiting = story.lane("production").await.waiting.remove(0);
    story.approve(&waiting).await;
    assert_eq!(shown(&story).await, read_anew(&story).await, "before any event was handled");
    story.settle().await;
    assert_eq!(shown(&story).await, read_anew(&story).await, "on its way");
    story.roll_out().await;
    assert_eq!(shown(&story).await, read_anew(&story).await, "it runs in production");
    let hold = SetHold { reason: "wait".to_owned() };
    story.ada.call(&routes::SET_HOLD, &["shop", "production"]).json(&hold).await.ok();
    assert_eq!(shown(&story).await, read_anew(&story).await, "held");
    assert!(shown(&story).await.environments[1].hold.is_some());
}

#[tokio::test]
async fn what_is_kept_is_what_is_made_anew_and_events_twice_or_backwards_change_nothing() {
    let mut story = Story::new().await;
    declare(&story, "cart", "pay").await;
    let first = story.ship(1).await;
    story.measure(&first, 900, 0);
    story.change(2).await;
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    on_tick(&story.app).await.unwrap();
    let before = kept(&story.world);
    assert_eq!(before.len(), 6, "two services of two teams, their sum, and that it is complete: {before:#?}");
    let mut events = story.world.all_events().await;
    for _ in 0..2 {
        for event in &events {
            on_event(&story.app, event).await.unwrap();
        }
        events.reverse();
    }
    assert_eq!(kept(&story.world), before);
    rebuild(&story).await;
    let (rebuilt, zero) =
        (kept(&story.world), |row: &Value| row["services"] == serde_json::json!({"number": "0"}));
    assert!(!rebuilt.values().any(zero));
    assert_eq!(rebuilt, before);
}

#[tokio::test]
async fn a_service_moves_up_when_its_users_begin_to_suffer_and_down_when_that_is_over() {
    let mut story = Story::new().await;
    declare(&story, "cart", "pay").await;
    let artifact = story.ship(1).await;
    let overview = async || story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!(overview().await.verdict.state, HealthState::Healthy);
    let service = "shop".parse().unwrap();
    story.world.signals.set_served(&[(&service, &"production".parse().unwrap())]);
    story.measure(&artifact, 1_000, 400);
    on_tick(&story.app).await.unwrap();
    let ill = overview().await;
    assert_eq!((ill.total, ill.unhealthy, ill.verdict.state), (2, 1, HealthState::Unhealthy));
    assert!(ill.verdict.reason.starts_with("shop in production: "), "{}", ill.verdict.reason);
    assert_eq!(ill.services[0].name.as_str(), "shop", "before `cart`");
    story.measure(&artifact, 1_000, 0);
    on_tick(&story.app).await.unwrap();
    let well = overview().await;
    assert_eq!((well.unhealthy, well.verdict.state), (0, HealthState::Healthy));
    assert_eq!(well.services[0].name.as_str(), "cart");
}

#[tokio::test]
async fn the_row_of_a_service_that_is_shown_is_as_of_this_moment_though_nobody_has_noted_it() {
    let mut story = Story::new().await;
    let artifact = story.ship(1).await;
    story.measure(&artifact, 1_000, 400);
    let overview = story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!((overview.unhealthy, overview.verdict.state), (1, HealthState::Unhealthy));
}

#[tokio::test]
async fn whoever_may_see_one_team_sees_and_counts_its_services_only() {
    let mut story = Story::new().await;
    declare(&story, "cart", "pay").await;
    declare(&story, "bill", "pay").await;
    story.ship(1).await;
    let scope = |scope: TokenScope| story.world.token("ada", scope);
    let of_team = Grant { team: Some("pay".parse().unwrap()), ..Grant::everywhere(Role::Viewer) };
    let token = scope(TokenScope { grants: vec![of_team], ..TokenScope::default() }).await;
    let seen = story.ada.as_token(&token).call(&routes::GET_OVERVIEW, &[]).await.ok();
    let names = |rows: &[ServiceRow]| rows.iter().map(|row| row.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&seen.services), ["bill", "cart"]);
    assert_eq!((seen.total, seen.deploys_today), (2, 0));
    let page = story.ada.as_token(&token).call(&routes::LIST_SERVICES, &[]).await.ok();
    assert_eq!(names(&page.items), ["bill", "cart"]);

    let token = scope(TokenScope { service: Some("shop".parse().unwrap()), ..TokenScope::default() }).await;
    let seen = story.ada.as_token(&token).call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!(names(&seen.services), ["shop"]);
    assert_eq!((seen.total, seen.deploys_today), (1, 2));

    let all = story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    assert_eq!((all.total, all.deploys_today), (3, 2));
    // The team that owns it changes, and with it who sees it and where it counts.
    declare(&story, "cart", "shop").await;
    let teams = story.world.core.store.totals().await.unwrap();
    let services: Vec<_> = teams.iter().map(|(team, counts)| (team.as_str(), counts.services)).collect();
    assert_eq!(services, [("pay", 1), ("shop", 2)]);
}

/// A service of which nothing is known but that it was declared, and how it stands.
fn declared(story: &Story, number: usize, team: &str) -> (Service, Standing) {
    let text = manifest("shop").replacen("\"shop\"", &format!("\"service-{number:04}\""), 1);
    let text = text.replace("team = \"shop\"", &format!("team = \"{team}\""));
    let service = Service {
        manifest: Manifest::parse(&text).unwrap(),
        manifest_text: text,
        revision: 1,
        applied_at: story.world.core.now(),
        applied_by: Actor::Keelson,
    };
    let sections = &service.manifest.environments;
    let standing = Standing {
        service: service.name().clone(),
        team: service.manifest.service.team.clone(),
        head: None,
        head_checks: "unknown".to_owned(),
        environments: sections.iter().map(|section| lanes::nothing_yet(&service, section)).collect(),
        counted: true,
    };
    (service, standing)
}

/// Many services, eight to a team.
async fn many_declared(story: &Story, services: usize) {
    let store = &story.world.core.store;
    let numbers: Vec<usize> = (0..services).collect();
    for some in numbers.chunks(8) {
        let team = format!("team-{}", some[0] / 8);
        let mut transaction = store.transaction(story.world.core.now());
        let mut counts = Counts::default();
        for number in some {
            let (service, standing) = declared(story, *number, &team);
            counts = counts + standing.counts();
            transaction.put_new(&service).put_new(&standing);
        }
        // Beginning with each of eight names, so that all rows of the totals are there.
        let one = format!("service-{:04}", some[0] / 8).parse().unwrap();
        transaction.count(&team.parse().unwrap(), counts).count_of_all(&one, counts);
        transaction.commit().await.unwrap();
    }
    let mut transaction = store.transaction(story.world.core.now());
    transaction.complete_totals_of_all();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn an_overview_asks_and_reads_as_much_of_a_thousand_services_as_of_a_hundred() {
    let read = async |services: usize| {
        let story = Story::without_service().await;
        many_declared(&story, services).await;
        // Nobody is a user before their first visit.
        story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
        let of_team = Grant { team: Some("team-1".parse().unwrap()), ..Grant::everywhere(Role::Viewer) };
        let of_team = TokenScope { grants: vec![of_team], ..TokenScope::default() };
        let mut read = Vec::new();
        for (scope, total) in [(TokenScope::default(), services), (of_team, 8)] {
            let token = story.world.token("ada", scope).await;
            let caller = story.ada.as_token(&token);
            let store = &story.world.core.store;
            let before = (store.read_requests(), store.rows_read());
            let overview = caller.call(&routes::GET_OVERVIEW, &[]).await.ok();
            assert_eq!((overview.total, overview.services.len()), (total, total.min(12)));
            read.push((store.read_requests() - before.0, store.rows_read() - before.1));
        }
        read
    };
    let (hundred, thousand) = (read(100).await, read(1_000).await);
    assert_eq!(hundred, thousand, "requests and rows, for who sees everything and for who sees a team");
    let (requests, rows) = thousand[0];
    assert!(requests < 10 && rows < 60, "{requests} requests, {rows} rows");
}

#[tokio::test]
async fn an_installation_that_kept_nothing_is_looked_through_a_few_services_at_a_time() {
    let story = Story::without_service().await;
    for number in 0..45 {
        let text = manifest("shop").replacen("\"shop\"", &format!("\"service-{number:04}\""), 1);
        story.world.service(&text).await;
    }
    for looked_at in [20, 40, 45, 45] {
        on_tick(&story.app).await.unwrap();
        assert_eq!(story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok().total, looked_at);
    }
    let page = story.ada.call(&routes::LIST_SERVICES, &[]).query("limit", "100").await.ok();
    assert_eq!(page.items.len(), 45);
}

#[tokio::test]
async fn an_installation_that_kept_totals_by_team_only_tells_the_same_before_all_are_counted_together() {
    let story = Story::without_service().await;
    let store = &story.world.core.store;
    for number in 0..45 {
        let (service, standing) = declared(&story, number, "shop");
        let mut transaction = store.transaction(story.world.core.now());
        transaction.put_new(&service).put_new(&Standing { counted: false, ..standing.clone() });
        transaction.count(&standing.team, standing.counts());
        transaction.commit().await.unwrap();
    }
    let (next_at, after) = (story.world.core.now(), None);
    story.world.put(&Sweep { rounds: 7, after, next_at, counts_all: false }).await;
    for counted_together in [None, None, Some(45), Some(45)] {
        assert_eq!(story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok().total, 45);
        on_tick(&story.app).await.unwrap();
        let all = store.totals_of_all().await.unwrap();
        assert_eq!(all.map(|all| all.services), counted_together);
    }
    assert_eq!(story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok().total, 45);
    assert_eq!(store.sweep().await.unwrap().unwrap().value.rounds, 1);
}

#[tokio::test]
async fn the_list_of_services_goes_on_page_by_page() {
    let story = Story::without_service().await;
    for name in ["a", "b", "c"] {
        declare(&story, name, "shop").await;
    }
    let first = story.ada.call(&routes::LIST_SERVICES, &[]).query("limit", "2").await.ok();
    let after = first.next.unwrap();
    let second =
        story.ada.call(&routes::LIST_SERVICES, &[]).query("limit", "2").query("after", &after).await.ok();
    let names: Vec<_> = first.items.iter().chain(&second.items).map(|row| row.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(second.next.is_none());
}

#[tokio::test]
async fn services_are_found_by_words_of_their_name_team_and_repository() {
    let story = Story::without_service().await;
    for (name, team) in [("bill", "pay"), ("cart", "shop"), ("coupon", "shop"), ("refund", "pay")] {
        declare(&story, name, team).await;
    }
    let find = async |words: &str, limit: &str, after: Option<String>| {
        let call = story.ada.call(&routes::LIST_SERVICES, &[]).query("q", words).query("limit", limit);
        let page = match after {
            Some(after) => call.query("after", after).await.ok(),
            None => call.await.ok(),
        };
        (page.items.iter().map(|row| row.name.to_string()).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(find("PAY acme/re", "10", None).await, (vec!["refund".to_owned()], None));
    assert_eq!(find("nothing", "10", None).await, (vec![], None));
    let (first, next) = find("pay", "1", None).await;
    assert_eq!(first, ["bill"]);
    assert_eq!(find("pay", "1", next).await, (vec!["refund".to_owned()], None));
}
