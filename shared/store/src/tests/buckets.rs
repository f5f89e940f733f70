use domain::Period;
use domain::rate::Limit;

use super::samples::{later, now};
use super::world;

const LIMIT: Limit = Limit { burst: 3, every: Period::seconds(10) };

#[tokio::test]
async fn a_bucket_lets_a_burst_through_and_then_one_each_period() {
    let world = world().await;
    let take = async |name: &str, at| world.store.take_from_bucket(name, LIMIT, at).await.unwrap().is_ok();
    for _ in 0..3 {
        assert!(take("ada", now()).await);
    }
    assert!(!take("ada", now()).await);
    assert!(take("grace", now()).await, "another bucket");
    assert!(!take("ada", later(9)).await);
    assert!(take("ada", later(10)).await);
    assert!(!take("ada", later(10)).await);
    for _ in 0..3 {
        assert!(take("ada", later(1_000)).await, "full again");
    }
    assert!(!take("ada", later(1_000)).await, "and no fuller");
}

#[tokio::test]
async fn of_many_who_take_at_once_no_more_get_through_than_may() {
    let world = world().await;
    let takers = (0..20).map(|_| {
        let store = world.store.clone();
        tokio::spawn(async move { store.take_from_bucket("ada", LIMIT, now()).await.unwrap().is_ok() })
    });
    let mut through = 0;
    for taker in takers.collect::<Vec<_>>() {
        through += usize::from(taker.await.unwrap());
    }
    assert_eq!(through, 3);
}
