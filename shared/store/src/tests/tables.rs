use super::{samples, world};
use crate::{Store, StoreConfig, StoreError, Table};

#[tokio::test]
async fn tables_can_be_made_again_without_harm() {
    let world = world().await;
    world.put([samples::lane()]).await;
    world.store.create_tables().await.unwrap();
    world.store.ping().await.unwrap();
    assert_eq!(world.store.all_lanes().await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_installations_in_one_database_do_not_see_each_other() {
    let world = world().await;
    world.put([samples::lane()]).await;
    let other = Store::new(world.store.client.clone(), "other");
    assert!(matches!(other.ping().await, Err(StoreError::Refused(_))), "no tables yet");
    other.create_tables().await.unwrap();
    assert!(other.all_lanes().await.unwrap().is_empty());
    assert_eq!(other.table_name(Table::Events), "other-events");
}

#[test]
fn what_is_printed_of_a_store_is_short() {
    let config = StoreConfig {
        endpoint: "http://127.0.0.1:9".to_owned(),
        region: "eu-central-1".to_owned(),
        table_prefix: "test".to_owned(),
    };
    assert_eq!(format!("{:?}", Store::connect(&config)), r#"Store { prefix: "test", .. }"#);
}
