use domain::ServiceName;

use super::{samples, world};
use crate::{Cursor, PageRequest, StoreError};

fn after(limit: usize, cursor: Option<Cursor>) -> PageRequest {
    PageRequest { limit, after: cursor }
}

#[tokio::test]
async fn pages_of_an_index_follow_each_other_without_gap_or_overlap() {
    let world = world().await;
    world.put((1..=5).map(samples::promotion)).await;
    let service = samples::service_name();
    let mut seen = Vec::new();
    let mut next = None;
    loop {
        let page = world.store.promotions_of_service(&service, &after(2, next)).await.unwrap();
        seen.extend(page.items.iter().map(|row| row.value.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=5).rev().map(samples::promotion_id).collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_of_a_table_follow_each_other_without_gap_or_overlap() {
    let world = world().await;
    world.put((1..=3).map(samples::push)).await;
    let repository = samples::repository();
    let first = world.store.pushes(&repository, "main", &after(2, None)).await.unwrap();
    let second = world.store.pushes(&repository, "main", &after(2, first.next)).await.unwrap();
    let numbers: Vec<_> = first.items.iter().chain(&second.items).map(|push| push.after.clone()).collect();
    assert_eq!(numbers, [samples::sha(3), samples::sha(2), samples::sha(1)]);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_page_that_ends_with_the_list_has_no_next() {
    let world = world().await;
    world.put((1..=2).map(samples::promotion)).await;
    let page = world.store.promotions_of_service(&samples::service_name(), &after(2, None)).await.unwrap();
    assert_eq!((page.items.len(), page.next), (2, None));
}

#[tokio::test]
async fn a_limit_out_of_bounds_is_brought_within() {
    let world = world().await;
    world.put((1..=2).map(samples::promotion)).await;
    let service = samples::service_name();
    assert_eq!(world.store.promotions_of_service(&service, &after(0, None)).await.unwrap().items.len(), 1);
    assert_eq!(
        world.store.promotions_of_service(&service, &after(usize::MAX, None)).await.unwrap().items.len(),
        2
    );
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let world = world().await;
    world.put((1..=2).map(samples::promotion)).await;
    world.put((1..=2).map(samples::push)).await;
    let service = samples::service_name();
    let cursor = world.store.promotions_of_service(&service, &after(1, None)).await.unwrap().next;
    assert!(cursor.is_some());

    let request = &after(1, cursor);
    let other: ServiceName = "checkout".parse().unwrap();
    let of_other = world.store.promotions_of_service(&other, request).await.map(drop);
    let environment = &samples::environment();
    let of_environment =
        world.store.promotions_of_environment(&service, environment, request).await.map(drop);
    let of_pushes = world.store.pushes(&samples::repository(), "main", request).await.map(drop);
    for outcome in [of_other, of_environment, of_pushes] {
        assert!(matches!(outcome, Err(StoreError::InvalidCursor)), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_damaged_cursor_is_refused() {
    let world = world().await;
    let service = samples::service_name();
    for token in ["", "?", "e30", "bm90IEpTT04"] {
        let cursor = Cursor::from(token.to_owned());
        let outcome = world.store.promotions_of_service(&service, &after(1, Some(cursor))).await;
        assert!(matches!(outcome, Err(StoreError::InvalidCursor)), "{token:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_cursor_survives_its_way_through_a_url() {
    let world = world().await;
    world.put((1..=2).map(samples::promotion)).await;
    let service = samples::service_name();
    let cursor = world.store.promotions_of_service(&service, &after(1, None)).await.unwrap().next.unwrap();
    let text = cursor.to_string();
    assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{text}");
    let again =
        world.store.promotions_of_service(&service, &after(1, Some(Cursor::from(text)))).await.unwrap();
    assert_eq!(again.items[0].value.id, samples::promotion_id(1));
}
