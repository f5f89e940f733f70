//! What a function is configured with.

use crate::config::{Given, SETTINGS, Start};
use crate::{Relay, Webhooks};

use super::fake_aws::FakeAws;

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:keelson-origin-AbCdEf";

#[tokio::test]
async fn what_is_missing_is_told_at_once_and_by_name() {
    let aws = FakeAws::start().await;
    let given = Given::new(&[("KEELSON_LOG", "sure"), ("KEELSON_TRUSTED_PROXIES", "many")]);
    let wrong = Start::of(given, aws.connection.clone()).unwrap_err().to_string();
    for part in ["KEELSON_TABLES is missing", "KEELSON_TRUSTED_PROXIES: `many` is not a number"] {
        assert!(wrong.contains(part), "{wrong}");
    }
    let given = Given::new(&[("KEELSON_TABLES", "keelson"), ("KEELSON_QUEUES", "promotions")]);
    let mut start = Start::of(given, aws.connection.clone()).unwrap();
    Relay::start(&mut start).unwrap();
    let wrong = start.finish().unwrap_err().to_string();
    for part in ["KEELSON_BUS is missing", "KEELSON_QUEUES: `promotions` is no queue"] {
        assert!(wrong.contains(part), "{wrong}");
    }
}

#[tokio::test]
async fn the_name_of_a_secret_stands_for_the_secret_and_nothing_prints_it() {
    let aws = FakeAws::start().await;
    aws.add_secret(ARN, "quite secret");
    let given = || {
        Given::new(&[
            ("KEELSON_TABLES", "keelson"),
            ("KEELSON_ORIGIN_SECRET", ARN),
            ("KEELSON_SEALING_KEY", ARN),
        ])
    };
    let read = given().with_secrets(&aws.connection).await.unwrap();
    assert!(!format!("{read:?}").contains("quite"));
    let mut start = Start::of(read, aws.connection.clone()).unwrap();
    assert_eq!(start.required(&crate::config::ORIGIN_SECRET), "quite secret");
    assert_eq!(start.source(&crate::config::SEALING_KEY).read().await.unwrap(), "quite secret");
    assert_eq!(start.required(&crate::config::SEALING_KEY), ARN, "it is read anew now and then");
    Webhooks::start(&mut start).unwrap();
    start.finish().unwrap();
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_named() {
    let aws = FakeAws::start().await;
    let given = Given::new(&[("KEELSON_ORIGIN_SECRET", ARN)]);
    let error = format!("{:#}", given.with_secrets(&aws.connection).await.unwrap_err());
    assert!(error.contains("KEELSON_ORIGIN_SECRET names a secret that cannot be read"), "{error}");
    assert!(error.contains("there is no such secret"), "{error}");
}

#[test]
fn the_documentation_names_every_setting() {
    let documentation = include_str!("../../README.md");
    for setting in SETTINGS {
        let row = format!("| `{}` | {} |", setting.name, setting.meaning);
        assert!(documentation.contains(&row), "the README of this crate lacks: {row}");
    }
}
